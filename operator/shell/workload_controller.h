// The reconciler of Workloads: visits one (core/visit.h): observes, executes, remembers, counts. Layer: operator/shell.
// Called by worker threads, for one key by one thread at a time.
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
  const Parts p_;
  MemoryOf<core::WorkloadMemory> memory_;
};

}  // namespace muster::shell
