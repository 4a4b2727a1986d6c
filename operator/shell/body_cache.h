// BodyCache: the ControllerRevisions that were read or made last, as text. Layer: operator/shell. Thread-safe.
// A Workload of many groups needs the same roles for each of them, and those of a new one are needed at once: without
// this, each group costs a request more. Bounded in bytes; the oldest go first. Data of a revision never change, so
// that what is known by a uid stays right.
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "lib/json/value.h"

namespace muster::shell {

class BodyCache {
 public:
  explicit BodyCache(size_t bytes_max) : bytes_max_(bytes_max) {}

  void Put(const json::Value& object);  // known by its metadata.uid; one that is larger than all the room is not kept
  std::optional<json::Value> Get(const std::string& uid) const;
  size_t bytes() const;

 private:
  const size_t bytes_max_;
  mutable std::mutex mutex_;  // all below
  std::map<std::string, std::string> texts_;
  std::deque<std::string> oldest_first_;  // the keys of texts_
  size_t bytes_ = 0;                      // of texts_
};

}  // namespace muster::shell
