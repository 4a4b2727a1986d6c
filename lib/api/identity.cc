#include "lib/api/identity.h"

#include <algorithm>
#include <iterator>

#include "lib/api/names.h"

namespace muster::api {

bool IsGroupOf(const ObjectMeta& workload, const PodGroup& group) {
  return IsControlledBy(group.meta, kWorkloads, workload) &&
         group.meta.name == GroupName(workload.name, group.spec.index);
}

std::optional<std::string> RoleOfChild(const ObjectMeta& group, const ObjectMeta& child) {
  if (!IsControlledBy(child, kPodGroups, group)) return std::nullopt;
  const std::string prefix = ChildName(group.name, "");
  if (child.name.size() <= prefix.size() || !child.name.starts_with(prefix)) return std::nullopt;
  return child.name.substr(prefix.size());
}

bool IsReplicaSetOf(const Child& deployment, const Child& set) {
  return deployment.kind == RoleKind::kDeployment && set.kind == RoleKind::kReplicaSet &&
         IsControlledBy(set.meta, kDeployments, deployment.meta);
}

bool IsPodOf(const Child& child, const Pod& pod) {
  return child.kind != RoleKind::kDeployment && IsControlledBy(pod.meta, ResourceOf(child.kind), child.meta);
}

bool IsNamedAsPodOf(const ObjectMeta& group, const Pod& pod) {
  if (!pod.meta.owner || pod.meta.ns != group.ns) return false;
  const OwnerRef& owner = *pod.meta.owner;
  if (!owner.name.starts_with(ChildName(group.name, ""))) return false;
  // A Deployment is never the controller of a pod.
  return std::any_of(std::begin(kRoleKinds), std::end(kRoleKinds), [&owner](RoleKind kind) {
    const Resource& resource = ResourceOf(kind);
    return kind != RoleKind::kDeployment && owner.api_group == resource.group && owner.kind == resource.kind;
  });
}

}  // namespace muster::api
