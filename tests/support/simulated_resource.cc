#include "tests/support/simulated_resource.h"

#include "lib/base/strings.h"
#include "tests/support/scripted_transport.h"

namespace muster::testing {

void SimulatedResource::Record(const std::string& type, const json::Value& object) {
  history_.push_back({version_, EventLine(type, object)});
}

void SimulatedResource::Put(const api::Key& key, int value) {
  ++version_;
  const auto known = objects_.find(key);
  const std::string uid =
      known == objects_.end() ? "u" + std::to_string(++uids_) : known->second["metadata"]["uid"].Text();
  const json::Value object = TestObject(key.ns, key.name, uid, version(), value);
  Record(known == objects_.end() ? "ADDED" : "MODIFIED", object);
  objects_[key] = object;
}

void SimulatedResource::Delete(const api::Key& key) {
  const auto known = objects_.find(key);
  if (known == objects_.end()) return;
  ++version_;
  json::Value last = known->second;
  last.Mutable("metadata").Set("resourceVersion", version());
  Record("DELETED", last);
  objects_.erase(known);
}

void SimulatedResource::Forget() {
  forgotten_ = version_;
  history_.clear();
}

void SimulatedResource::Restore(int64_t version) {
  version_ = version;
  for (auto& [key, object] : objects_) object.Mutable("metadata").Set("resourceVersion", std::to_string(++version_));
  Forget();
}

wire::Response SimulatedResource::List(const wire::Request& request) const {
  // The token is "<version>:<offset>"; what changed since is not modelled, so the token expires with any change.
  const std::string token = QueryOf(request, "continue");
  int64_t limit = 0;
  if (!ParseInteger(QueryOf(request, "limit"), limit)) limit = 1'000'000;
  int64_t offset = 0;
  if (!token.empty()) {
    const std::vector<std::string> parts = Split(token, ':');
    if (parts.size() != 2 || !ParseInteger(parts[1], offset)) return Refusal(400, "BadRequest");
    if (parts[0] != version()) return Refusal(410, "Expired");
  }
  json::Array items;
  int64_t at = 0;
  for (const auto& [key, object] : objects_) {
    if (at++ >= offset && static_cast<int64_t>(items.size()) < limit) items.push_back(object);
  }
  const int64_t next = offset + static_cast<int64_t>(items.size());
  json::Value meta = json::Object{{"resourceVersion", version()}};
  if (next < static_cast<int64_t>(objects_.size())) meta.Set("continue", version() + ":" + std::to_string(next));
  return Json(200, json::Object{{"kind", "ThingList"}, {"metadata", meta}, {"items", items}});
}

SimulatedResource::Watched SimulatedResource::Watch(const wire::Request& request) const {
  Watched watched{.answer = {.status = 200}, .position = version_};
  if (QueryOf(request, "sendInitialEvents") == "true") {
    for (const auto& [key, object] : objects_) watched.lines.push_back(EventLine("ADDED", object));
    watched.lines.push_back(BookmarkLine(version(), InitialEnd::kYes));
    return watched;
  }
  int64_t from = 0;
  ParseInteger(QueryOf(request, "resourceVersion"), from);
  if (from < forgotten_) {
    watched.lines.push_back(ErrorLine(410, "Expired"));
    return watched;
  }
  watched.position = from;  // beyond what is reached: nothing until then
  if (from <= version_) watched.lines = More(watched.position);
  return watched;
}

std::vector<std::string> SimulatedResource::More(int64_t& position) const {
  std::vector<std::string> lines;
  for (const Event& event : history_) {
    if (event.version > position) lines.push_back(event.line);
  }
  if (position < version_) position = version_;
  return lines;
}

std::map<std::string, std::string> SimulatedResource::Content() const {
  std::map<std::string, std::string> content;
  for (const auto& [key, object] : objects_) content[key.Text()] = ContentOf(object);
  return content;
}

std::string ContentOf(const json::Value& object) {
  const json::Value& meta = object["metadata"];
  return meta["uid"].Text() + "@" + meta["resourceVersion"].Text() + "=" +
         std::to_string(object["spec"]["value"].Integer());
}

}  // namespace muster::testing
