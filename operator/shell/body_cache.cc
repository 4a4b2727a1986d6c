#include "operator/shell/body_cache.h"

#include <utility>

#include "lib/json/text.h"

namespace muster::shell {

void BodyCache::Put(const json::Value& object) {
  const std::string& uid = object["metadata"]["uid"].Text();
  std::string text = json::Write(object);
  if (uid.empty() || text.size() > bytes_max_) return;
  const std::scoped_lock lock(mutex_);
  if (texts_.contains(uid)) return;
  bytes_ += text.size();
  texts_.emplace(uid, std::move(text));
  oldest_first_.push_back(uid);
  while (bytes_ > bytes_max_) {
    const auto oldest = texts_.find(oldest_first_.front());
    bytes_ -= oldest->second.size();
    texts_.erase(oldest);
    oldest_first_.pop_front();
  }
}

std::optional<json::Value> BodyCache::Get(const std::string& uid) const {
  std::string text;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = texts_.find(uid);
    if (found == texts_.end()) return std::nullopt;
    text = found->second;
  }
  Result<json::Value> object = json::Parse(text);
  if (!object.has_value()) return std::nullopt;
  return std::move(*object);
}

size_t BodyCache::bytes() const {
  const std::scoped_lock lock(mutex_);
  return bytes_;
}

}  // namespace muster::shell
