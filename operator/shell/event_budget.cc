#include "operator/shell/event_budget.h"

#include <algorithm>

namespace muster::shell {

bool EventBudget::Take(const std::string& uid, Instant now) {
  const auto [at, added] = left_.try_emplace(uid, Left{limits_.burst, now});
  Left& left = at->second;
  const double refilled = static_cast<double>((now - left.at).count()) / static_cast<double>(limits_.refill.count());
  left.events = std::min(limits_.burst, left.events + std::max(0.0, refilled));
  left.at = now;
  const bool may = left.events >= 1;
  if (may) left.events -= 1;
  if (added && left_.size() > limits_.objects_max) {
    const auto quiet = std::min_element(left_.begin(), left_.end(),
                                        [](const auto& a, const auto& b) { return a.second.at < b.second.at; });
    left_.erase(quiet);
  }
  return may;
}

}  // namespace muster::shell
