#include "operator/shell/pace.h"

namespace muster::shell {

void Pace::Count(int64_t difference) {
  if (difference != 0) changing_.fetch_add(difference, std::memory_order_relaxed);
}

core::Policy Pace::Applied(core::Policy policy) const {
  policy.progress_interval = ProgressInterval();
  return policy;
}

}  // namespace muster::shell
