#include "operator/shell/pace.h"

#include <algorithm>

namespace muster::shell {
namespace {

constexpr Duration kLongest = std::chrono::seconds(60);
constexpr Duration kPerObject = std::chrono::milliseconds(500);

}  // namespace

bool Pace::IsChanging(const api::PodGroup& group) {
  const auto& state = group.status.state;
  return !state || *state == api::GroupState::kStarting || *state == api::GroupState::kStopping;
}

bool Pace::IsChanging(const api::Workload& workload) {
  return workload.status.observed_generation != workload.meta.generation ||
         api::IsTrue(workload.status.conditions, api::condition::kReconciling);
}

void Pace::Count(int64_t difference) {
  if (difference != 0) changing_.fetch_add(difference, std::memory_order_relaxed);
}

Duration Pace::ProgressInterval() const {
  const int64_t enough = kLongest / kPerObject;
  return std::clamp(kPerObject * std::min(changing(), enough), shortest_, kLongest);
}

core::Policy Pace::Applied(core::Policy policy) const {
  policy.progress_interval = ProgressInterval();
  return policy;
}

}  // namespace muster::shell
