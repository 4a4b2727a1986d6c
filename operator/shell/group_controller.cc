#include "operator/shell/group_controller.h"

#include <algorithm>
#include <utility>

#include "operator/core/node_names.h"
#include "operator/core/observe.h"

namespace muster::shell {
namespace {

using runtime::Outcome;

}  // namespace

Outcome GroupController::Reconcile(const api::Key& key) {
  auto group = p_.caches.groups.Get(key);
  if (group == nullptr || group->meta.deleted) {
    p_.planner.Remove(key);
    memory_.Forget(key);
    p_.gate.Forget(key);
    return Outcome::Done();
  }
  if (!p_.gate.MayAct(key)) return Outcome::RequeueAfter(p_.gate.Remaining(key));
  core::GroupMemory memory = memory_.Get(key, group->meta.uid);
  const Duration pause = core::PauseOf(memory, p_.clock.Wall());
  if (pause > Duration(0)) return Outcome::RequeueAfter(pause);
  core::ObservedGroup observed = core::ObserveGroup(p_.caches, std::move(group));
  if (!p_.node_pool_label.empty()) {
    core::HideNodeNames(observed, [this](const std::string& name) -> std::optional<std::string> {
      const auto node = p_.caches.nodes.Get({"", name});
      if (node == nullptr) return std::nullopt;
      return placement::PoolText(*node, p_.node_pool_label);
    });
  }
  const std::string uid = observed.group->meta.uid;
  observed.verdict = p_.planner.VerdictOf(key, uid);
  core::GroupVisit visit(std::move(observed), std::move(memory), p_.clock.Wall(), p_.pace.Applied(p_.policy));
  p_.planner.Publish(key, uid, visit.stance());
  p_.executor.Execute(visit.execution(), p_.gate);
  const core::Settled settled = visit.Settle(p_.clock.Wall());
  for (const core::WriteStatus* write : settled.statuses) Count(visit.observed(), *write);
  if (settled.log) LogInfo(settled.log->message, settled.log->fields);
  memory_.Put(key, visit.memory());
  return OutcomeOf(settled.next);
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
