// Which room an admitted group keeps although no pod uses it yet, and for how long. Layer: operator/core. Pure.
//
// The rule: room is reserved only while pods for it are being created and scheduled. The tenant's
// scheduleTimeoutSeconds can shorten that time; the operator's --reservation-timeout (Policy::reservation_timeout)
// bounds it. Every time is counted from a condition in the stored status, so a restart of the operator or another
// leader does not extend it. docs/admission.md, "How long room is reserved", states the rule for readers.
#pragma once

#include <optional>
#include <vector>

#include "operator/core/group.h"

namespace muster::core {

// How long all members may take to be scheduled after an admission. A group with gang.admission Always reserves no
// room, so its own timeout alone counts.
Duration StartTimeout(const api::PodGroup& group, const Policy& policy);

struct Reservation {
  std::vector<placement::MemberClass> unbound;
  std::optional<Instant> look_again;  // when time alone changes it
};

// All members that have work left.
std::vector<placement::MemberClass> AllMembers(const std::vector<RoleMembers>& members);

// All members that have no node.
std::vector<placement::MemberClass> Unbound(const std::vector<RoleMembers>& members);

// Of an admitted group that was admitted because all of it fits. Before all members were scheduled once, everything
// that has no node. Later, needed members that are missing, for as long as a start may take; never pods that the API
// server refuses or that have scheduling gates.
Reservation ReservedWhileAdmitted(const ObservedGroup& observed, const std::vector<RoleMembers>& members, Instant now,
                                  const Policy& policy);

// Of a group that was stopped, while its children may still create pods.
Reservation ReservedWhileStopping(const api::PodGroup& group, const std::vector<RoleMembers>& members, Instant now,
                                  const Policy& policy);

// Why pods of the role cannot be created; null when nothing refuses them, or when pods were created after the refusal.
const PodsRefused* RefusalOf(const ObservedGroup& observed, const RoleMembers& role, Instant admitted);

}  // namespace muster::core
