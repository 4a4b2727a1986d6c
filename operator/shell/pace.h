// How often mere progress is written: "7 of 10 are ready" may come late when hundreds of objects start at once, since
// what it costs the API server is missing for starting them. Changes of state are never held back. Layer:
// operator/shell. Thread-safe; fed by an informer's handler.
#pragma once

#include <atomic>
#include <cstdint>

#include "lib/api/pod_group.h"
#include "lib/api/workload.h"
#include "lib/base/time.h"
#include "operator/core/plan.h"

namespace muster::shell {

class Pace {
 public:
  // shortest: between two writes of one object's progress, when few change.
  explicit Pace(Duration shortest) : shortest_(shortest) {}

  // An object of the cache was replaced; nullptr: it was not there, or is no longer.
  template <class T>
  void Replace(const T* before, const T* after) {
    Count((after != nullptr && IsChanging(*after) ? 1 : 0) - (before != nullptr && IsChanging(*before) ? 1 : 0));
  }
  int64_t changing() const { return changing_.load(std::memory_order_relaxed); }
  // So long that all that change write at most twice a second together; at least `shortest`, at most 60 s.
  Duration ProgressInterval() const;
  // The policy with that interval.
  core::Policy Applied(core::Policy policy) const;

 private:
  // New, starting or stopping.
  static bool IsChanging(const api::PodGroup& group);
  static bool IsChanging(const api::Workload& workload);
  void Count(int64_t difference);

  const Duration shortest_;
  std::atomic<int64_t> changing_ = 0;
};

}  // namespace muster::shell
