#include "operator/shell/group_controller.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace muster::shell {
namespace {

using runtime::Outcome;

const core::RevisionRole* RoleOf(const core::Revision& revision, const std::string& name) {
  for (const core::RevisionRole& role : revision.roles) {
    if (role.role.name == name) return &role;
  }
  return nullptr;
}

std::string RoleOf(const core::Step& step) {
  if (const auto* create = std::get_if<core::Create>(&step.action)) return create->role;
  if (const auto* patch = std::get_if<core::Patch>(&step.action)) return patch->role;
  return {};
}

// A hold or a release: the child is as its role wants it but for its size. A refusal is no word about the role.
bool IsOfSize(const core::ObservedGroup& observed, const core::Step& step, const core::RevisionRole& wanted) {
  const auto* patch = std::get_if<core::Patch>(&step.action);
  if (patch == nullptr) return false;
  return std::any_of(observed.children.begin(), observed.children.end(), [&](const auto& child) {
    return child->meta.uid == patch->uid && child->role_hash == wanted.hash;
  });
}

// How soon a refused object is tried again: what the server calls invalid stays so until the spec changes, what it
// forbids (rights, quota) or what is in the way may be mended at any time.
Duration RetryAfter(const Failure& failure, int tries) {
  if (failure.error.code == Code::kInvalid && !failure.foreign) return std::chrono::minutes(5);
  return core::RetryOfRefused(tries);
}

}  // namespace

core::ObservedGroup GroupController::Observe(std::shared_ptr<const api::PodGroup> group,
                                             const GroupMemory& memory) const {
  core::ObservedGroup observed;
  observed.group = std::move(group);
  const api::PodGroup& seen = *observed.group;
  observed.revision = p_.caches.revisions.Get({seen.meta.ns, seen.spec.revision});
  observed.children = p_.caches.ChildrenOf(seen);
  observed.pods = p_.caches.PodsOf(seen.meta.key());
  observed.verdict = p_.planner.VerdictOf(seen.meta.key(), seen.meta.uid);
  observed.refusals = memory.refusals;
  observed.refused_writes = memory.refused_writes;
  observed.last_write = memory.last_write;
  observed.known = memory.known;
  if (observed.revision != nullptr) {
    observed.priority = p_.caches.PriorityOf(core::PriorityClassOf(seen, *observed.revision));
  }
  const api::Condition* admitted = api::FindCondition(seen.status.conditions, api::condition::kAdmitted);
  if (admitted != nullptr && admitted->status == api::Truth::kTrue) {
    for (const auto& child : observed.children) {
      const std::string why = p_.caches.CreationFailureOf(*child, admitted->last_transition - std::chrono::seconds(1));
      if (!why.empty()) observed.pods_refused[child->role] = why;
    }
  }
  return observed;
}

Outcome GroupController::Reconcile(const api::Key& key) {
  auto group = p_.caches.groups.Get(key);
  if (group == nullptr || group->meta.deleted) {
    p_.planner.Remove(key);
    memory_.Forget(key);
    p_.gate.Forget(key);
    return Outcome::Done();
  }
  if (!p_.gate.MayAct(key)) return Outcome::RequeueAfter(p_.gate.Remaining(key));
  GroupMemory memory = memory_.Get(key, group->meta.uid);
  if (p_.clock.Wall() < memory.gone_until) return Outcome::RequeueAfter(memory.gone_until - p_.clock.Wall());
  const core::ObservedGroup observed = Observe(std::move(group), memory);
  const core::GroupStep step = core::ReconcileGroup(observed, p_.clock.Wall(), p_.pace.Applied(p_.policy));
  p_.planner.Publish(key, observed.group->meta.uid, step.stance);
  // What is no more has been told.
  std::erase_if(memory.known, [&](const auto& entry) {
    return std::none_of(observed.children.begin(), observed.children.end(),
                        [&](const auto& child) { return child->meta.uid == entry.first; });
  });
  if (step.plan.steps.empty()) return Settle(observed, step, std::nullopt, std::move(memory));
  const Actor actor{.key = key,
                    .resource = api::kPodGroups,
                    .uid = observed.group->meta.uid,
                    .gate = &p_.gate,
                    .known = &memory.known};
  const auto failure = p_.executor.Execute(step.plan, actor);
  return Settle(observed, step, failure, std::move(memory));
}

Outcome GroupController::Settle(const core::ObservedGroup& observed, const core::GroupStep& step,
                                const std::optional<Failure>& failure, GroupMemory memory) {
  const Instant now = p_.clock.Wall();
  memory.refused_writes.Retain(step.plan);
  for (const core::Step& done : step.plan.steps) {
    if (failure && &done == failure->step) break;
    memory.refused_writes.Done(done);
    if (const auto* write = std::get_if<core::WriteStatus>(&done.action)) {
      memory.last_write = now;
      Count(observed, *write);
    } else if (const std::string role = RoleOf(done); !role.empty()) {
      memory.refusals.erase(role);
      memory.tries.erase(role);
    }
  }
  if (failure) {
    memory.known.clear();  // what was written is not known
  } else {
    for (const auto& child : observed.children) {
      if (child->meta.deleted) continue;
      core::KnownChild& known = memory.known[child->meta.uid];
      known = {.generation = std::max(known.generation, child->meta.generation),
               .name = std::string(api::KindName(child->kind)) + " " + child->meta.name,
               .role = child->role};
    }
  }
  Outcome outcome = Outcome::Done();
  if (failure) {
    if (IsGone(*failure)) memory.gone_until = now + kGonePause;
    outcome = OutcomeOf(*failure, Remember(observed, *failure, memory));
  } else if (step.plan.wake_up) {
    outcome = Outcome::RequeueAfter(std::max(Duration(1), *step.plan.wake_up - now));
  }
  memory_.Put(observed.group->meta.key(), std::move(memory));
  return outcome;
}

// What is refused is told in the status instead of being tried in a loop: a child that was not accepted, by its role;
// any other write, by itself.
Remembered GroupController::Remember(const core::ObservedGroup& observed, const Failure& failure,
                                     GroupMemory& memory) const {
  const std::string role = RoleOf(*failure.step);
  const Code code = failure.error.code;
  if (!core::RefusedWrites::IsRefusal(*failure.step, failure.error, failure.foreign)) return Remembered::kNo;
  const core::RevisionRole* wanted = observed.revision == nullptr ? nullptr : RoleOf(*observed.revision, role);
  if (wanted == nullptr || IsOfSize(observed, *failure.step, *wanted)) {
    LogInfo("Write was refused", {{"podGroup", observed.group->meta.key().Text()},
                                  {"step", core::Describe(*failure.step)},
                                  {"error", failure.error.message}});
    memory.refused_writes.Refuse(*failure.step, failure.error.message, p_.clock.Wall());
    return Remembered::kYes;
  }
  const int tries = ++memory.tries[role];
  memory.refusals[role] = {.code = code,
                           .foreign = failure.foreign,
                           .message = failure.error.message,
                           .role_hash = wanted->hash,
                           .retry_at = p_.clock.Wall() + RetryAfter(failure, tries)};
  LogInfo("Child was refused",
          {{"podGroup", observed.group->meta.key().Text()}, {"role", role}, {"error", failure.error.message}});
  return Remembered::kYes;
}

void GroupController::Count(const core::ObservedGroup& observed, const core::WriteStatus& write) const {
  p_.metrics.CountStatusWrite(StatusOwner::kPodGroup);
  const api::PodGroupStatus& old = observed.group->status;
  const api::Conditions conditions = api::DecodeConditions(write.status["conditions"]);
  const Instant now = p_.clock.Wall();
  const auto turned_true = [&](std::string_view type) {
    return api::IsTrue(conditions, type) && !api::IsTrue(old.conditions, type);
  };
  if (turned_true(api::condition::kAdmitted)) {
    const Instant asked = old.asked_time.value_or(observed.group->meta.created);
    p_.metrics.CountAdmission();
    p_.metrics.ObserveAdmissionWait(std::max(Duration(0), now - asked));
    LogInfo("Admitted", {{"podGroup", observed.group->meta.key().Text()}});
  }
  if (turned_true(api::condition::kScheduled)) {
    const api::Condition* admitted = api::FindCondition(conditions, api::condition::kAdmitted);
    if (admitted != nullptr) p_.metrics.ObserveScheduling(std::max(Duration(0), now - admitted->last_transition));
  }
  if (write.status["timeouts"].Integer() > old.timeouts) p_.metrics.CountScheduleTimeout();
}

void GroupController::Forget() { memory_.Clear(); }

}  // namespace muster::shell
