#include "operator/core/members.h"

#include <algorithm>

namespace muster::core {
namespace {

// A Job with completions needs ever fewer pods; one without them (a work queue) starts none once one has succeeded.
int64_t DesiredOfJob(const RoleMembers& members) {
  const json::Value& spec = members.role->role.body["spec"];
  const int64_t parallelism = spec["parallelism"].Integer(1);
  const int64_t succeeded = members.child == nullptr ? 0 : members.child->succeeded;
  if (!members.result.empty()) return 0;
  if (spec.Has("completions") || !spec.Has("parallelism")) {
    return std::clamp<int64_t>(spec["completions"].Integer(1) - succeeded, 0, parallelism);
  }
  return succeeded > 0 ? members.created : parallelism;
}

void CountPod(const api::Pod& pod, RoleMembers& members) {
  if (pod.IsFinished()) {
    (pod.phase == api::PodPhase::kSucceeded ? members.succeeded : members.failed) += 1;
    return;
  }
  ++members.live;
  if (pod.meta.deleted) return;
  ++members.created;
  if (pod.IsBound()) ++members.scheduled;
  if (pod.ready) ++members.ready;
  if (!pod.ready && members.problem.empty() && !pod.problem.empty()) {
    members.problem = pod.problem;
    members.problem_pod = pod.meta.name;
  }
}

std::string ResultOf(const api::Child* child, const std::vector<api::RoleStatus>& recorded, std::string_view role) {
  // A finished child of an older revision does not count: its role is to run again.
  for (const api::RoleStatus& status : recorded) {
    if (status.name == role && !status.result.empty()) return status.result;
  }
  if (child == nullptr || !child->Finished()) return {};
  return child->result == api::JobResult::kSucceeded ? "Succeeded" : "Failed";
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
    const bool same = members.child == nullptr || members.child->role_hash == role.hash;
    if (same) members.result = ResultOf(members.child, recorded, role.role.name);
    for (const auto& pod : pods) {
      if (pod->Role() == role.role.name) CountPod(*pod, members);
    }
    const bool job = role.role.kind == api::RoleKind::kJob;
    members.desired = job ? DesiredOfJob(members) : role.shape.members;
    // minAvailable of a Job shrinks with it: what has completed is no longer needed.
    const int64_t spare = role.shape.members - role.shape.gang_size;
    members.needed = std::max<int64_t>(0, members.desired - spare);
    if (members.child != nullptr && job) {
      members.succeeded = std::max(members.succeeded, members.child->succeeded);
      members.failed = std::max(members.failed, members.child->failed);
    }
    all.push_back(std::move(members));
  }
  return all;
}

}  // namespace muster::core
