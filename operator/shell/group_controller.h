// The reconciler of PodGroups: visits one (core/visit.h): observes, tells the planner, executes, remembers, counts.
// Layer: operator/shell. Called by worker threads, for one key by one thread at a time.
#pragma once

#include "lib/runtime/controller.h"
#include "operator/shell/caches.h"
#include "operator/shell/executor.h"
#include "operator/shell/memory.h"
#include "operator/shell/metrics.h"
#include "operator/shell/pace.h"
#include "operator/shell/planner.h"

namespace muster::shell {

class GroupController {
 public:
  struct Parts {
    const runtime::Clock& clock;
    Caches& caches;
    Planner& planner;
    Executor& executor;
    runtime::SharedWriteGate& gate;
    Metrics& metrics;
    const Pace& pace;
    core::Policy policy;
    std::string node_pool_label = {};  // "": status may name nodes
  };

  explicit GroupController(const Parts& parts) : p_(parts) {}

  runtime::Outcome Reconcile(const api::Key& key);
  void Forget();  // everything; after losing the lease

 private:
  void Count(const core::ObservedGroup& observed, const core::WriteStatus& write) const;

  const Parts p_;
  MemoryOf<core::GroupMemory> memory_;
};

}  // namespace muster::shell
