#include "tests/support/sim/nodes.h"

#include <algorithm>

#include "lib/api/pod_spec.h"
#include "lib/base/check.h"
#include "lib/base/strings.h"

namespace muster::sim {
namespace {

const std::string& AnnotationOf(const json::Value& pod, std::string_view name) {
  return pod["metadata"]["annotations"][name].Text();
}

json::Value Condition(std::string_view type, bool value, std::string_view reason = {}, std::string_view message = {}) {
  return json::Object{{"type", type}, {"status", value ? "True" : "False"}, {"reason", reason}, {"message", message}};
}

void SetReadiness(json::Value& node, bool ready) {
  node.Mutable("status").Set("conditions", json::Array{Condition("Ready", ready)});
}

}  // namespace

Nodes::Nodes(ApiServer& api, Events& events) : api_(api), events_(events) {
  api_.Watch([this](const Change& change) {
    if (change.resource == api::kNodes) WakeScheduler();
    if (change.resource == api::kPods) OnPod(change);
  });
}

void Nodes::Add(const std::string& name, int64_t cpus, int64_t pods) {
  json::Value node = json::Object{
      {"metadata", json::Object{{"name", name}, {"labels", json::Object{{"kubernetes.io/hostname", name}}}}},
      {"status", json::Object{{"allocatable", json::Object{{"cpu", cpus}, {"memory", "256Gi"}, {"pods", pods}}}}}};
  SetReadiness(node, true);
  (void)api_.Create(api::kNodes, std::move(node));
}

void Nodes::Lose(const std::string& name) {
  lost_.insert(name);
  api_.Edit(api::kNodes, {{}, name}, [](json::Value& node) { SetReadiness(node, false); });
}

void Nodes::Return(const std::string& name) {
  lost_.erase(name);
  api_.Edit(api::kNodes, {{}, name}, [](json::Value& node) { SetReadiness(node, true); });
  for (const Document& pod : api_.List(api::kPods)) {
    if ((*pod)["spec"]["nodeName"].Text() != name || !(*pod)["metadata"].Has("deletionTimestamp")) continue;
    events_.After(Duration(100), [this, pod, name] { Stop(KeyOf(*pod), UidOf(*pod), name); });
  }
}

void Nodes::AddForeignPod(const std::string& name, int64_t cpus, const std::string& node) {
  json::Value spec = json::Object{
      {"containers", json::Array{json::Object{
                         {"name", "c"}, {"resources", json::Object{{"requests", json::Object{{"cpu", cpus}}}}}}}}};
  if (!node.empty()) spec.Set("nodeName", node);
  (void)api_.Create(api::kPods, json::Object{{"metadata", json::Object{{"namespace", "other"}, {"name", name}}},
                                             {"spec", std::move(spec)},
                                             {"status", json::Object{{"phase", "Pending"}}}});
}

void Nodes::OnPod(const Change& change) {
  WakeScheduler();
  if (change.after == nullptr) return;
  const json::Value& pod = *change.after;
  const std::string uid = UidOf(pod);
  const api::Key key = change.key;
  const std::string node = pod["spec"]["nodeName"].Text();
  const bool was_bound = change.before != nullptr && (*change.before)["spec"].Has("nodeName");
  if (!node.empty() && !was_bound) {
    events_.After(events_.Within(20, 300), [this, key, uid] { Start(key, uid); });
  }
  const bool deleting = pod["metadata"].Has("deletionTimestamp");
  const bool was_deleting = change.before != nullptr && (*change.before)["metadata"].Has("deletionTimestamp");
  if (deleting && !was_deleting) {
    events_.After(events_.Within(30, 1500), [this, key, uid, node] { Stop(key, uid, node); });
  }
}

// ---- Scheduler

void Nodes::WakeScheduler() {
  if (awake_) return;
  awake_ = true;
  events_.After(events_.Within(1, 15), [this] {
    awake_ = false;
    ScheduleOne();
  });
}

void Nodes::ScheduleOne() {
  std::vector<Document> pending;
  for (Document& pod : api_.List(api::kPods)) {
    const bool gated = !(*pod)["spec"]["schedulingGates"].Items().empty();
    if (!gated && !(*pod)["spec"].Has("nodeName") && !(*pod)["metadata"].Has("deletionTimestamp")) {
      pending.push_back(std::move(pod));
    }
  }
  for (size_t i = pending.size(); i > 1; --i) {
    std::swap(pending[i - 1], pending[static_cast<size_t>(events_.Between(0, static_cast<int64_t>(i) - 1))]);
  }
  for (const Document& pod : pending) {
    if (TryToBind(*pod)) return;  // which wakes us again
    api_.Edit(api::kPods, KeyOf(*pod), [](json::Value& failed) {
      failed.Mutable("status").Set(
          "conditions", json::Array{Condition("PodScheduled", false, "Unschedulable", "no node has room for the pod")});
    });
  }
}

std::map<std::string, api::Resources> Nodes::Free(std::vector<api::Node>& nodes) const {
  std::map<std::string, api::Resources> free;
  for (const Document& document : api_.List(api::kNodes)) {
    auto node = api::DecodeNode(*document);
    CHECK(node.has_value());
    free[node->meta.name] = node->allocatable;
    nodes.push_back(std::move(*node));
  }
  for (const Document& document : api_.List(api::kPods)) {
    const auto pod = api::DecodePod(*document);
    CHECK(pod.has_value());
    if (!pod->TakesRoom() || !free.contains(pod->node_name)) continue;
    free[pod->node_name].Subtract(pod->requests);
    free[pod->node_name].Add(api::kPodCount, -1);
  }
  return free;
}

bool Nodes::TryToBind(const json::Value& pod) {
  std::vector<api::Node> nodes;
  const std::map<std::string, api::Resources> free = Free(nodes);
  const api::PodShapePtr shape = api::DecodePodShape(pod["spec"]);
  const api::Node* best = nullptr;
  for (const api::Node& node : nodes) {
    if (api::WhyNot(*shape, node) != api::NodeRefusal::kNone) continue;
    const api::Resources& room = free.at(node.meta.name);
    bool fits = room.Get(api::kPodCount) > 0;
    shape->requests.ForEach([&](std::string_view name, int64_t amount) { fits = fits && room.Get(name) >= amount; });
    if (fits && (best == nullptr || room.Get(api::kCpu) > free.at(best->meta.name).Get(api::kCpu))) best = &node;
  }
  if (best == nullptr) return false;
  api_.Edit(api::kPods, KeyOf(pod), [&](json::Value& bound) {
    bound.Mutable("spec").Set("nodeName", best->meta.name);
    bound.Mutable("status").Set("conditions", json::Array{Condition("PodScheduled", true)});
  });
  return true;
}

// ---- Kubelets

void Nodes::EditPod(const api::Key& key, const std::string& uid, const std::function<void(json::Value&)>& edit) {
  const Document pod = api_.Find(api::kPods, key);
  if (pod == nullptr || UidOf(*pod) != uid || lost_.contains((*pod)["spec"]["nodeName"].Text())) return;
  api_.Edit(api::kPods, key, edit);
}

void Nodes::Start(const api::Key& key, const std::string& uid) {
  EditPod(key, uid, [&](json::Value& pod) {
    if (pod["metadata"].Has("deletionTimestamp") || pod["status"]["phase"].Text() != "Pending") return;
    const bool ready = AnnotationOf(pod, "sim/never-ready").empty();
    pod.Mutable("status").Set("phase", "Running");
    pod.Mutable("status").Set("conditions", json::Array{Condition("PodScheduled", true), Condition("Ready", ready)});
    int64_t seconds = 0;
    const bool fails = ParseInteger(AnnotationOf(pod, "sim/fail-first-after-seconds"), seconds) &&
                       failed_once_.insert(OwnerUidOf(pod)).second;
    if (!fails && !ParseInteger(AnnotationOf(pod, "sim/finish-after-seconds"), seconds)) return;
    const Duration after = std::chrono::seconds(seconds) + events_.Within(0, 400);
    events_.After(after, [this, key, uid, fails] { Finish(key, uid, fails); });
  });
}

void Nodes::Finish(const api::Key& key, const std::string& uid, bool fails) {
  EditPod(key, uid, [&](json::Value& pod) {
    if (pod["metadata"].Has("deletionTimestamp")) return;
    const std::string outcome = fails ? "Failed" : AnnotationOf(pod, "sim/outcome");
    pod.Mutable("status").Set("phase", outcome.empty() ? "Succeeded" : outcome);
    pod.Mutable("status").Set("conditions", json::Array{Condition("PodScheduled", true), Condition("Ready", false)});
  });
}

void Nodes::Stop(const api::Key& key, const std::string& uid, const std::string& node) {
  const Document pod = api_.Find(api::kPods, key);
  if (pod != nullptr && UidOf(*pod) == uid && !lost_.contains(node)) api_.Remove(api::kPods, key);
}

}  // namespace muster::sim
