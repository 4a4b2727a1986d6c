// Groups that collide over something the planner does not consider: a quota, a policy, a limit of a scheduler plugin.
// The planner admits them together, each gets a part, and none of them starts. Layer: operator/core. Pure.
//
// The rule: groups that have failed to start together, or were refused by the same quota, are admitted one at a time
// until they have started; and each waits for a time of its own before its next attempt. Both follow from what is
// recorded in status, so a restarted operator goes on in the same way.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lib/api/pod_group.h"
#include "operator/core/plan.h"

namespace muster::core {

// How long a group that has collided is the only one of those that may start: in this time kube-scheduler binds what it
// can bind.
inline constexpr Duration kAloneAtMost = std::chrono::seconds(60);

// The last failed attempt of a group whose attempts have failed since it last started.
struct Collided {
  Instant stopped{};
  Duration lasted_at_most{0};
  std::string refused_by;  // "ml/team" of a quota that has refused its pods; "" when it was none
  bool operator==(const Collided&) const = default;
};
// nullopt: its last attempt has not failed.
std::optional<Collided> LastCollision(const api::PodGroup& group, const Policy& policy);

// Whether both have failed at the same time or by the same quota, so that they must not be admitted together again.
bool HaveCollided(const Collided& a, const Collided& b);

// What refused the pods, in the message of an attempt that ended for it (attempt_end.cc); "" for another message.
std::string RefusalIn(std::string_view message);

// The name of the quota in the API server's message, "" when it was none:
// `pods "a" is forbidden: exceeded quota: team, requested: ...`.
std::string QuotaIn(std::string_view message);

// How long a group waits after so many failed attempts in a row: doubling, and up to a half longer, by the group's uid
// and the number, so that groups that have stopped together do not come back together.
Duration BackOffAfter(const api::PodGroup& group, int64_t failures, const Policy& policy);

// Reasons of lastStop that count as a failed attempt.
inline bool IsFailedAttempt(std::string_view reason) {
  return reason == "ScheduleTimeout" || reason == "PodsRefused" || reason == "PodsGated";
}

}  // namespace muster::core
