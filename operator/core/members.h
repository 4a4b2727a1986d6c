// The members of a group, counted from its pods, role by role. Layer: operator/core. Pure.
// Never from the children's own status: a held Deployment is Available, a StatefulSet counts pods on dead nodes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/api/child.h"
#include "lib/api/pod.h"
#include "lib/api/pod_group.h"
#include "operator/core/revision.h"

namespace muster::core {

using PodList = std::vector<std::shared_ptr<const api::Pod>>;
using ChildList = std::vector<std::shared_ptr<const api::Child>>;

struct RoleMembers {
  const RevisionRole* role = nullptr;
  const api::Child* child = nullptr;  // null: not (yet) there
  int64_t desired = 0;                // pods the role should have now: of a Job, those it will still create or keep
  int64_t needed = 0;                 // of these, without which the group does not run
  int64_t live = 0;                   // not finished, those being deleted too
  int64_t created = 0;                // not finished and not being deleted
  int64_t scheduled = 0;              // of these, bound to a node
  int64_t ready = 0;
  std::optional<Instant> waits_since;  // the oldest of its pods that has no node was made then
  std::optional<Instant> newest;       // the newest of its pods was made then
  int64_t gated = 0;                   // of those created, without a node and with scheduling gates
  std::optional<Instant> gated_since;  // the oldest of these was created then
  std::string gates;                   // of the first of these: which pod, and its gates
  int64_t succeeded = 0;
  int64_t failed = 0;
  std::string result;   // "Succeeded" or "Failed" once its Job has finished
  std::string problem;  // of the first pod that is not scheduled or not ready
  std::string problem_pod;
  std::string unplaced_pod;     // the first pod without a node
  std::string unplaced_reason;  // what kube-scheduler says about it: the message of PodScheduled; "" if it says nothing

  bool Done() const { return result == "Succeeded"; }
  bool AllScheduled() const { return Done() || scheduled >= needed; }
  bool AllReady() const { return Done() || ready >= needed; }
};

// Why a pod of the role has no node: "pod w-1 has no node: Unschedulable: 0/2 nodes are available: ...". "" when every
// pod has one, or when nothing is known that would keep it from getting one.
std::string WhyUnplaced(const RoleMembers& members);

// Whether the role is a Job that has work left and is paused by its parallelism of 0: it never creates a pod.
bool IsPausedJob(const RoleMembers& members);

// One entry per role of the revision, in its order. `recorded` are results written before (a Job may be gone since).
std::vector<RoleMembers> CountMembers(const Revision& revision, const ChildList& children, const PodList& pods,
                                      const std::vector<api::RoleStatus>& recorded);

// The child of a role, null when there is none. An object of another kind can have the same name: the role's own kind
// comes first, and another kind counts only until it is being deleted.
const api::Child* ChildOf(const ChildList& children, const api::Role& role);

}  // namespace muster::core
