#include "operator/core/members.h"

#include <algorithm>

#include "lib/api/identity.h"

namespace muster::core {
namespace {

bool UsesClaims(const json::Value& spec) {
  if (!spec["volumeClaimTemplates"].Items().empty()) return true;
  const json::Array& volumes = spec["template"]["spec"]["volumes"].Items();
  return std::any_of(volumes.begin(), volumes.end(), [](const json::Value& volume) {
    return volume.Has("persistentVolumeClaim") || volume.Has("ephemeral");
  });
}

bool IsWorkQueue(const json::Value& job_spec) { return !job_spec.Has("completions") && job_spec.Has("parallelism"); }

// The Job of the wanted revision; null when there is none, or one of another revision.
const api::Child* WantedJob(const RoleMembers& members) {
  const bool wanted = members.child != nullptr && members.child->role_hash == members.role->hash;
  return wanted ? members.child : nullptr;
}

// The pods that the Job controller keeps or will still create, if no more than `failed_indexes` fail for good. A Job
// with completions needs fewer pods as it completes. One without them (a work queue) creates none after a success.
int64_t PodsOfJob(const RoleMembers& members, int64_t failed_indexes) {
  const json::Value& spec = members.role->role.body["spec"];
  const int64_t parallelism = std::max<int64_t>(0, spec["parallelism"].Integer(1));
  // A pod reports its success before the Job does: a member that has done its work is not missing.
  const int64_t succeeded = members.succeeded;
  if (!members.result.empty()) return 0;
  if (const api::Child* job = WantedJob(members); job != nullptr && job->ending) return 0;
  if (!IsWorkQueue(spec)) {
    return std::clamp<int64_t>(spec["completions"].Integer(1) - succeeded - failed_indexes, 0, parallelism);
  }
  return succeeded > 0 ? members.created : parallelism;
}

void CountDesired(RoleMembers& members) {
  const api::RoleShape& shape = members.role->shape;
  // minAvailable allows so many members less, and shrinks as a Job completes: what has completed is not needed.
  const int64_t spare = shape.members - shape.gang_size;
  if (members.role->role.kind != api::RoleKind::kJob) {
    members.desired = shape.members;
    members.needed = std::max<int64_t>(0, members.desired - spare);
    return;
  }
  // No pod is created again for an index that has failed for good, even after the Job was suspended and resumed.
  const api::Child* job = WantedJob(members);
  members.desired = PodsOfJob(members, job == nullptr ? 0 : job->failed_indexes);
  // A member that has failed for good is one of those that minAvailable allows to be missing.
  members.needed = std::clamp<int64_t>(PodsOfJob(members, 0) - spare, 0, members.desired);
}

void CountPod(const api::Pod& pod, RoleMembers& members) {
  if (pod.IsFinished()) {
    // What an earlier Job of that name has left behind says nothing about this one.
    const bool ours = members.child == nullptr || api::IsPodOf(*members.child, pod);
    if (!ours) return;
    (pod.phase == api::PodPhase::kSucceeded ? members.succeeded : members.failed) += 1;
    return;
  }
  ++members.live;
  if (pod.meta.deleted) return;
  ++members.created;
  members.newest = std::max(members.newest.value_or(pod.meta.created), pod.meta.created);
  if (pod.IsBound()) {
    ++members.scheduled;
  } else {
    members.waits_since = std::min(members.waits_since.value_or(pod.meta.created), pod.meta.created);
    if (pod.gated) {
      ++members.gated;
      members.gated_since = std::min(members.gated_since.value_or(pod.meta.created), pod.meta.created);
      if (members.gates.empty()) members.gates = "pod " + pod.meta.name + ": " + pod.problem;
    }
    // One that kube-scheduler has refused says more than one it has not considered yet.
    if (members.unplaced_pod.empty() || (members.unplaced_reason.empty() && pod.unschedulable)) {
      members.unplaced_pod = pod.meta.name;
      members.unplaced_reason = pod.unschedulable ? pod.problem : std::string();
    }
  }
  if (pod.ready) ++members.ready;
  if (!pod.ready && members.problem.empty() && !pod.problem.empty()) {
    members.problem = pod.problem;
    members.problem_pod = pod.meta.name;
  }
}

const api::RoleStatus* RecordOf(const std::vector<api::RoleStatus>& recorded, std::string_view role) {
  const auto at = std::find_if(recorded.begin(), recorded.end(), [&](const auto& r) { return r.name == role; });
  return at == recorded.end() || at->result.empty() ? nullptr : &*at;
}

// How the role's Job stands, or stood when its end was recorded: it may be gone since.
void CountResults(const api::RoleStatus* record, RoleMembers& members) {
  if (record != nullptr) {
    members.result = record->result;
    members.succeeded = std::max(members.succeeded, record->succeeded);
    members.failed = std::max(members.failed, record->failed);
  }
  const api::Child* job = members.child;
  if (job == nullptr || job->kind != api::RoleKind::kJob) return;
  members.succeeded = std::max(members.succeeded, job->succeeded);
  members.failed = std::max(members.failed, job->failed);
  if (members.result.empty() && job->Finished()) {
    members.result = job->result == api::JobResult::kSucceeded ? "Succeeded" : "Failed";
  }
}

}  // namespace

std::string WhyUnplaced(const RoleMembers& members) {
  if (members.unplaced_pod.empty()) return {};
  const std::string pod = "pod " + members.unplaced_pod + " has no node: ";
  if (!members.unplaced_reason.empty()) return pod + members.unplaced_reason;
  // kube-scheduler says nothing about a pod while it waits for the pod's volumes.
  if (!UsesClaims(members.role->role.body["spec"])) return {};
  return pod + "kube-scheduler waits until its volumes are bound (kubectl get pvc)";
}

bool IsPausedJob(const RoleMembers& members) {
  if (members.role->role.kind != api::RoleKind::kJob || !members.result.empty()) return false;
  const json::Value& spec = members.role->role.body["spec"];
  if (spec["parallelism"].Integer(1) != 0) return false;
  return IsWorkQueue(spec) || spec["completions"].Integer(1) > members.succeeded;
}

const api::Child* ChildOf(const ChildList& children, const api::Role& role) {
  const api::Child* other = nullptr;
  for (const auto& child : children) {
    if (child->role != role.name) continue;
    if (child->kind == role.kind) return child.get();
    if (!child->meta.deleted) other = child.get();
  }
  return other;
}

std::vector<RoleMembers> CountMembers(const Revision& revision, const ChildList& children, const PodList& pods,
                                      const std::vector<api::RoleStatus>& recorded) {
  std::vector<RoleMembers> all;
  for (const RevisionRole& role : revision.roles) {
    RoleMembers members;
    members.role = &role;
    members.child = ChildOf(children, role.role);
    for (const auto& pod : pods) {
      if (pod->role == role.role.name) CountPod(*pod, members);
    }
    // What a child of an older revision has done does not count: its role is to run again.
    const bool same = members.child == nullptr || members.child->role_hash == role.hash;
    if (!same) members.succeeded = members.failed = 0;
    if (same) CountResults(RecordOf(recorded, role.role.name), members);
    CountDesired(members);
    all.push_back(std::move(members));
  }
  return all;
}

}  // namespace muster::core
