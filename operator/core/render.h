// From a role to the built-in object we create for it, held or released, and the patches between the two.
// Layer: operator/core. Pure. Frozen by golden files: see revision.h.
//
// A child is never applied, only POSTed and patched by small JSON patches that test its uid: server-side apply takes
// over what is not ours, refuses what POST accepts, and reports a typing error as a 500 (Kubernetes 1.37, tried).
#pragma once

#include <memory>
#include <string>

#include "lib/api/child.h"
#include "lib/api/child_spec.h"
#include "lib/api/pod_group.h"
#include "operator/core/plan.h"
#include "operator/core/revision.h"

namespace muster::core {

using api::Hold;

// The whole object, ready to be POSTed: the pasted spec with our labels, selector, owner and hold written in. attempt:
// the one it is released for, or the last one. Without the spec when the role is an outline.
json::Value RenderChild(const api::PodGroup& group, const Revision& revision, const RevisionRole& role, Hold hold,
                        int64_t attempt);

// The steps that make a child and change it to another revision. Their content is read from the ControllerRevision
// before they are sent when `revision` is one of the caches, which keep outlines of roles.
struct ChildToMake {
  std::shared_ptr<const api::PodGroup> group;
  std::shared_ptr<const Revision> revision;
  const RevisionRole& role;  // of the revision
};
Create CreateChild(const ChildToMake& child, Hold hold, int64_t attempt, Mode mode);
Patch ChangeChild(const ChildToMake& wanted, const api::Child& child, Mode mode);
// Makes the ControllerRevision; its data are read from the Workload when `workload` comes without its roles.
Create CreateRevision(const std::shared_ptr<const api::Workload>& workload, const WantedRevision& wanted,
                      int64_t number);

// JSON patches (RFC 6902); whoever sends them tests the uid first.
json::Array HoldPatch(const api::Child& child);
json::Array ReleasePatch(const api::Child& child, const RevisionRole& role);
// Replaces the spec of a held Deployment, ReplicaSet or StatefulSet by that of another revision, still held. Empty when
// the role is an outline.
json::Array ChangePatch(const api::Child& child, const api::PodGroup& group, const Revision& revision,
                        const RevisionRole& role);

// How many pods the role's released child should keep: spec.replicas as pasted (1 by default).
int64_t ReleasedReplicas(const RevisionRole& role);

}  // namespace muster::core
