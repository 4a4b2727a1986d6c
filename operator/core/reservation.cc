#include "operator/core/reservation.h"

#include <algorithm>

namespace muster::core {
namespace {

using api::condition::kAdmitted;
using api::condition::kReady;
using api::condition::kScheduled;

void LookAgainAt(Instant at, Reservation& reservation) {
  reservation.look_again = std::min(reservation.look_again.value_or(at), at);
}

placement::MemberClass ClassOf(const RoleMembers& role, int64_t members, int64_t needed) {
  return {.role = role.role->role.name,
          .members = members,
          .needed = std::clamp<int64_t>(needed, 0, members),
          .shape = role.role->shape.shape,
          .size_field = api::SizeFieldOf(role.role->role.kind)};
}

// When the claim of a started group on room for needed members of the role ends; nullopt: nothing is missing. Ready
// turns False when a needed member is lost and turns True only when all of them run again, so nobody can extend the
// time by deleting pods.
std::optional<Instant> EndOfLateClaim(const RoleMembers& role, const api::Conditions& conditions, Instant scheduled,
                                      Duration timeout) {
  std::optional<Instant> end;
  const api::Condition* ready = api::FindCondition(conditions, kReady);
  if (ready != nullptr && ready->status == api::Truth::kFalse) {
    end = std::max(scheduled, ready->last_transition) + timeout;
  }
  if (role.waits_since) end = std::min(end.value_or(*role.waits_since + timeout), *role.waits_since + timeout);
  return end;
}

void AddLateClaim(const ObservedGroup& observed, const RoleMembers& role, Instant now, const Policy& policy,
                  Reservation& reservation) {
  const api::Conditions& conditions = observed.group->status.conditions;
  const Instant admitted = api::FindCondition(conditions, kAdmitted)->last_transition;
  const Instant scheduled = api::FindCondition(conditions, kScheduled)->last_transition;
  const Duration timeout = StartTimeout(*observed.group, policy);
  int64_t members = role.desired - role.scheduled;
  if (RefusalOf(observed, role, admitted) != nullptr) members = std::min(members, role.created - role.scheduled);
  members -= role.gated;
  const int64_t needed = std::max<int64_t>(0, role.needed - role.scheduled);
  // Members beyond minAvailable have the time of one start to come; after that the group does without them.
  const Instant spare_until = scheduled + timeout;
  if (members > needed && now >= spare_until) members = needed;
  if (members <= 0) return;
  if (const auto end = EndOfLateClaim(role, conditions, scheduled, timeout)) {
    if (now >= *end) return;
    LookAgainAt(*end, reservation);
  }
  if (members > needed) LookAgainAt(spare_until, reservation);
  reservation.unbound.push_back(ClassOf(role, members, needed));
}

}  // namespace

Duration StartTimeout(const api::PodGroup& group, const Policy& policy) {
  const Duration timeout = std::chrono::seconds(group.spec.gang.schedule_timeout_seconds);
  const bool reserves = group.spec.gang.admission == api::GangAdmission::kWhenItFits;
  return reserves ? std::min(timeout, policy.reservation_timeout) : timeout;
}

std::vector<placement::MemberClass> AllMembers(const std::vector<RoleMembers>& members) {
  std::vector<placement::MemberClass> classes;
  for (const RoleMembers& role : members) {
    if (!role.Done() && role.desired > 0) classes.push_back(ClassOf(role, role.desired, role.needed));
  }
  return classes;
}

std::vector<placement::MemberClass> Unbound(const std::vector<RoleMembers>& members) {
  std::vector<placement::MemberClass> classes;
  for (const RoleMembers& role : members) {
    if (role.Done() || role.desired <= role.scheduled) continue;
    classes.push_back(ClassOf(role, role.desired - role.scheduled, role.needed - role.scheduled));
  }
  return classes;
}

Reservation ReservedWhileAdmitted(const ObservedGroup& observed, const std::vector<RoleMembers>& members, Instant now,
                                  const Policy& policy) {
  Reservation reservation;
  const api::Conditions& conditions = observed.group->status.conditions;
  if (api::IsTrue(conditions, kScheduled)) {
    for (const RoleMembers& role : members) {
      if (!role.Done() && role.desired > role.scheduled) AddLateClaim(observed, role, now, policy, reservation);
    }
    return reservation;
  }
  // The attempt ends by then, unless a Job waits before it replaces a failed pod: that pod gets no room by waiting.
  const Instant until = api::FindCondition(conditions, kAdmitted)->last_transition + policy.reservation_timeout;
  if (now >= until) return reservation;
  reservation.unbound = Unbound(members);
  if (!reservation.unbound.empty()) LookAgainAt(until, reservation);
  return reservation;
}

Reservation ReservedWhileStopping(const api::PodGroup& group, const std::vector<RoleMembers>& members, Instant now,
                                  const Policy& policy) {
  const api::Condition* admitted = api::FindCondition(group.status.conditions, kAdmitted);
  const bool recorded = admitted != nullptr && admitted->status == api::Truth::kFalse;
  const Instant until = (recorded ? admitted->last_transition : now) + policy.reservation_timeout;
  if (now >= until) return {};
  return {.unbound = Unbound(members), .look_again = until};
}

const PodsRefused* RefusalOf(const ObservedGroup& observed, const RoleMembers& role, Instant admitted) {
  const auto found = observed.pods_refused.find(role.role->role.name);
  if (found == observed.pods_refused.end() || role.created >= role.desired) return nullptr;
  // Times in Events have whole seconds.
  const Instant since = std::max(admitted, role.newest.value_or(admitted)) - std::chrono::seconds(1);
  return found->second.last_seen < since ? nullptr : &found->second;
}

}  // namespace muster::core
