#include "operator/shell/workload_controller.h"

#include <utility>

#include "operator/core/observe.h"

namespace muster::shell {
namespace {

using runtime::Outcome;

}  // namespace

Outcome WorkloadController::Reconcile(const api::Key& key) {
  auto workload = p_.caches.workloads.Get(key);
  if (workload == nullptr || workload->meta.deleted) {
    memory_.Forget(key);
    p_.gate.Forget(key);
    return Outcome::Done();
  }
  if (!p_.gate.MayAct(key)) return Outcome::RequeueAfter(p_.gate.Remaining(key));
  core::WorkloadMemory memory = memory_.Get(key, workload->meta.uid);
  const Duration pause = core::PauseOf(memory, p_.clock.Wall());
  if (pause > Duration(0)) return Outcome::RequeueAfter(pause);
  core::WorkloadVisit visit(core::ObserveWorkload(p_.caches, std::move(workload)), std::move(memory), p_.clock.Wall(),
                            p_.pace.Applied(p_.policy));
  p_.executor.Execute(visit.execution(), p_.gate);
  const core::Settled settled = visit.Settle(p_.clock.Wall());
  for ([[maybe_unused]] const core::WriteStatus* write : settled.statuses) {
    p_.metrics.CountStatusWrite(StatusOwner::kWorkload);
  }
  if (settled.log) LogInfo(settled.log->message, settled.log->fields);
  memory_.Put(key, visit.memory());
  return OutcomeOf(settled.next);
}

void WorkloadController::Forget() { memory_.Clear(); }

}  // namespace muster::shell
