#include "operator/core/group.h"

#include <algorithm>
#include <utility>

#include "operator/core/attempt_end.h"
#include "operator/core/group_children.h"
#include "operator/core/group_status.h"
#include "operator/core/hands.h"
#include "operator/core/reservation.h"

namespace muster::core {
namespace {

using api::condition::kAdmitted;
using api::condition::kScheduled;

bool SameClasses(const std::vector<placement::MemberClass>& a, const std::vector<placement::MemberClass>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.role == y.role && x.members == y.members && x.needed == y.needed && x.shape->key == y.shape->key;
  });
}

class GroupReconciler {
 public:
  GroupReconciler(const ObservedGroup& observed, Instant now, const Policy& policy)
      : o_(observed),
        group_(*observed.group),
        now_(now),
        policy_(policy),
        current_(group_.status.revision == group_.spec.revision),
        members_(CountMembers(*observed.revision, observed.children, observed.pods,
                              current_ ? group_.status.roles : std::vector<api::RoleStatus>())),
        status_(group_, members_, now),
        children_(o_, members_) {}

  GroupStep Run() {
    step_.stance.attempt = group_.status.attempt;
    if (IsFinished(group_) || Finishes()) {
      Rest();
    } else if (const auto stop = WhyStop()) {
      Stop(*stop);
    } else if (api::IsTrue(group_.status.conditions, kAdmitted)) {
      Keep();
    } else {
      Prepare();
    }
    const RefusedWrite* refused = LeaveOutRefused(o_.refused_writes, now_, leave_out_, actions_);
    if (refused != nullptr) {
      if (std::exchange(quiet_, false)) {
        status_.Stall(api::blocker::kWriteRefused, api::blocker::kWriteRefused, {}, refused->message);
      } else {
        status_.WriteRefused(refused->message);
      }
    }
    if (!quiet_) status_.AddNotConsidered(o_.not_considered);
    if (!quiet_) status_.Write(o_.last_write, policy_, step_.plan);
    for (Step& step : actions_.steps) step_.plan.steps.push_back(std::move(step));
    if (!quiet_) status_.Announce(step_.plan);
    ReportChildren(o_, members_, step_.plan);
    ReportStrangers(o_, step_.plan);
    if (actions_.wake_up) step_.plan.WakeAt(*actions_.wake_up);
    step_.plan.left_out = std::move(actions_.left_out);
    return std::move(step_);
  }

 private:
  bool IsGang() const { return group_.spec.gang.policy == api::GangPolicy::kAllOrNothing; }

  // ---- The end: recorded before anything may delete the Job that tells it; never run again.

  bool Finishes() {
    if (!current_ || group_.status.attempt == 0) return false;
    for (const RoleMembers& role : members_) {
      if (role.result != "Failed") continue;
      std::string why = "Job of role " + role.role->role.name + " failed";
      if (role.child != nullptr && !role.child->result_message.empty()) why += ": " + role.child->result_message;
      status_.Fail("RoleFailed", why);
      return true;
    }
    if (!std::all_of(members_.begin(), members_.end(), [](const RoleMembers& role) { return role.Done(); })) {
      return false;
    }
    status_.Succeed();
    return true;
  }

  void Rest() {
    children_.HoldAll("the group has finished", actions_);
    if (!HoldsSeen()) ReserveUntilHeld();
    step_.stance.started =
        std::any_of(members_.begin(), members_.end(), [](const RoleMembers& role) { return role.succeeded > 0; });
  }

  // ---- Stopping: the record first, then the holds.

  static std::string ReasonOf(const Refusal& refusal) {
    if (refusal.foreign) return std::string(api::blocker::kNameConflict);
    return std::string(refusal.code == Code::kForbidden ? api::blocker::kWriteRefused : api::blocker::kInvalidRole);
  }

  std::optional<StopReason> WhyStop() {
    const api::Condition* admitted = api::FindCondition(group_.status.conditions, kAdmitted);
    if (admitted == nullptr || admitted->status != api::Truth::kTrue) return std::nullopt;
    if (group_.spec.run == api::Run::kHold) return StopReason{"Suspended", "the group is suspended", {}};
    if (!current_) return StopReason{"SpecChanged", "the Workload's roles have changed", {}};
    if (const Refusal* refusal = children_.RefusalOfMissing()) {
      return StopReason{ReasonOf(*refusal), refusal->message, {}};
    }
    if (const RoleMembers* paused = OnlyPaused()) return StopReason{"CannotStart", WhyPaused(*paused), {}};
    AttemptEnd end = WhyAttemptEnds(o_, members_, now_, policy_);
    if (end.look_again) actions_.WakeAt(*end.look_again);
    return std::move(end.stop);
  }

  // A Job that is paused when no role of the group has a member that could run; null: there is none.
  const RoleMembers* OnlyPaused() const {
    const RoleMembers* paused = nullptr;
    for (const RoleMembers& role : members_) {
      if (role.desired > 0 || role.live > 0) return nullptr;
      if (paused == nullptr && IsPausedJob(role)) paused = &role;
    }
    return paused;
  }

  static std::string WhyPaused(const RoleMembers& role) {
    return "roles[" + role.role->role.name +
           "].job.spec.parallelism is 0: the Job is paused and creates no pod, and "
           "no other role has one; set it to at least 1";
  }

  void Stop(const StopReason& why) {
    status_.StopAdmission(why.reason, why.message, why.pod, policy_);
    children_.HoldAll("held again: " + why.reason, actions_);
    ReserveUntilHeld();
  }

  // ---- Running: release what is not released yet, and watch the start.

  void Keep() {
    Release(group_.status.attempt);
    // What is made or released anew must not be what has finished or was stopped meanwhile.
    if (actions_.HasWrites()) {
      step_.plan.guard = Guard{api::kPodGroups, group_.meta.key(), group_.meta.uid, group_.meta.resource_version};
    }
    status_.Progress(o_.pods_refused, actions_);
    step_.stance.kind = Stance::Kind::kInFlight;
    step_.stance.admitted = true;
    step_.stance.since = api::FindCondition(group_.status.conditions, kAdmitted)->last_transition;
    step_.stance.members = AllMembers(members_);
    StartAlone();
    if (!HasRoom()) return;
    step_.stance.started = api::IsTrue(group_.status.conditions, kScheduled);
    step_.stance.starting = !step_.stance.started;
    Reserve(ReservedWhileAdmitted(o_, members_, now_, policy_));
  }

  void Reserve(Reservation reservation) {
    if (reservation.look_again) actions_.WakeAt(*reservation.look_again);
    step_.stance.unbound = std::move(reservation.unbound);
    const api::Condition* admitted = api::FindCondition(group_.status.conditions, kAdmitted);
    step_.stance.since = admitted == nullptr ? now_ : admitted->last_transition;
  }

  // While it starts, the groups that it has collided with wait.
  void StartAlone() {
    const api::Condition* admitted = api::FindCondition(group_.status.conditions, kAdmitted);
    if (!IsGang() || admitted == nullptr || api::IsTrue(group_.status.conditions, kScheduled)) return;
    const Instant until = admitted->last_transition + std::min(StartTimeout(group_, policy_), kAloneAtMost);
    if (now_ >= until) return;
    step_.stance.collided = LastCollision(group_, policy_);
    if (step_.stance.collided) actions_.WakeAt(until);
  }

  // All or none: one child that may not be released keeps the others from waiting for it with their pods.
  void Release(int64_t attempt) {
    children_.ReleaseAll(attempt, actions_);
    if (IsGang()) leave_out_ = LeaveOut::kAllOrNone;
  }

  // Whether it was admitted because all of it had room, which then is its own.
  bool HasRoom() const { return IsGang() && group_.spec.gang.admission == api::GangAdmission::kWhenItFits; }

  void Admit() {
    status_.StartAttempt();
    Release(group_.status.attempt + 1);
    step_.stance.kind = Stance::Kind::kInFlight;
    step_.stance.starting = HasRoom();
    step_.stance.since = now_;
    step_.stance.members = AllMembers(members_);
    if (HasRoom()) step_.stance.unbound = Unbound(members_);
    if (IsGang()) step_.stance.collided = LastCollision(group_, policy_);
  }

  // ---- Not admitted: hold, wait until the last member is gone, bring the children up to date, ask.

  void Prepare() {
    children_.HoldAll("not admitted", actions_);
    if (const auto left = children_.Leftovers(now_); left.any) {
      status_.Stopping(left.stuck);
      if (!left.stuck.empty()) children_.LookForLost(actions_);
      if (left.look_again) actions_.WakeAt(*left.look_again);
      return ReserveUntilHeld();
    }
    if ((group_.status.attempt > 0 || actions_.HasWrites()) && !HoldsSeen()) {
      status_.Stopping({});
      return ReserveUntilHeld();
    }
    if (const RevisionRole* role = FirstWithProblem(); role != nullptr) {
      return status_.Stall("CannotStart", api::blocker::kCannotStart, role->role.name, role->shape.problems.front());
    }
    if (const RoleMembers* paused = OnlyPaused(); paused != nullptr && group_.spec.run == api::Run::kRun) {
      return status_.Stall("CannotStart", api::blocker::kCannotStart, paused->role->role.name, WhyPaused(*paused));
    }
    const bool ask_first = members_.size() == 1 && group_.status.attempt == 0 && o_.refusals.empty() &&
                           group_.spec.run == api::Run::kRun && o_.verdict.kind != Verdict::Kind::kWait;
    const bool ready =
        children_.BringUpToDate(ask_first ? MissingChild::kLeave : MissingChild::kCreate, now_, actions_);
    if (const Refusal* refusal = children_.FirstRefusal()) {
      actions_.WakeAt(refusal->retry_at);
      const std::string role = children_.RoleOf(*refusal);
      return status_.Stall(ReasonOf(*refusal), ReasonOf(*refusal), role, "role " + role + ": " + refusal->message);
    }
    if (!ready) {
      quiet_ = !current_ || !group_.status.state.has_value();
      if (!quiet_) status_.Unchanged();
      return;
    }
    Ask();
  }

  const RevisionRole* FirstWithProblem() const {
    if (!IsGang()) return nullptr;
    for (const RoleMembers& role : members_) {
      if (!role.role->shape.problems.empty()) return role.role;
    }
    return nullptr;
  }

  void Ask() {
    if (group_.spec.run == api::Run::kHold) return status_.Held();
    if (!o_.priority) {
      return status_.Wait(api::PriorityClassMissing(PriorityClassOf(group_, *o_.revision)));
    }
    if (group_.status.next_attempt_time && now_ < *group_.status.next_attempt_time) {
      actions_.WakeAt(*group_.status.next_attempt_time);
      step_.stance.collided = LastCollision(group_, policy_);
      return status_.BackOff();
    }
    const bool always = group_.spec.gang.admission == api::GangAdmission::kAlways;
    const std::optional<Collided> collided = LastCollision(group_, policy_);
    if (!IsGang() || (always && !collided)) return Admit();
    step_.stance.kind = Stance::Kind::kAsking;
    step_.stance.collided = collided;
    step_.stance.ask = {.group = group_.meta.key(),
                        .priority = *o_.priority,
                        .asked = AskedSince(group_, now_),
                        .preempts_below = o_.preempts_below,
                        .admission = always ? placement::Admission::kAlways : placement::Admission::kWhenItFits,
                        .classes = Unbound(members_)};
    switch (o_.verdict.kind) {
      case Verdict::Kind::kAdmit:
        // What was granted may be less than what the group has become since.
        if (o_.verdict.granted && !SameClasses(*o_.verdict.granted, step_.stance.ask.classes)) break;
        return Admit();
      case Verdict::Kind::kWait:
        return status_.Wait(o_.verdict.explanation.value_or(api::Explanation()));
      case Verdict::Kind::kNone:
        break;
    }
    quiet_ = true;  // the planner answers within milliseconds; what is written now would be written again then
  }

  // Pods may still come up for a second after a hold is answered: until the controllers have caught up and the last
  // member is gone, the room of the whole group stays reserved, but no longer than the room of a start.
  void ReserveUntilHeld() {
    step_.stance.kind = Stance::Kind::kInFlight;
    if (IsGang() && !HoldsSeen()) Reserve(ReservedWhileStopping(group_, members_, now_, policy_));
    step_.stance.collided = LastCollision(group_, policy_);  // its pods hold what the others lack until they are gone
  }

  bool HoldsSeen() {
    const GroupChildren::Holds holds = children_.HoldsSeen(now_);
    if (holds.look_again) actions_.WakeAt(*holds.look_again);
    return holds.seen;
  }

  const ObservedGroup& o_;
  const api::PodGroup& group_;
  const Instant now_;
  const Policy& policy_;
  const bool current_;  // its children were last rendered from the revision its spec names
  const std::vector<RoleMembers> members_;
  GroupStatusWriter status_;
  GroupChildren children_;
  GroupStep step_;
  Plan actions_;  // what follows the status write
  LeaveOut leave_out_ = LeaveOut::kEach;
  bool quiet_ = false;  // leave the status as it is
};

}  // namespace

bool Stance::operator==(const Stance& other) const {
  return kind == other.kind && admitted == other.admitted && starting == other.starting && attempt == other.attempt &&
         ask.priority == other.ask.priority && ask.asked == other.ask.asked &&
         ask.preempts_below == other.ask.preempts_below && ask.admission == other.ask.admission &&
         SameClasses(ask.classes, other.ask.classes) && SameClasses(unbound, other.unbound) &&
         collided == other.collided;
}

bool Holds(const Verdict& verdict, const Stance& before, const Stance& after) {
  if (before == after) return true;
  if (verdict.kind != Verdict::Kind::kAdmit || before.attempt != after.attempt || after.admitted) return false;
  const auto& granted = before.kind == Stance::Kind::kAsking ? before.ask.classes : before.unbound;
  return after.kind == Stance::Kind::kInFlight && SameClasses(granted, after.unbound);
}

std::string PriorityClassOf(const api::PodGroup& group, const Revision& revision) {
  if (!group.spec.priority_class_name.empty()) return group.spec.priority_class_name;
  for (const RevisionRole& role : revision.roles) {
    if (!role.shape.shape->priority_class_name.empty()) return role.shape.shape->priority_class_name;
  }
  return {};
}

GroupStep ReconcileGroup(const ObservedGroup& observed, Instant now, const Policy& policy) {
  if (observed.group->meta.deleted) return {};
  if (observed.revision == nullptr) return {};  // the cache brings it, or the Workload's reconcile makes it anew
  // Both belong to the same Workload. Another object of that name is not the group's revision; the Workload's
  // reconcile reports it.
  if (observed.group->meta.owner && observed.revision->meta.owner != observed.group->meta.owner) return {};
  return GroupReconciler(observed, now, policy).Run();
}

}  // namespace muster::core
