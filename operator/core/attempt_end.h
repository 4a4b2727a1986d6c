// Why an attempt to start a group ends before every member has a node: time is up, or the API server refuses pods.
// Layer: operator/core. Pure.
//
// A group whose pods are refused (quota, Pod Security, a webhook) or have scheduling gates does not keep the room that
// is reserved for it until its time is up: that would only keep others from starting. If groups of one namespace are
// refused for the same reason, the first of them keeps its pods and goes on, and the others are held again, which gives
// the first one what it lacks.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "operator/core/group.h"
#include "operator/core/members.h"

namespace muster::core {

struct StopReason {
  std::string reason;
  std::string message;
  std::string pod;
};

struct AttemptEnd {
  std::optional<StopReason> stop;
  std::optional<Instant> look_again;  // when time alone may end it; nullopt: nothing of it depends on time
};

// Of an admitted group.
AttemptEnd WhyAttemptEnds(const ObservedGroup& observed, const std::vector<RoleMembers>& members, Instant now,
                          const Policy& policy);

}  // namespace muster::core
