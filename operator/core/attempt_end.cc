#include "operator/core/attempt_end.h"

#include <algorithm>

namespace muster::core {
namespace {

// A controller that could not create a pod tries again after about 1, 2 and 4 seconds. A refusal that lasts longer than
// this is not one that passes by itself.
constexpr Duration kRefusedPatience = std::chrono::seconds(3);
// The same, when another group that is refused for the same reason waits for what this one holds.
constexpr Duration kYieldPatience = std::chrono::seconds(1);
// Whether another group still waits for what this one holds shows in that group's status, which does not wake this one.
constexpr Duration kLookAgain = std::chrono::seconds(1);

class AttemptJudge {
 public:
  AttemptJudge(const ObservedGroup& observed, const std::vector<RoleMembers>& members, Instant now)
      : o_(observed), group_(*observed.group), members_(members), now_(now) {}

  AttemptEnd Run() {
    const api::Condition* admitted = api::FindCondition(group_.status.conditions, api::condition::kAdmitted);
    const bool gang = group_.spec.gang.policy == api::GangPolicy::kAllOrNothing;
    if (!gang || admitted == nullptr || api::IsTrue(group_.status.conditions, api::condition::kScheduled)) return {};
    for (const RoleMembers& role : members_) {
      if (JudgeRefusal(role, admitted->last_transition)) return std::move(end_);
    }
    JudgeTime(admitted->last_transition);
    return std::move(end_);
  }

 private:
  void LookAgainAt(Instant at) { end_.look_again = std::min(end_.look_again.value_or(at), at); }

  const PodsRefused* RefusalOf(const RoleMembers& role) const {
    const auto found = o_.pods_refused.find(role.role->role.name);
    return found == o_.pods_refused.end() || role.created >= role.needed ? nullptr : &found->second;
  }

  bool JudgeRefusal(const RoleMembers& role, Instant admitted) {
    const PodsRefused* refused = RefusalOf(role);
    if (refused == nullptr) return false;
    const Instant since = std::max(admitted, role.newest.value_or(admitted));
    // Pods were created after it: the role makes progress. Times in Events have whole seconds.
    if (refused->last_seen < since - std::chrono::seconds(1)) return false;
    const Duration patience = o_.collision.in_front.empty() ? kRefusedPatience : kYieldPatience;
    if (o_.collision.in_front.empty() && o_.collision.others_behind) {
      LookAgainAt(now_ + kLookAgain);  // what they give up may be all that is missing
      return false;
    }
    if (now_ < since + patience) {
      LookAgainAt(since + patience);
      return false;
    }
    std::string why = "pods of role " + role.role->role.name + " are refused: " + refused->message + "; " +
                      std::to_string(role.created) + " of " + std::to_string(role.needed) + " were created";
    if (!o_.collision.in_front.empty()) {
      why += "; PodGroup " + o_.collision.in_front + ", whose pods are refused too, starts first";
    }
    end_.stop = StopReason{"PodsRefused", why, {}};
    return true;
  }

  void JudgeTime(Instant admitted) {
    const RoleMembers* late = nullptr;
    int64_t scheduled = 0;
    int64_t needed = 0;
    for (const RoleMembers& role : members_) {
      scheduled += std::min(role.scheduled, role.needed);
      needed += role.needed;
      const std::optional<Instant> deadline = DeadlineOf(role, admitted);
      if (!deadline) continue;
      if (now_ < *deadline) {
        LookAgainAt(*deadline);
      } else if (late == nullptr) {
        late = &role;
      }
    }
    if (late == nullptr) return;
    std::string why = std::to_string(scheduled) + " of " + std::to_string(needed) + " members were scheduled within " +
                      std::to_string(group_.spec.gang.schedule_timeout_seconds) + "s of their admission";
    const std::string detail = WhyLate(*late);
    if (!detail.empty()) why += "; role " + late->role->role.name + ": " + detail;
    end_.stop = StopReason{"ScheduleTimeout", why, late->problem_pod};
  }

  // When all of the role must be scheduled at the latest; nullopt: they are, or it is not for lack of room. A Job waits
  // by itself before it replaces a failed pod: then the pods have the whole time since they were created.
  std::optional<Instant> DeadlineOf(const RoleMembers& role, Instant admitted) const {
    if (role.AllScheduled()) return std::nullopt;
    const Duration timeout = std::chrono::seconds(group_.spec.gang.schedule_timeout_seconds);
    if (role.failed == 0 || RefusalOf(role) != nullptr) return admitted + timeout;
    if (!role.waits_since) return std::nullopt;
    return std::max(admitted, *role.waits_since) + timeout;
  }

  std::string WhyLate(const RoleMembers& late) const {
    if (const RefusedWrite* unreleased = o_.refused_writes.First()) return unreleased->message;
    if (const PodsRefused* refused = RefusalOf(late)) return refused->message;
    if (!late.problem.empty()) return late.problem;
    if (!late.unplaced_pod.empty()) return WhyUnplaced(late);
    if (late.child == nullptr || late.created >= late.needed) return {};
    const std::string kind(api::KindName(late.role->role.kind));
    std::string why = kind + " " + late.child->meta.name + " has created " + std::to_string(late.created) + " of " +
                      std::to_string(late.needed) + " pods";
    if (late.child->paused) why += "; it is paused: kubectl rollout resume deployment " + late.child->meta.name;
    return why;
  }

  const ObservedGroup& o_;
  const api::PodGroup& group_;
  const std::vector<RoleMembers>& members_;
  const Instant now_;
  AttemptEnd end_;
};

}  // namespace

AttemptEnd WhyAttemptEnds(const ObservedGroup& observed, const std::vector<RoleMembers>& members, Instant now) {
  return AttemptJudge(observed, members, now).Run();
}

}  // namespace muster::core
