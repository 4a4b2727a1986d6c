// How often mere progress is written: "7 of 10 are ready" may come late when hundreds of objects start at once, since
// what it costs the API server is missing for starting them. Changes of state are never held back. Layer:
// operator/core. Pure; who counts the objects that change is the shell's Pace.
#pragma once

#include <algorithm>
#include <cstdint>

#include "lib/api/pod_group.h"
#include "lib/api/workload.h"
#include "operator/core/plan.h"

namespace muster::core {

// Between two writes of one object's progress, when few change.
inline constexpr Duration kShortestOfWorkload = std::chrono::seconds(1);
inline constexpr Duration kShortestOfGroup = std::chrono::seconds(3);

// New, starting or stopping.
inline bool IsChanging(const api::PodGroup& group) {
  const auto& state = group.status.state;
  return !state || *state == api::GroupState::kStarting || *state == api::GroupState::kStopping;
}
inline bool IsChanging(const api::Workload& workload) {
  return workload.status.observed_generation != workload.meta.generation ||
         api::IsTrue(workload.status.conditions, api::condition::kReconciling);
}

// So long that all that change write at most twice a second together; at least `shortest`, at most 60 s.
inline Duration ProgressInterval(int64_t changing, Duration shortest) {
  constexpr Duration kLongest = std::chrono::seconds(60);
  constexpr Duration kPerObject = std::chrono::milliseconds(500);
  const int64_t enough = kLongest / kPerObject;
  return std::clamp(kPerObject * std::min(changing, enough), shortest, kLongest);
}

}  // namespace muster::core
