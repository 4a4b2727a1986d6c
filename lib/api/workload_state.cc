#include "lib/api/workload_state.h"

namespace muster::api {
namespace {

// What the groups of a workload that is neither stalled nor failed nor deleted add up to.
WorkloadState StateOfGroups(const Workload& workload, const WorkloadStatus& status, const GroupCounts& n) {
  if (n.stopping > 0) return WorkloadState::kStopping;
  if (n.present > 0 && n.succeeded == n.present && n.present >= n.wanted) return WorkloadState::kSucceeded;
  if (workload.spec.suspend) return n.running + n.starting > 0 ? WorkloadState::kStopping : WorkloadState::kHeld;
  if (n.wanted == 0 && n.present == 0) return WorkloadState::kRunning;
  if (n.waiting + n.held > 0) return WorkloadState::kWaiting;
  if (n.present < n.wanted || n.starting + n.unseen > 0) return WorkloadState::kStarting;
  if (n.present > n.wanted) return WorkloadState::kStopping;
  const int64_t outdated = status.replicas - status.updated - n.finished_before;
  return !status.update_revision.empty() && outdated > 0 ? WorkloadState::kUpdating : WorkloadState::kRunning;
}

}  // namespace

bool IsBeingChanged(const PodGroup& group, std::string_view revision) {
  if (group.status.observed_generation < group.meta.generation) return true;
  return group.spec.revision != revision && !IsFinished(group);
}

void CountGroup(const PodGroup& group, std::string_view revision, GroupCounts& counts) {
  ++counts.present;
  if (group.meta.deleted) {
    ++counts.stopping;
    return;
  }
  if (!group.status.state) {
    ++counts.unseen;
    return;
  }
  counts.finished_before += group.status.revision != revision && IsFinished(group) ? 1 : 0;
  switch (*group.status.state) {
    case GroupState::kWaiting:
      ++counts.waiting;
      break;
    case GroupState::kHeld:
      ++counts.held;
      break;
    case GroupState::kStarting:
      ++counts.starting;
      break;
    case GroupState::kRunning:
      ++counts.running;
      break;
    case GroupState::kStopping:
      ++counts.stopping;
      break;
    case GroupState::kSucceeded:
      ++counts.succeeded;
      break;
    case GroupState::kFailed:
      ++counts.failed;
      break;
    case GroupState::kStalled:
      ++(IsBeingChanged(group, revision) ? counts.unseen : counts.stalled);
      break;
  }
}

WorkloadState StateOf(const Workload& workload, const WorkloadStatus& status, const GroupCounts& counts) {
  if (workload.meta.deleted) return WorkloadState::kStopping;
  if (status.observed_generation <= 0 && counts.present == 0) return WorkloadState::kPending;
  // A group that failed makes its workload Stalled too; Failed says more.
  const bool failed = counts.failed > 0 || IsTrue(status.conditions, condition::kFailed);
  if (counts.stalled > 0) return WorkloadState::kStalled;
  if (failed) return WorkloadState::kFailed;
  if (IsTrue(status.conditions, condition::kStalled)) return WorkloadState::kStalled;
  if (status.observed_generation < workload.meta.generation) return WorkloadState::kUpdating;
  return StateOfGroups(workload, status, counts);
}

}  // namespace muster::api
