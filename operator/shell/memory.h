// What reconciles remember of one object between two visits, and may forget at a restart: refusals, the time of the
// last status write. Layer: operator/shell. Thread-safe. Everything that must survive is in the API objects.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "lib/api/meta.h"
#include "operator/core/group.h"

namespace muster::shell {

struct GroupMemory {
  std::string uid;
  std::map<std::string, core::Refusal> refusals;  // by role
  std::map<std::string, int> tries;               // by role: refusals in a row, for the back-off
  core::RefusedWrites refused_writes;
  std::optional<Instant> last_write;
  Instant gone_until{};                           // the API server does not know it; the cache is behind
  std::map<std::string, core::KnownChild> known;  // by uid
};

struct WorkloadMemory {
  std::string uid;
  std::map<std::string, std::string> refused_revisions;  // by revision name
  Instant refused_until{};                               // when to try the refused one again
  std::map<int64_t, std::string> foreign_groups;         // by index
  std::map<int64_t, Instant> foreign_until;              // when to look again
  core::RefusedWrites refused_writes;
  std::optional<Instant> last_write;
  Instant gone_until{};  // the API server does not know it; the cache is behind
};

// While the cache still has an object that is no more, what we make for it is collected at once: without a pause we
// would make it again and again.
inline constexpr Duration kGonePause = std::chrono::seconds(5);

// M has a member `uid`: another object of the same name starts with nothing.
template <class M>
class MemoryOf {
 public:
  M Get(const api::Key& key, const std::string& uid) const {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(key);
    return found == entries_.end() || found->second.uid != uid ? M{.uid = uid} : found->second;
  }
  // One key is reconciled by one thread at a time, so reading and putting back loses nothing.
  void Put(const api::Key& key, M memory) {
    const std::lock_guard lock(mutex_);
    entries_[key] = std::move(memory);
  }
  void Forget(const api::Key& key) {
    const std::lock_guard lock(mutex_);
    entries_.erase(key);
  }
  void Clear() {
    const std::lock_guard lock(mutex_);
    entries_.clear();
  }

 private:
  mutable std::mutex mutex_;
  std::map<api::Key, M> entries_;
};

}  // namespace muster::shell
