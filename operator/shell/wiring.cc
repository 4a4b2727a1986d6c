#include "operator/shell/wiring.h"

namespace muster::shell {
namespace {

// Pods of a group come and change in bursts: one look at the group after the burst, instead of one for each.
constexpr Duration kPodsTogether = std::chrono::milliseconds(20);

template <class T>
const T& Either(const std::shared_ptr<const T>& before, const std::shared_ptr<const T>& after) {
  return after != nullptr ? *after : *before;
}

// The PodGroup that owns an object of ours, as a key.
void AddOwner(const api::ObjectMeta& meta, std::string_view kind, runtime::Controller& controller) {
  if (meta.owner && meta.owner->kind == kind) controller.Add({meta.ns, meta.owner->name});
}

void AddAllGroups(Caches& caches, runtime::Controller& groups) {
  caches.groups.ForEach([&](const auto& group) { groups.Add(group->meta.key()); });
}

void ConnectPicture(const Wiring& w) {
  // First of the pods' handlers: the picture must know a binding before any reconcile can.
  w.caches.pods.AddHandler([w](const auto& before, const auto& after) {
    w.planner.ReplacePod(before.get(), after.get());
    if (before != nullptr && after != nullptr && *before == *after) return;
    // Both: whose label is taken away is a member no more, which its group waits to hear.
    for (const auto& pod : {before, after}) {
      if (pod != nullptr && pod->IsMember()) w.groups.AddAfter({pod->meta.ns, pod->group}, kPodsTogether);
    }
  });
  w.caches.nodes.AddHandler(
      [w](const auto& before, const auto& after) { w.planner.ReplaceNode(before.get(), after.get()); });
}

void ConnectGates(const Wiring& w) {
  w.workload_gate.Follow(w.caches.workloads);
  w.workload_gate.Follow(w.caches.groups);
  w.workload_gate.Follow(w.caches.revisions);
  w.group_gate.Follow(w.caches.groups);
  w.caches.ForEachChildren([&](Caches::Children& children) { w.group_gate.Follow(children); });
}

void ConnectQueues(const Wiring& w) {
  w.caches.workloads.AddHandler([w](const auto& before, const auto& after) {
    w.workload_pace.Replace(before.get(), after.get());
    w.workloads.Add(Either(before, after).meta.key());
  });
  w.caches.groups.AddHandler([w](const auto& before, const auto& after) {
    w.group_pace.Replace(before.get(), after.get());
    const api::ObjectMeta& meta = Either(before, after).meta;
    w.groups.Add(meta.key());
    AddOwner(meta, api::kWorkloads.kind, w.workloads);
  });
  w.caches.revisions.AddHandler([w](const auto& before, const auto& after) {
    const api::ObjectMeta& meta = Either(before, after).meta;
    AddOwner(meta, api::kWorkloads.kind, w.workloads);
    if (!meta.owner) return;
    w.caches.groups.ForEach([&](const auto& group) {
      if (group->spec.revision == meta.name && group->meta.ns == meta.ns) w.groups.Add(group->meta.key());
    });
  });
  w.caches.ForEachChildren([w](Caches::Children& children) {
    children.AddHandler([w](const auto& before, const auto& after) {
      AddOwner(Either(before, after).meta, api::kPodGroups.kind, w.groups);
    });
  });
  w.caches.priority_classes.AddHandler([w](const auto&, const auto&) { AddAllGroups(w.caches, w.groups); });
  w.caches.creation_failures.AddHandler([w](const auto&, const auto& after) {
    if (after == nullptr) return;
    w.caches.ForEachChildren([&](Caches::Children& children) {
      const auto child = children.Get(after->object);
      if (child != nullptr) AddOwner(child->meta, api::kPodGroups.kind, w.groups);
    });
  });
}

}  // namespace

void Connect(Wiring wiring) {
  ConnectPicture(wiring);
  ConnectGates(wiring);
  ConnectQueues(wiring);
}

}  // namespace muster::shell
