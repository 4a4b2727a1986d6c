#include "operator/shell/workload_controller.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace muster::shell {
namespace {

using runtime::Outcome;

constexpr Duration kForeignRetry = std::chrono::seconds(10);
// What is forbidden (quota, rights) may be permitted at any time; what is invalid, after an upgrade of the cluster at
// most.
constexpr Duration kForbiddenRetry = std::chrono::seconds(30);
constexpr Duration kInvalidRetry = std::chrono::minutes(5);

}  // namespace

core::ObservedWorkload WorkloadController::Observe(std::shared_ptr<const api::Workload> workload,
                                                   const WorkloadMemory& memory) const {
  core::ObservedWorkload observed;
  observed.workload = std::move(workload);
  observed.groups = p_.caches.GroupsOf(*observed.workload);
  observed.revisions = p_.caches.RevisionsOf(*observed.workload);
  const std::string wanted = core::WantRevision(*observed.workload).name;
  for (const auto& group : observed.groups) {
    const bool admitted = api::IsTrue(group->status.conditions, api::condition::kAdmitted);
    if (admitted && group->spec.revision != wanted) {
      observed.children[group->meta.name] = p_.caches.ChildrenOf(*group);
    }
  }
  observed.refused_revisions = memory.refused_revisions;
  observed.foreign_groups = memory.foreign_groups;
  observed.refused_writes = memory.refused_writes;
  observed.last_write = memory.last_write;
  return observed;
}

Outcome WorkloadController::Reconcile(const api::Key& key) {
  auto workload = p_.caches.workloads.Get(key);
  if (workload == nullptr || workload->meta.deleted) {
    memory_.Forget(key);
    p_.gate.Forget(key);
    return Outcome::Done();
  }
  if (!p_.gate.MayAct(key)) return Outcome::RequeueAfter(p_.gate.Remaining(key));
  WorkloadMemory memory = memory_.Get(key, workload->meta.uid);
  if (p_.clock.Wall() < memory.gone_until) return Outcome::RequeueAfter(memory.gone_until - p_.clock.Wall());
  std::erase_if(memory.foreign_groups,
                [&](const auto& entry) { return memory.foreign_until[entry.first] <= p_.clock.Wall(); });
  if (memory.refused_until <= p_.clock.Wall()) memory.refused_revisions.clear();
  const core::ObservedWorkload observed = Observe(std::move(workload), memory);
  const core::Plan plan = core::ReconcileWorkload(observed, p_.clock.Wall(), p_.pace.Applied(p_.policy));
  const Actor actor{.key = key, .resource = api::kWorkloads, .uid = observed.workload->meta.uid, .gate = &p_.gate};
  const auto failure = p_.executor.Execute(plan, actor);
  return Settle(observed, plan, failure, std::move(memory));
}

Outcome WorkloadController::Settle(const core::ObservedWorkload& observed, const core::Plan& plan,
                                   const std::optional<Failure>& failure, WorkloadMemory memory) {
  const Instant now = p_.clock.Wall();
  memory.refused_writes.Retain(plan);
  for (const core::Step& done : plan.steps) {
    if (failure && &done == failure->step) break;
    memory.refused_writes.Done(done);
    if (!std::holds_alternative<core::WriteStatus>(done.action)) continue;
    memory.last_write = now;
    p_.metrics.CountStatusWrite(StatusOwner::kWorkload);
  }
  std::optional<Instant> wake_up = plan.wake_up;
  for (const auto& [index, until] : memory.foreign_until) {
    if (memory.foreign_groups.contains(index)) wake_up = std::min(wake_up.value_or(until), until);
  }
  if (!memory.refused_revisions.empty()) {
    wake_up = std::min(wake_up.value_or(memory.refused_until), memory.refused_until);
  }
  Outcome outcome = wake_up ? Outcome::RequeueAfter(std::max(Duration(1), *wake_up - now)) : Outcome::Done();
  if (failure) {
    if (IsGone(*failure)) memory.gone_until = now + kGonePause;
    outcome = OutcomeOf(*failure, Remember(observed, *failure, memory));
  }
  memory_.Put(observed.workload->meta.key(), std::move(memory));
  return outcome;
}

// A dry-run that was refused, a group's name that is taken, any other write that is refused: told in the status instead
// of being tried in a loop.
Remembered WorkloadController::Remember(const core::ObservedWorkload& observed, const Failure& failure,
                                        WorkloadMemory& memory) const {
  const auto* create = std::get_if<core::Create>(&failure.step->action);
  const auto* patch = std::get_if<core::Patch>(&failure.step->action);
  const bool dry = (create != nullptr && create->mode == core::Mode::kDryRun) ||
                   (patch != nullptr && patch->mode == core::Mode::kDryRun);
  if (dry && (failure.error.code == Code::kInvalid || failure.error.code == Code::kForbidden)) {
    const std::string& role = create != nullptr ? create->role : patch->role;
    memory.refused_revisions = {
        {core::WantRevision(*observed.workload).name, "role " + role + ": " + failure.error.message}};
    memory.refused_until = p_.clock.Wall() + (failure.error.code == Code::kInvalid ? kInvalidRetry : kForbiddenRetry);
    return Remembered::kYes;
  }
  if (create != nullptr && failure.foreign && create->resource == api::kPodGroups) {
    const int64_t index = create->object["spec"]["index"].Integer();
    memory.foreign_groups[index] = failure.error.message;
    memory.foreign_until[index] = p_.clock.Wall() + kForeignRetry;
    return Remembered::kYes;
  }
  if (!core::RefusedWrites::IsRefusal(*failure.step, failure.error, failure.foreign)) return Remembered::kNo;
  LogInfo("Write was refused", {{"workload", observed.workload->meta.key().Text()},
                                {"step", core::Describe(*failure.step)},
                                {"error", failure.error.message}});
  memory.refused_writes.Refuse(*failure.step, failure.error.message, p_.clock.Wall());
  return Remembered::kYes;
}

void WorkloadController::Forget() { memory_.Clear(); }

}  // namespace muster::shell
