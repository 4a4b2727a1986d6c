#include "kubectl-plugin/core/membership.h"

#include "lib/api/identity.h"

namespace muster::plugin {

void Membership::AddChild(api::Child child) {
  std::tuple<std::string, api::RoleKind, std::string> key{child.meta.ns, child.kind, child.meta.name};
  children_.insert_or_assign(std::move(key), std::move(child));
}

const api::Child* Membership::Find(const std::string& ns, const api::OwnerRef& controller) const {
  for (const api::RoleKind kind : api::kRoleKinds) {
    if (api::KindName(kind) != controller.kind) continue;
    const auto found = children_.find({ns, kind, controller.name});
    return found == children_.end() ? nullptr : &found->second;
  }
  return nullptr;
}

std::optional<Membership::Place> Membership::Of(const api::Pod& pod) const {
  if (!pod.meta.owner) return std::nullopt;
  const api::Child* child = Find(pod.meta.ns, *pod.meta.owner);
  if (child == nullptr || !api::IsPodOf(*child, pod) || !child->meta.owner) return std::nullopt;
  if (child->meta.owner->kind == api::kDeployments.kind) {
    const api::Child* deployment = Find(pod.meta.ns, *child->meta.owner);
    if (deployment == nullptr || !api::IsReplicaSetOf(*deployment, *child) || !deployment->meta.owner) {
      return std::nullopt;
    }
    child = deployment;
  }
  const auto group = groups_.find({pod.meta.ns, child->meta.owner->name});
  if (group == groups_.end()) return std::nullopt;
  auto role = api::RoleOfChild(group->second, child->meta);
  if (!role) return std::nullopt;
  return Place{group->first, std::move(*role)};
}

}  // namespace muster::plugin
