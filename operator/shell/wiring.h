// Who is told of which change: from informers to the planner and to the queues of the controllers. Layer:
// operator/shell. Called once, before the informers start; the handlers run on the informers' threads.
#pragma once

#include "lib/runtime/controller.h"
#include "lib/runtime/shared_write_gate.h"
#include "operator/shell/caches.h"
#include "operator/shell/pace.h"
#include "operator/shell/planner.h"

namespace muster::shell {

struct Wiring {
  Caches& caches;
  Planner& planner;
  runtime::Controller& workloads;
  runtime::Controller& groups;
  runtime::SharedWriteGate& workload_gate;
  runtime::SharedWriteGate& group_gate;
  Pace& workload_pace;
  Pace& group_pace;
};

// All must outlive the informers' threads.
void Connect(Wiring wiring);

}  // namespace muster::shell
