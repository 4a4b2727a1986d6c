// How many objects change just now, and so how often mere progress is written (core/pace.h). Layer: operator/shell.
// Thread-safe; fed by an informer's handler.
#pragma once

#include <atomic>
#include <cstdint>

#include "lib/base/time.h"
#include "operator/core/pace.h"

namespace muster::shell {

class Pace {
 public:
  // shortest: between two writes of one object's progress, when few change.
  explicit Pace(Duration shortest) : shortest_(shortest) {}

  // An object of the cache was replaced; nullptr: it was not there, or is no longer.
  template <class T>
  void Replace(const T* before, const T* after) {
    Count((after != nullptr && core::IsChanging(*after) ? 1 : 0) -
          (before != nullptr && core::IsChanging(*before) ? 1 : 0));
  }
  int64_t changing() const { return changing_.load(std::memory_order_relaxed); }
  Duration ProgressInterval() const { return core::ProgressInterval(changing(), shortest_); }
  // The policy with that interval.
  core::Policy Applied(core::Policy policy) const;

 private:
  void Count(int64_t difference);

  const Duration shortest_;
  std::atomic<int64_t> changing_ = 0;
};

}  // namespace muster::shell
