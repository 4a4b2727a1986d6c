// The reconciler of PodGroups: observe, plan, tell the planner, execute, remember. Layer: operator/shell. Called by
// worker threads, for one key by one thread at a time.
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
  };

  explicit GroupController(const Parts& parts) : p_(parts) {}

  runtime::Outcome Reconcile(const api::Key& key);
  void Forget();  // everything; after losing the lease

 private:
  core::ObservedGroup Observe(std::shared_ptr<const api::PodGroup> group, const GroupMemory& memory) const;
  runtime::Outcome Settle(const core::ObservedGroup& observed, const core::GroupStep& step,
                          const std::optional<Failure>& failure, GroupMemory memory);
  Remembered Remember(const core::ObservedGroup& observed, const Failure& failure, GroupMemory& memory) const;
  void Count(const core::ObservedGroup& observed, const core::WriteStatus& write) const;

  const Parts p_;
  MemoryOf<GroupMemory> memory_;
};

}  // namespace muster::shell
