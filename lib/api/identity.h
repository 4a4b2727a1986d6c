// Which objects are a Workload's and a PodGroup's own. Layer: api. Pure. The operator and the plugin both use this
// rule. An object belongs to its owner only when its controller reference names that owner in full (IsControlledBy) and
// its own name is the one that Muster gives. Labels and annotations are never proof: whoever may write an object of
// their own may write them.
#pragma once

#include <optional>
#include <string>

#include "lib/api/child.h"
#include "lib/api/meta.h"
#include "lib/api/pod.h"
#include "lib/api/pod_group.h"

namespace muster::api {

bool IsGroupOf(const ObjectMeta& workload, const PodGroup& group);

// The role of a child of the group, as its name says; nullopt when it is not a child of the group.
std::optional<std::string> RoleOfChild(const ObjectMeta& group, const ObjectMeta& child);

// A ReplicaSet of a Deployment that is a child of a group: the controller of that child's pods.
bool IsReplicaSetOf(const Child& deployment, const Child& set);

// Whether the controller of the pod is the child itself. The pods of a Deployment have a ReplicaSet as controller.
bool IsPodOf(const Child& child, const Pod& pod);

// Whether the pod's controller has a kind and a name that a child of the group, or a ReplicaSet of one, can have. This
// is not proof: the uid is not looked at.
bool IsNamedAsPodOf(const ObjectMeta& group, const Pod& pod);

}  // namespace muster::api
