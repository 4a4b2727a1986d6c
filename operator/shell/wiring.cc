#include "operator/shell/wiring.h"

#include <memory>

#include "operator/core/routes.h"

namespace muster::shell {
namespace {

// Into the queues; see core/routes.h.
struct Wake {
  runtime::Controller& workloads;
  runtime::Controller& groups;

  void Workload(const api::Key& key) const { workloads.Add(key); }
  void Group(const api::Key& key) const { groups.Add(key); }
  void GroupAfter(const api::Key& key, Duration delay) const { groups.AddAfter(key, delay); }
};

template <class T>
void ConnectQueues(const Wiring& w, runtime::Informer<T>& informer) {
  informer.AddHandler([w](const std::shared_ptr<const T>& before, const std::shared_ptr<const T>& after) {
    core::Route(w.caches, before, after, Wake{w.workloads, w.groups});
  });
}

template <class T>
void ConnectPace(Pace& pace, runtime::Informer<T>& informer) {
  informer.AddHandler([&pace](const auto& before, const auto& after) { pace.Replace(before.get(), after.get()); });
}

void ConnectPicture(const Wiring& w) {
  // The picture must know a binding before any reconcile can.
  w.caches.pods.SetMirror(
      [w](const auto& before, const auto& after) { w.planner.ReplacePod(before.get(), after.get()); });
  w.caches.nodes.SetMirror(
      [w](const auto& before, const auto& after) { w.planner.ReplaceNode(before.get(), after.get()); });
}

void ConnectGates(const Wiring& w) {
  w.workload_gate.Follow(w.caches.workloads);
  w.workload_gate.Follow(w.caches.groups);
  w.workload_gate.Follow(w.caches.revisions);
  w.group_gate.Follow(w.caches.groups);
  w.caches.ForEachChildren([&](Caches::Children& children) { w.group_gate.Follow(children); });
}

}  // namespace

void Connect(Wiring wiring) {
  const Wiring& w = wiring;
  ConnectPicture(w);
  ConnectGates(w);
  ConnectPace(w.workload_pace, w.caches.workloads);
  ConnectPace(w.group_pace, w.caches.groups);
  ConnectQueues(w, w.caches.workloads);
  ConnectQueues(w, w.caches.groups);
  ConnectQueues(w, w.caches.revisions);
  w.caches.ForEachChildren([&](Caches::Children& children) { ConnectQueues(w, children); });
  ConnectQueues(w, w.caches.pods);
  ConnectQueues(w, w.caches.priority_classes);
  ConnectQueues(w, w.caches.creation_failures);
  ConnectQueues(w, w.caches.resource_quotas);
  ConnectQueues(w, w.caches.limit_ranges);
}

}  // namespace muster::shell
