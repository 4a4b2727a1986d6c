#include "operator/core/attempt_end.h"

#include <algorithm>

#include "operator/core/reservation.h"

namespace muster::core {
namespace {

// A controller that could not create a pod tries again after about 1, 2 and 4 seconds, and a controller that owns a
// scheduling gate and means to remove it at once does so within this time. What lasts longer does not pass by itself.
constexpr Duration kRefusedPatience = std::chrono::seconds(3);
// The same, when another group that is refused for the same reason waits for what this one holds.
constexpr Duration kYieldPatience = std::chrono::seconds(1);
// Controllers report refusals of one object in 25 Events and then one in five minutes (the limit of client-go). A role
// that was refused in the last attempt, and gets no pod for this long, is refused again although nothing says so.
constexpr Duration kSilencePatience = std::chrono::seconds(10);
// Whether another group still waits for what this one holds shows in that group's status, which does not wake this one.
constexpr Duration kLookAgain = std::chrono::seconds(1);

class AttemptJudge {
 public:
  AttemptJudge(const ObservedGroup& observed, const std::vector<RoleMembers>& members, Instant now,
               const Policy& policy)
      : o_(observed),
        group_(*observed.group),
        members_(members),
        now_(now),
        timeout_(StartTimeout(*observed.group, policy)) {}

  AttemptEnd Run() {
    const api::Condition* admitted = api::FindCondition(group_.status.conditions, api::condition::kAdmitted);
    const bool gang = group_.spec.gang.policy == api::GangPolicy::kAllOrNothing;
    if (!gang || admitted == nullptr || api::IsTrue(group_.status.conditions, api::condition::kScheduled)) return {};
    for (const RoleMembers& role : members_) {
      const bool ends = JudgeRefusal(role, admitted->last_transition) || JudgeGates(role, admitted->last_transition);
      if (ends) return std::move(end_);
    }
    JudgeTime(admitted->last_transition);
    return std::move(end_);
  }

 private:
  void LookAgainAt(Instant at) { end_.look_again = std::min(end_.look_again.value_or(at), at); }

  // Whatever was refused since the admission, though pods may have been created after it.
  const PodsRefused* RefusedOnce(const RoleMembers& role) const {
    const auto found = o_.pods_refused.find(role.role->role.name);
    return found == o_.pods_refused.end() || role.created >= role.needed ? nullptr : &found->second;
  }

  bool JudgeRefusal(const RoleMembers& role, Instant admitted) {
    if (role.created >= role.needed) return false;
    const Instant since = std::max(admitted, role.newest.value_or(admitted));
    const PodsRefused* refused = RefusalOf(o_, role, admitted);
    if (refused == nullptr) return JudgeSilence(role, since);
    const bool first = o_.collision.in_front.empty();
    if (first && o_.collision.others_behind && now_ < admitted + kAloneAtMost) {
      LookAgainAt(now_ + kLookAgain);  // what they give up may be all that is missing
      return false;
    }
    return EndRefusedAt(since + (first ? kRefusedPatience : kYieldPatience), role, refused->message);
  }

  bool JudgeSilence(const RoleMembers& role, Instant since) {
    const api::LastStop& last = group_.status.last_stop;
    const bool refused_before =
        group_.status.timeouts > 0 && last.reason == "PodsRefused" && last.message.starts_with(RefusedText(role));
    return refused_before && EndRefusedAt(since + kSilencePatience, role, RefusalIn(last.message));
  }

  static std::string RefusedText(const RoleMembers& role) {
    return "pods of role " + role.role->role.name + " are refused: ";
  }

  bool EndRefusedAt(Instant due, const RoleMembers& role, const std::string& refusal) {
    if (now_ < due) {
      LookAgainAt(due);
      return false;
    }
    std::string why = RefusedText(role) + refusal + "; " + std::to_string(role.created) + " of " +
                      std::to_string(role.needed) + " were created";
    if (!o_.collision.in_front.empty()) {
      why += "; PodGroup " + o_.collision.in_front + ", whose pods are refused too, starts first";
    }
    end_.stop = StopReason{"PodsRefused", why, {}};
    return true;
  }

  // kube-scheduler does not consider pods that have scheduling gates: room that is reserved for them is not used.
  bool JudgeGates(const RoleMembers& role, Instant admitted) {
    if (group_.spec.gang.admission == api::GangAdmission::kAlways) return false;  // nothing is reserved
    const int64_t ungated = role.created - role.gated;
    if (role.gated == 0 || ungated >= role.needed) return false;
    const Instant due = std::max(admitted, role.gated_since.value_or(admitted)) + kRefusedPatience;
    if (now_ < due) {
      LookAgainAt(due);
      return false;
    }
    end_.stop = StopReason{"PodsGated",
                           "pods of role " + role.role->role.name + " are gated: " + role.gates + "; " +
                               std::to_string(ungated) + " of " + std::to_string(role.needed) + " can be scheduled",
                           {}};
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
                      TimeoutText() + " of their admission";
    const std::string detail = WhyLate(*late);
    if (!detail.empty()) why += "; role " + late->role->role.name + ": " + detail;
    end_.stop = StopReason{"ScheduleTimeout", why, late->problem_pod};
  }

  // "300s", or "300s (the operator's limit; scheduleTimeoutSeconds is 86400)".
  std::string TimeoutText() const {
    const int64_t own = group_.spec.gang.schedule_timeout_seconds;
    std::string text = std::to_string(std::chrono::duration_cast<std::chrono::seconds>(timeout_).count()) + "s";
    if (timeout_ < std::chrono::seconds(own)) {
      text += " (the operator's limit; scheduleTimeoutSeconds is " + std::to_string(own) + ")";
    }
    return text;
  }

  // When all of the role must be scheduled at the latest; nullopt: they are, or it is not for lack of room. A Job waits
  // by itself before it replaces a failed pod: then the pods have the whole time since they were created.
  std::optional<Instant> DeadlineOf(const RoleMembers& role, Instant admitted) const {
    if (role.AllScheduled()) return std::nullopt;
    if (role.failed == 0 || RefusedOnce(role) != nullptr) return admitted + timeout_;
    if (!role.waits_since) return std::nullopt;
    return std::max(admitted, *role.waits_since) + timeout_;
  }

  std::string WhyLate(const RoleMembers& late) const {
    if (const RefusedWrite* unreleased = o_.refused_writes.First()) return unreleased->message;
    if (const PodsRefused* refused = RefusedOnce(late)) return refused->message;
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
  const Duration timeout_;
  AttemptEnd end_;
};

}  // namespace

AttemptEnd WhyAttemptEnds(const ObservedGroup& observed, const std::vector<RoleMembers>& members, Instant now,
                          const Policy& policy) {
  return AttemptJudge(observed, members, now, policy).Run();
}

}  // namespace muster::core
