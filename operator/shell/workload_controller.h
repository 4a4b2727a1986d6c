// The reconciler of Workloads: observe, plan, execute, remember. Layer: operator/shell. Called by worker threads, for
// one key by one thread at a time.
#pragma once

#include "lib/runtime/controller.h"
#include "operator/core/workload.h"
#include "operator/shell/caches.h"
#include "operator/shell/executor.h"
#include "operator/shell/memory.h"
#include "operator/shell/metrics.h"
#include "operator/shell/pace.h"

namespace muster::shell {

class WorkloadController {
 public:
  struct Parts {
    const runtime::Clock& clock;
    Caches& caches;
    Executor& executor;
    runtime::SharedWriteGate& gate;
    Metrics& metrics;
    const Pace& pace;
    core::Policy policy;
  };

  explicit WorkloadController(const Parts& parts) : p_(parts) {}

  runtime::Outcome Reconcile(const api::Key& key);
  void Forget();

 private:
  core::ObservedWorkload Observe(std::shared_ptr<const api::Workload> workload, const WorkloadMemory& memory) const;
  runtime::Outcome Settle(const core::ObservedWorkload& observed, const core::Plan& plan,
                          const std::optional<Failure>& failure, WorkloadMemory memory);
  Remembered Remember(const core::ObservedWorkload& observed, const Failure& failure, WorkloadMemory& memory) const;

  const Parts p_;
  MemoryOf<WorkloadMemory> memory_;
};

}  // namespace muster::shell
