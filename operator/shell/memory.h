// Who remembers what of which object (core/memory.h), between two visits. Layer: operator/shell. Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "lib/api/meta.h"
#include "operator/core/memory.h"

namespace muster::shell {

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
