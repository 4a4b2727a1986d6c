// What a reconcile reads of the caches: how they are indexed, and what is looked up in them. Layer: operator/core.
// Pure, and written once for whatever keeps the objects: the shell's informers, the simulator's stores. As thread-safe
// as these are.
//
// A Caches has members workloads, groups, revisions, children (pointers to one per kind), pods, priority_classes,
// creation_failures, resource_quotas and limit_ranges, each with Get(key), ByIndex(name, value) and ForEach(f), of
// objects behind shared_ptr<const T>.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/api/child.h"
#include "lib/api/creation_failure.h"
#include "lib/api/identity.h"
#include "lib/api/namespace_rules.h"
#include "lib/api/pod.h"
#include "lib/api/pod_group.h"
#include "lib/api/priority_class.h"
#include "operator/core/group.h"
#include "operator/core/workload.h"

namespace muster::core {

inline constexpr const char* kByOwner = "owner";    // "ns/uid" of the controller; see OwnedBy
inline constexpr const char* kByGroup = "group";    // "ns/name" of the PodGroup that the object's label names
inline constexpr const char* kByObject = "object";  // "Kind ns/name" of the object an Event is about
inline constexpr const char* kByNamespace = "namespace";

// The index values of one object. An index finds candidates. Whether they belong to the object is for
// lib/api/identity.h to say: whoever may write an object of their own may write any uid and any label into it.
std::string OwnedBy(const api::ObjectMeta& owner);
template <class T>
std::vector<std::string> OwnerOf(const T& value) {
  if (!value.meta.owner) return {};
  return {api::Key{value.meta.ns, value.meta.owner->uid}.Text()};
}
template <class T>
std::vector<std::string> NamespaceOf(const T& value) {
  return {value.meta.ns};
}
std::vector<std::string> GroupOfPod(const api::Pod& pod);
std::vector<std::string> GroupOfChild(const api::Child& child);
std::vector<std::string> ObjectOfFailure(const api::CreationFailure& failure);

// By the index of their group.
template <class Caches>
std::vector<std::shared_ptr<const api::PodGroup>> GroupsOf(const Caches& caches, const api::Workload& workload) {
  auto found = caches.groups.ByIndex(kByOwner, OwnedBy(workload.meta));
  std::erase_if(found, [&](const auto& group) { return !api::IsGroupOf(workload.meta, *group); });
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a->spec.index < b->spec.index; });
  return found;
}

template <class Caches>
std::vector<std::shared_ptr<const Revision>> RevisionsOf(const Caches& caches, const api::Workload& workload) {
  auto found = caches.revisions.ByIndex(kByOwner, OwnedBy(workload.meta));
  // Their names need no check: DecodeRevision takes only those that are named after their owner and their data.
  std::erase_if(found, [&](const auto& revision) {
    return !api::IsControlledBy(revision->meta, api::kWorkloads, workload.meta);
  });
  return found;
}

// The child with the role that its name gives it; null when it is not a child of the group.
std::shared_ptr<const api::Child> AsChildOf(const api::PodGroup& group, std::shared_ptr<const api::Child> child);
// The pod with the group and the role of the child that controls it, whatever its labels say.
std::shared_ptr<const api::Pod> AsMemberOf(const api::PodGroup& group, const std::string& role,
                                           std::shared_ptr<const api::Pod> pod);

template <class Caches>
ChildList ChildrenOf(const Caches& caches, const api::PodGroup& group) {
  ChildList all;
  for (const auto& kind : caches.children) {
    for (auto& found : kind->ByIndex(kByOwner, OwnedBy(group.meta))) {
      if (auto child = AsChildOf(group, std::move(found))) all.push_back(std::move(child));
    }
  }
  return all;
}

// The children that control pods: for a Deployment its ReplicaSets, each with the Deployment's role.
template <class Caches>
ChildList PodControllersOf(const Caches& caches, const ChildList& children) {
  ChildList all;
  for (const auto& child : children) {
    if (child->kind != api::RoleKind::kDeployment) {
      all.push_back(child);
      continue;
    }
    for (const auto& kind : caches.children) {
      for (const auto& found : kind->ByIndex(kByOwner, OwnedBy(child->meta))) {
        if (!api::IsReplicaSetOf(*child, *found)) continue;
        auto set = std::make_shared<api::Child>(*found);
        set->role = child->role;
        all.push_back(std::move(set));
      }
    }
  }
  return all;
}

// Sorts what carries the group's label into members and strangers (strangers.h).
void SortByName(PodList& pods);
PodList WithoutMembers(PodList pods, const PodList& members);  // members by name
bool HasObject(const ChildList& children, const api::Child& object);
template <class Caches>
void ObserveMembers(const Caches& caches, ObservedGroup& observed) {
  const api::PodGroup& group = *observed.group;
  const ChildList controllers = PodControllersOf(caches, observed.children);
  size_t labelled = 0;
  for (const auto& controller : controllers) {
    for (auto& pod : caches.pods.ByIndex(kByOwner, OwnedBy(controller->meta))) {
      if (!api::IsPodOf(*controller, *pod)) continue;
      if (pod->group == group.meta.name) ++labelled;
      observed.pods.push_back(AsMemberOf(group, controller->role, std::move(pod)));
    }
  }
  SortByName(observed.pods);
  const std::string key = group.meta.key().Text();
  if (caches.pods.CountByIndex(kByGroup, key) > labelled) {
    observed.stray_pods = WithoutMembers(caches.pods.ByIndex(kByGroup, key), observed.pods);
  }
  for (const auto& kind : caches.children) {
    for (const auto& child : kind->ByIndex(kByGroup, key)) {
      if (!HasObject(observed.children, *child) && !HasObject(controllers, *child)) {
        observed.stray_children.push_back(child);
      }
    }
  }
}

// Why pods of the child could not be created; nullopt when nobody has said so since.
std::optional<PodsRefused> CreationFailureOf(const api::Child& child,
                                             const std::vector<std::shared_ptr<const api::CreationFailure>>& about_it,
                                             Instant since);
std::string ObjectName(const api::Child& child);  // as kByObject has it

// A priority class, the global default for ""; null when there is none.
template <class Caches>
std::shared_ptr<const api::PriorityClass> PriorityClassNamed(const Caches& caches, const std::string& name) {
  if (!name.empty()) return caches.priority_classes.Get({"", name});
  std::shared_ptr<const api::PriorityClass> global_default;
  caches.priority_classes.ForEach([&](const auto& priority_class) {
    if (priority_class->global_default) global_default = priority_class;
  });
  return global_default;
}

// The number of a priority class, of the global default for ""; nullopt when there is no such class.
template <class Caches>
std::optional<int64_t> PriorityOf(const Caches& caches, const std::string& class_name) {
  const auto found = PriorityClassNamed(caches, class_name);
  if (found != nullptr) return found->value;
  return class_name.empty() ? std::optional<int64_t>(0) : std::nullopt;
}

// The number that orders the group's admission: of its PriorityClass, or of a class that a template names itself, where
// that is less. The API server checks the classes of pods (quota by priority class, admission plugins), not the
// Workload's: a group must come no earlier than its pods would. nullopt: its class does not exist.
template <class Caches>
std::optional<int64_t> AdmissionPriority(const Caches& caches, const api::PodGroup& group, const Revision& revision) {
  std::optional<int64_t> priority = PriorityOf(caches, PriorityClassOf(group, revision));
  for (const RevisionRole& role : revision.roles) {
    const std::string& own = role.shape.shape->priority_class_name;
    const auto of_pods = own.empty() ? std::nullopt : PriorityOf(caches, own);
    if (priority && of_pods) priority = std::min(*priority, *of_pods);
  }
  return priority;
}

// See placement::Ask.
template <class Caches>
std::optional<int64_t> PreemptsBelow(const Caches& caches, const std::string& group_class, const Revision& revision) {
  std::vector<std::optional<int64_t>> of_roles;
  for (const RevisionRole& role : revision.roles) {
    const std::string& own = role.shape.shape->priority_class_name;
    const auto found = PriorityClassNamed(caches, own.empty() ? group_class : own);
    of_roles.push_back(found != nullptr && !found->preempts ? std::nullopt
                                                            : std::optional(found == nullptr ? 0 : found->value));
  }
  return placement::PreemptsBelow(of_roles);
}

template <class Caches>
api::NamespaceRules RulesOf(const Caches& caches, const std::string& ns) {
  const auto by_name = [](const auto& a, const auto& b) { return a->meta.name < b->meta.name; };
  api::NamespaceRules rules{caches.resource_quotas.ByIndex(kByNamespace, ns),
                            caches.limit_ranges.ByIndex(kByNamespace, ns)};
  std::sort(rules.quotas.begin(), rules.quotas.end(), by_name);
  std::sort(rules.limit_ranges.begin(), rules.limit_ranges.end(), by_name);
  return rules;
}

// Counts what a LimitRange gives the pods, and names what of the namespace's rules is not planned with.
void ApplyRules(const api::NamespaceRules& rules, ObservedGroup& observed);

// Who of two groups that are refused for the same reason goes on.
struct RefusedGroup {
  int64_t priority = 0;
  Instant asked{};
  api::Key key;
};
bool ComesBefore(const RefusedGroup& a, const RefusedGroup& b);
// What refuses pods of a group that starts, or that is being held because they were refused: a quota, or "" for
// anything else. nullopt: neither is the case.
std::optional<std::string> RefuserOf(const api::PodGroup& group);

// The other groups of its namespace that the same quota (or policy) refuses. Costs a look at every group; it is asked
// for only while pods are refused.
template <class Caches>
Collision CollisionOf(const Caches& caches, const ObservedGroup& observed) {
  Collision collision;
  const api::PodGroup& self = *observed.group;
  const std::string refuser = QuotaIn(observed.pods_refused.begin()->second.message);
  const auto place_of = [&](const api::PodGroup& group) {
    const auto revision = caches.revisions.Get({group.meta.ns, group.spec.revision});
    const auto priority = revision == nullptr ? std::nullopt : AdmissionPriority(caches, group, *revision);
    return RefusedGroup{priority.value_or(0), group.status.asked_time.value_or(group.meta.created), group.meta.key()};
  };
  const RefusedGroup place = place_of(self);
  caches.groups.ForEach([&](const auto& other) {
    if (other->meta.ns != self.meta.ns || other->meta.name == self.meta.name || other->meta.deleted) return;
    if (RefuserOf(*other) != refuser) return;
    const bool starts = api::IsTrue(other->status.conditions, api::condition::kAdmitted);
    if (starts && ComesBefore(place_of(*other), place)) {
      collision.in_front = other->meta.name;
    } else {
      collision.others_behind = true;
    }
  });
  return collision;
}

// All of a group but its verdict and what is remembered of it.
template <class Caches>
ObservedGroup ObserveGroup(const Caches& caches, std::shared_ptr<const api::PodGroup> group) {
  ObservedGroup observed;
  observed.group = std::move(group);
  const api::PodGroup& seen = *observed.group;
  observed.revision = caches.revisions.Get({seen.meta.ns, seen.spec.revision});
  observed.children = ChildrenOf(caches, seen);
  ObserveMembers(caches, observed);
  if (observed.revision != nullptr) {
    ApplyRules(RulesOf(caches, seen.meta.ns), observed);
    observed.preempts_below = PreemptsBelow(caches, seen.spec.priority_class_name, *observed.revision);
    observed.priority = AdmissionPriority(caches, seen, *observed.revision);
  }
  const api::Condition* admitted = api::FindCondition(seen.status.conditions, api::condition::kAdmitted);
  if (admitted == nullptr || admitted->status != api::Truth::kTrue) return observed;
  const Instant since = admitted->last_transition - std::chrono::seconds(1);
  for (const auto& child : observed.children) {
    auto why = CreationFailureOf(*child, caches.creation_failures.ByIndex(kByObject, ObjectName(*child)), since);
    if (why) observed.pods_refused[child->role] = std::move(*why);
  }
  if (!observed.pods_refused.empty()) observed.collision = CollisionOf(caches, observed);
  return observed;
}

// All of a Workload but what is remembered of it.
template <class Caches>
ObservedWorkload ObserveWorkload(const Caches& caches, std::shared_ptr<const api::Workload> workload) {
  ObservedWorkload observed;
  observed.workload = std::move(workload);
  observed.groups = GroupsOf(caches, *observed.workload);
  observed.revisions = RevisionsOf(caches, *observed.workload);
  const std::string wanted = WantRevision(*observed.workload).name;
  for (const auto& group : observed.groups) {
    const bool admitted = api::IsTrue(group->status.conditions, api::condition::kAdmitted);
    if (admitted && group->spec.revision != wanted) observed.children[group->meta.name] = ChildrenOf(caches, *group);
  }
  return observed;
}

}  // namespace muster::core
