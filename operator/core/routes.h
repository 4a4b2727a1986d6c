// Which Workloads and PodGroups a change in the caches wakes. Layer: operator/core. Pure, thread-safe, and written once
// for whatever keeps the objects (Caches: see observe.h). `before` is null for what is new, `after` for what is gone;
// the caches hold the change already.
//
//   struct Wake {  // all const
//     void Workload(const api::Key&); void Group(const api::Key&); void GroupAfter(const api::Key&, Duration);
//   };
//   Route(caches, before, after, Wake{...});
//
// Nodes wake nobody: they change plans (admission_book.h), and verdicts wake groups.
#pragma once

#include <memory>
#include <optional>

#include "lib/api/child.h"
#include "lib/api/creation_failure.h"
#include "lib/api/identity.h"
#include "lib/api/namespace_rules.h"
#include "lib/api/pod.h"
#include "lib/api/pod_group.h"
#include "lib/api/priority_class.h"
#include "operator/core/revision.h"

namespace muster::core {

// Pods of a group come and change in bursts: one look at the group after the burst, instead of one for each.
inline constexpr Duration kPodsTogether = std::chrono::milliseconds(20);

template <class T>
using Seen = std::shared_ptr<const T>;

template <class T>
const T& Either(const Seen<T>& before, const Seen<T>& after) {
  return after != nullptr ? *after : *before;
}

inline bool NamesAsOwner(const api::ObjectMeta& owned, const api::Resource& resource) {
  return owned.owner && owned.owner->kind == resource.kind && owned.owner->api_group == resource.group;
}

// Who is named is woken, not believed: what belongs to it is decided by what is observed then.
template <class Wake>
void RouteToWorkload(const api::ObjectMeta& owned, const Wake& wake) {
  if (NamesAsOwner(owned, api::kWorkloads)) wake.Workload({owned.ns, owned.owner->name});
}
template <class Wake>
void RouteToGroup(const api::ObjectMeta& owned, const Wake& wake) {
  if (NamesAsOwner(owned, api::kPodGroups)) wake.Group({owned.ns, owned.owner->name});
}

// The group of what controls a pod: of a child, or of the Deployment that controls a ReplicaSet. nullopt: no child.
template <class Caches>
std::optional<api::Key> GroupOfController(const Caches& caches, const api::Child& controller) {
  const api::ObjectMeta& meta = controller.meta;
  if (NamesAsOwner(meta, api::kPodGroups)) return api::Key{meta.ns, meta.owner->name};
  if (!NamesAsOwner(meta, api::kDeployments)) return std::nullopt;
  for (const auto& kind : caches.children) {
    const auto deployment = kind->Get({meta.ns, meta.owner->name});
    if (deployment == nullptr || !api::IsReplicaSetOf(*deployment, controller)) continue;
    if (NamesAsOwner(deployment->meta, api::kPodGroups)) return api::Key{meta.ns, deployment->meta.owner->name};
  }
  return std::nullopt;
}

// The group whose member the pod is, by its controller.
template <class Caches>
std::optional<api::Key> GroupOfMember(const Caches& caches, const api::Pod& pod) {
  if (!pod.meta.owner) return std::nullopt;
  for (const auto& kind : caches.children) {
    const auto controller = kind->Get({pod.meta.ns, pod.meta.owner->name});
    if (controller != nullptr && api::IsPodOf(*controller, pod)) return GroupOfController(caches, *controller);
  }
  return std::nullopt;
}

template <class Caches, class Wake>
void Route(const Caches& /*caches*/, const Seen<api::Workload>& before, const Seen<api::Workload>& after,
           const Wake& wake) {
  wake.Workload(Either(before, after).meta.key());
}

template <class Caches, class Wake>
void Route(const Caches& /*caches*/, const Seen<api::PodGroup>& before, const Seen<api::PodGroup>& after,
           const Wake& wake) {
  const api::ObjectMeta& meta = Either(before, after).meta;
  wake.Group(meta.key());
  RouteToWorkload(meta, wake);
}

template <class Caches, class Wake>
void Route(const Caches& caches, const Seen<Revision>& before, const Seen<Revision>& after, const Wake& wake) {
  const api::ObjectMeta& meta = Either(before, after).meta;
  RouteToWorkload(meta, wake);
  if (!meta.owner) return;
  caches.groups.ForEach([&](const auto& group) {
    if (group->spec.revision == meta.name && group->meta.ns == meta.ns) wake.Group(group->meta.key());
  });
}

template <class Caches, class Wake>
void Route(const Caches& caches, const Seen<api::Child>& before, const Seen<api::Child>& after, const Wake& wake) {
  const api::Child& child = Either(before, after);
  RouteToGroup(child.meta, wake);
  // Of what is no child it matters only that it is there: pods of a new ReplicaSet become members, pods of one that is
  // gone become former members, and a stranger is reported.
  if (NamesAsOwner(child.meta, api::kPodGroups) || (before != nullptr && after != nullptr)) return;
  const auto group = GroupOfController(caches, child);
  if (group) wake.Group(*group);
  const auto label = child.meta.labels.find(std::string(api::kLabelPodGroup));
  if (label == child.meta.labels.end()) return;
  const api::Key labelled{child.meta.ns, label->second};
  if (labelled != group) wake.Group(labelled);
}

template <class Caches, class Wake>
void Route(const Caches& caches, const Seen<api::Pod>& before, const Seen<api::Pod>& after, const Wake& wake) {
  if (before != nullptr && after != nullptr && *before == *after) return;
  // Both versions: a group waits to hear that a pod has stopped being its member.
  for (const auto& pod : {before, after}) {
    if (pod == nullptr || !pod->IsMember()) continue;
    const api::Key labelled{pod->meta.ns, pod->group};
    wake.GroupAfter(labelled, kPodsTogether);
    const auto group = GroupOfMember(caches, *pod);
    if (group && *group != labelled) wake.GroupAfter(*group, kPodsTogether);
  }
}

template <class Caches, class Wake>
void Route(const Caches& caches, const Seen<api::PriorityClass>&, const Seen<api::PriorityClass>&, const Wake& wake) {
  caches.groups.ForEach([&](const auto& group) { wake.Group(group->meta.key()); });
}

template <class Caches, class Wake>
void RouteToNamespace(const Caches& caches, const std::string& ns, const Wake& wake) {
  caches.groups.ForEach([&](const auto& group) {
    if (group->meta.ns == ns) wake.Group(group->meta.key());
  });
}

template <class Caches, class Wake>
void Route(const Caches& caches, const Seen<api::ResourceQuota>& before, const Seen<api::ResourceQuota>& after,
           const Wake& wake) {
  if (before != nullptr && after != nullptr && before->SameRule(*after)) return;
  RouteToNamespace(caches, Either(before, after).meta.ns, wake);
}

template <class Caches, class Wake>
void Route(const Caches& caches, const Seen<api::LimitRange>& before, const Seen<api::LimitRange>& after,
           const Wake& wake) {
  if (before != nullptr && after != nullptr && *before == *after) return;
  RouteToNamespace(caches, Either(before, after).meta.ns, wake);
}

template <class Caches, class Wake>
void Route(const Caches& caches, const Seen<api::CreationFailure>&, const Seen<api::CreationFailure>& after,
           const Wake& wake) {
  if (after == nullptr) return;
  for (const auto& kind : caches.children) {
    if (const auto child = kind->Get(after->object)) RouteToGroup(child->meta, wake);
  }
}

}  // namespace muster::core
