#include "operator/core/members.h"

#include <algorithm>

namespace muster::core {
namespace {

// A Job with completions needs ever fewer pods; one without them (a work queue) starts none once one has succeeded.
int64_t DesiredOfJob(const RoleMembers& members) {
  const json::Value& spec = members.role->role.body["spec"];
  const int64_t parallelism = spec["parallelism"].Integer(1);
  // Its pods tell of a success before the Job does: a member that has done its work is missed by nobody.
  const int64_t succeeded = members.succeeded;
  if (!members.result.empty()) return 0;
  if (spec.Has("completions") || !spec.Has("parallelism")) {
    return std::clamp<int64_t>(spec["completions"].Integer(1) - succeeded, 0, parallelism);
  }
  return succeeded > 0 ? members.created : parallelism;
}

void CountPod(const api::Pod& pod, RoleMembers& members) {
  if (pod.IsFinished()) {
    // What an earlier Job of that name has left behind says nothing about this one.
    const bool ours = members.child == nullptr || !pod.meta.owner || pod.meta.owner->uid == members.child->meta.uid;
    if (!ours) return;
    (pod.phase == api::PodPhase::kSucceeded ? members.succeeded : members.failed) += 1;
    return;
  }
  ++members.live;
  if (pod.meta.deleted) return;
  ++members.created;
  if (pod.IsBound()) {
    ++members.scheduled;
  } else {
    members.waits_since = std::min(members.waits_since.value_or(pod.meta.created), pod.meta.created);
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

const api::Child* ChildOf(const ChildList& children, std::string_view role) {
  const auto at = std::find_if(children.begin(), children.end(), [&](const auto& c) { return c->role == role; });
  return at == children.end() ? nullptr : at->get();
}

std::vector<RoleMembers> CountMembers(const Revision& revision, const ChildList& children, const PodList& pods,
                                      const std::vector<api::RoleStatus>& recorded) {
  std::vector<RoleMembers> all;
  for (const RevisionRole& role : revision.roles) {
    RoleMembers members;
    members.role = &role;
    members.child = ChildOf(children, role.role.name);
    for (const auto& pod : pods) {
      if (pod->role == role.role.name) CountPod(*pod, members);
    }
    // What a child of an older revision has done does not count: its role is to run again.
    const bool same = members.child == nullptr || members.child->role_hash == role.hash;
    if (!same) members.succeeded = members.failed = 0;
    if (same) CountResults(RecordOf(recorded, role.role.name), members);
    members.desired = role.role.kind == api::RoleKind::kJob ? DesiredOfJob(members) : role.shape.members;
    // minAvailable of a Job shrinks with it: what has completed is no longer needed.
    const int64_t spare = role.shape.members - role.shape.gang_size;
    members.needed = std::max<int64_t>(0, members.desired - spare);
    all.push_back(std::move(members));
  }
  return all;
}

}  // namespace muster::core
