// Which group and role a pod is a member of, from documents that come in any order. Layer: plugin core. Pure. The rule
// is the operator's (lib/api/identity.h): the pod's controller is a child of the group, or a ReplicaSet of a child.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "lib/api/child.h"
#include "lib/api/pod.h"
#include "lib/api/pod_group.h"

namespace muster::plugin {

class Membership {
 public:
  using Place = std::pair<api::Key, std::string>;  // group and role

  void AddGroup(const api::PodGroup& group) { groups_[group.meta.key()] = group.meta; }
  void AddChild(api::Child child);

  std::optional<Place> Of(const api::Pod& pod) const;

 private:
  const api::Child* Find(const std::string& ns, const api::OwnerRef& controller) const;

  std::map<api::Key, api::ObjectMeta> groups_;
  std::map<std::tuple<std::string, api::RoleKind, std::string>, api::Child> children_;  // namespace, kind, name
};

}  // namespace muster::plugin
