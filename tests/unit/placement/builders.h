// Nodes, shapes and asks in a line each, for the planner's tests.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/api/node.h"
#include "lib/api/pod.h"
#include "lib/json/text.h"
#include "lib/placement/cycle.h"
#include "lib/placement/picture.h"

namespace muster::placement {

// Amounts("cpu=4,memory=8Gi,nvidia.com/gpu=4")
inline api::Resources Amounts(std::string_view text) {
  api::Resources amounts;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    const size_t at = part.find('=');
    const std::string_view name = part.substr(0, at);
    amounts.Set(name, *api::DecodeAmount(name, json::Value(part.substr(at + 1))));
  }
  return amounts;
}

inline api::Node MakeNode(const std::string& name, std::string_view amounts) {
  api::Node node;
  node.meta.name = name;
  node.meta.uid = "uid-" + name;
  node.meta.labels["kubernetes.io/hostname"] = name;
  node.allocatable = Amounts(amounts);
  if (node.allocatable.Get(api::kPodCount) == 0) node.allocatable.Set(api::kPodCount, 110);
  node.ready = true;
  return node;
}

inline api::Pod MakePod(const std::string& name, const std::string& node, std::string_view amounts) {
  api::Pod pod;
  pod.meta.ns = "default";
  pod.meta.name = name;
  pod.meta.uid = "uid-" + name;
  pod.node_name = node;
  pod.requests = Amounts(amounts);
  pod.phase = api::PodPhase::kRunning;
  return pod;
}

// The same, of a member of a Muster group.
inline api::Pod MakeMember(const std::string& name, const std::string& node, std::string_view amounts) {
  api::Pod pod = MakePod(name, node, amounts);
  pod.group = "running";
  pod.role = "w";
  pod.meta.owner = api::OwnerRef{.kind = "Job", .name = "running-w", .uid = "uid-running-w"};
  return pod;
}

inline api::PodShape Shape(std::string_view amounts) {
  api::PodShape shape;
  shape.requests = Amounts(amounts);
  return shape;
}

inline MemberClass Members(const std::string& role, int64_t count, api::PodShape shape) {
  return {role, count, count, api::WithKeys(std::move(shape))};
}
inline MemberClass Members(const std::string& role, int64_t count, std::string_view amounts) {
  return Members(role, count, Shape(amounts));
}

inline Ask MakeAsk(const std::string& name, std::vector<MemberClass> classes, int64_t asked_seconds = 0) {
  Ask ask;
  ask.group = {"ml", name};
  ask.asked = Instant(std::chrono::seconds(asked_seconds));
  ask.classes = std::move(classes);
  return ask;
}

// A cluster of `count` nodes named <prefix>0, <prefix>1, ...
inline void AddNodesTo(Picture& picture, const std::string& prefix, int count, std::string_view amounts) {
  for (int i = 0; i < count; ++i) picture.SetNode(MakeNode(prefix + std::to_string(i), amounts));
}

inline Decision DecideOne(const Picture& picture, const Ask& ask, const std::vector<InFlight>& in_flight = {}) {
  return PlanCycle(picture, {in_flight, {ask}, {}, ask.asked}).front();
}

// Decision and explanation as text, for whole comparisons.
inline std::string Text(const Decision& decision) {
  const std::string text = decision.group.Text() + (decision.admitted ? " admitted" : " refused");
  return text + "\n" + json::WritePretty(api::EncodeExplanation(decision.explanation));
}

}  // namespace muster::placement
