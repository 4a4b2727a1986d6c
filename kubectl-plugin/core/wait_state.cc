#include "kubectl-plugin/core/wait_state.h"

#include "kubectl-plugin/core/target.h"

namespace muster::plugin {
namespace {

struct Name {
  WaitFor wanted;
  std::string_view text;
  std::string_view done;
};
constexpr Name kNames[] = {{WaitFor::kReady, "ready", "is ready"},
                           {WaitFor::kAdmitted, "admitted", "is admitted"},
                           {WaitFor::kComplete, "complete", "is complete"},
                           {WaitFor::kRolledOut, "rolled-out", "is rolled out"}};

// The status is of the spec as it is, and all groups it asks for exist.
bool IsCurrent(const WorkloadView& workload) {
  const bool behind = workload.behind || workload.verdict.word == "Pending";
  return !behind && workload.counts.present >= workload.counts.wanted && workload.counts.unseen == 0;
}

bool IsDone(const WorkloadView& workload, WaitFor wanted) {
  const GroupCounts& n = workload.counts;
  switch (wanted) {
    case WaitFor::kReady:
      return workload.verdict.health == Health::kHealthy;
    case WaitFor::kAdmitted:
      return IsCurrent(workload) && n.running + n.starting + n.succeeded >= n.present;
    case WaitFor::kComplete:
      return workload.verdict.word == "Succeeded";
    case WaitFor::kRolledOut:
      return IsCurrent(workload) && workload.updated + n.finished_before >= n.present &&
             workload.verdict.health == Health::kHealthy;
  }
  return false;
}

}  // namespace

std::optional<WaitFor> WaitForOf(std::string_view text) {
  for (const Name& name : kNames) {
    if (name.text == text) return name.wanted;
  }
  return std::nullopt;
}

WaitState StateOfWait(const WorkloadView& workload, WaitFor wanted) {
  if (IsDone(workload, wanted)) return WaitState::kDone;
  const bool may_mend = workload.behind || workload.in_repair;  // a person has just changed something
  return workload.verdict.health == Health::kBroken && !may_mend ? WaitState::kNever : WaitState::kNotYet;
}

std::string DoneText(const api::Key& workload, WaitFor wanted) {
  std::string_view done;
  for (const Name& name : kNames) done = name.wanted == wanted ? name.done : done;
  return std::string(PrintedKind(TargetKind::kWorkload)) + "/" + workload.name + " " + std::string(done);
}

}  // namespace muster::plugin
