#include "operator/core/collision.h"

#include <algorithm>

#include "lib/base/strings.h"
#include "operator/core/reservation.h"

namespace muster::core {

std::optional<Collided> LastCollision(const api::PodGroup& group, const Policy& policy) {
  const api::LastStop& stop = group.status.last_stop;
  if (group.status.timeouts == 0 || !stop.time || !IsFailedAttempt(stop.reason)) return std::nullopt;
  Collided last{
      .stopped = *stop.time, .lasted_at_most = StartTimeout(group, policy), .refused_by = QuotaIn(stop.message)};
  if (!last.refused_by.empty()) last.refused_by = group.meta.ns + "/" + last.refused_by;
  return last;
}

bool HaveCollided(const Collided& a, const Collided& b) {
  if (!a.refused_by.empty() && a.refused_by == b.refused_by) return true;
  const Collided& later = a.stopped < b.stopped ? b : a;
  const Collided& earlier = a.stopped < b.stopped ? a : b;
  return later.stopped - earlier.stopped <= later.lasted_at_most;
}

std::string RefusalIn(std::string_view message) {
  constexpr std::string_view kBefore = " are refused: ";
  const size_t begin = message.find(kBefore);
  if (begin == std::string_view::npos) return {};
  std::string_view rest = message.substr(begin + kBefore.size());
  if (const size_t end = rest.rfind(" were created"); end != std::string_view::npos) {
    rest = rest.substr(0, rest.rfind("; ", end));
  }
  return std::string(rest);
}

std::string QuotaIn(std::string_view message) {
  constexpr std::string_view kBefore = "exceeded quota: ";
  const size_t at = message.find(kBefore);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = message.substr(at + kBefore.size());
  return std::string(rest.substr(0, rest.find_first_of(", ")));
}

Duration BackOffAfter(const api::PodGroup& group, int64_t failures, const Policy& policy) {
  Duration wait = policy.backoff_base;
  for (int64_t i = 1; i < failures && wait < policy.backoff_max; ++i) wait *= 2;
  wait = std::min(wait, policy.backoff_max);
  constexpr uint64_t kSteps = 1000;
  const uint64_t step = StableHash(group.meta.uid + "/" + std::to_string(failures)) % kSteps;
  return wait + wait * static_cast<int64_t>(step) / static_cast<int64_t>(2 * kSteps);
}

}  // namespace muster::core
