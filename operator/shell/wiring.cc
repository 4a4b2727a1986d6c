#include "operator/shell/wiring.h"

#include <memory>
#include <string>

#include "lib/base/log.h"
#include "lib/runtime/clock.h"
#include "operator/core/routes.h"
#include "operator/shell/stray_log.h"

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

// Objects that come while we run, and whose label names a group that is not there. What was there before is not worth a
// line at each start: groups and their objects are listed in any order.
template <class T, class GroupOf>
void ConnectStrayLog(const Wiring& w, runtime::Informer<T>& informer, const std::shared_ptr<StrayLog>& log,
                     GroupOf group_of) {
  informer.AddHandler([w, &informer, log, group_of](const auto& before, const auto& after) {
    if (before != nullptr || after == nullptr || !informer.Synced() || !w.caches.groups.Synced()) return;
    const std::string group = group_of(*after);
    if (group.empty() || w.caches.groups.Get({after->meta.ns, group}) != nullptr) return;
    const auto fields = log->Note(informer.resource().kind, after->meta.key(), group, runtime::RealClock().Now());
    if (fields) LogWarning("Ignored an object with the label of a PodGroup that does not exist", *fields);
  });
}

void ConnectStrayLogs(const Wiring& w) {
  const auto log = std::make_shared<StrayLog>();
  ConnectStrayLog(w, w.caches.pods, log, [](const api::Pod& pod) { return pod.group; });
  w.caches.ForEachChildren([&](Caches::Children& children) {
    ConnectStrayLog(w, children, log, [](const api::Child& child) {
      const auto label = child.meta.labels.find(std::string(api::kLabelPodGroup));
      return label == child.meta.labels.end() ? std::string() : label->second;
    });
  });
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
  ConnectStrayLogs(w);
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
