// One visit to an object: from what is observed and remembered to a plan, and from how that went to what is remembered
// and when to come again. Layer: operator/core. Pure: whoever visits observes before, carries out the plan
// (execution.h) in between, and keeps the memory after. Not thread-safe.
//
//   GroupVisit visit(observed, memory, now, policy);
//   ... visit.stance() is told to the planner; visit.execution() is driven until it is over ...
//   const Settled settled = visit.Settle(later);   // once
//   memory = visit.memory();
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "lib/base/log.h"
#include "operator/core/execution.h"
#include "operator/core/memory.h"
#include "operator/core/workload.h"

namespace muster::core {

// When to visit again if nothing else happens.
struct Next {
  enum class Kind { kNever, kAfter, kFailed };
  Kind kind = Kind::kNever;
  Duration after{0};  // kAfter: not negative; kFailed: at the latest, 0 for no such time
  Error error;        // kFailed: after the object's back-off
};

struct LogLine {
  std::string_view message;
  LogFields fields;
};

struct Settled {
  Next next;
  std::optional<LogLine> log;                // of what was refused
  std::vector<const WriteStatus*> statuses;  // that were written; of the visit's plan
};

// Whether a failure is told in the status instead of being tried in a loop.
enum class Remembered { kNo, kYes };

class GroupVisit {
 public:
  GroupVisit(ObservedGroup seen, GroupMemory memory, Instant now, const Policy& policy);
  GroupVisit(const GroupVisit&) = delete;
  GroupVisit& operator=(const GroupVisit&) = delete;

  const ObservedGroup& observed() const { return observed_; }
  const Plan& plan() const { return step_.plan; }
  const Stance& stance() const { return step_.stance; }
  Execution& execution() { return execution_; }
  Settled Settle(Instant now);
  const GroupMemory& memory() const { return memory_; }

 private:
  Remembered Remember(const Failure& failure, Instant now, Settled& settled);

  GroupMemory memory_;
  ObservedGroup observed_;
  GroupStep step_;
  Execution execution_;
};

class WorkloadVisit {
 public:
  WorkloadVisit(ObservedWorkload seen, WorkloadMemory memory, Instant now, const Policy& policy);
  WorkloadVisit(const WorkloadVisit&) = delete;
  WorkloadVisit& operator=(const WorkloadVisit&) = delete;

  const ObservedWorkload& observed() const { return observed_; }
  const Plan& plan() const { return plan_; }
  Execution& execution() { return execution_; }
  Settled Settle(Instant now);
  const WorkloadMemory& memory() const { return memory_; }

 private:
  Remembered Remember(const Failure& failure, Instant now, Settled& settled);

  WorkloadMemory memory_;
  ObservedWorkload observed_;
  Plan plan_;
  Execution execution_;
};

}  // namespace muster::core
