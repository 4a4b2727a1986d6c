// What kube-scheduler filters a pod on, decoded from a pod's spec or a template's, and the rules by which it matches a
// node. Layer: api. Pure. Members with the same spec share one PodShape; `key` tells two shapes apart.
//
//   const PodShapePtr shape = DecodePodShape(template["spec"]);
//   if (WhyNot(*shape, node) == NodeRefusal::kNone) ...   // node passes every filter but room
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/api/quantity.h"
#include "lib/json/value.h"

namespace muster::api {

struct Node;
struct Taint;

enum class SelectorOperator { kIn, kNotIn, kExists, kDoesNotExist, kGt, kLt, kUnknown };

struct SelectorRequirement {
  std::string key;
  SelectorOperator op = SelectorOperator::kUnknown;
  std::vector<std::string> values;
  bool operator==(const SelectorRequirement&) const = default;
};

// Everything in one term must match; a term with nothing in it matches no node.
struct NodeSelectorTerm {
  std::vector<SelectorRequirement> expressions;  // over labels
  std::vector<SelectorRequirement> fields;       // over metadata.name
  bool operator==(const NodeSelectorTerm&) const = default;
};

struct Toleration {
  std::string key;  // "" with operator Exists tolerates every key
  std::string op;   // "", Equal, Exists
  std::string value;
  std::string effect;  // "" means every effect
  bool operator==(const Toleration&) const = default;
};

struct PodShape {
  Resources requests;  // effective: containers, init and sidecar containers, pod-level resources, overhead
  std::map<std::string, std::string> node_selector;
  bool has_required_affinity = false;
  std::vector<NodeSelectorTerm> required_affinity;  // one of them must match
  std::vector<Toleration> tolerations;
  std::string node_name;  // already decided in the spec
  std::string priority_class_name;
  std::string scheduler_name;
  // What is asked for and not modelled by the planner: "pod anti-affinity", "persistent volume claims", ...
  std::vector<std::string> not_considered;
  std::string constraint_key;  // canonical text of everything but the requests
  std::string key;             // canonical text of constraint_key and the requests
};
using PodShapePtr = std::shared_ptr<const PodShape>;

// So many values may node selector, required node affinity and tolerations have together. Each costs memory for as long
// as the shape is kept, and each is compared with every node. Of a pod with more, none of them is kept.
inline constexpr size_t kConstraintsMax = 2000;
// How many there are, at most kConstraintsMax + 1.
size_t CountConstraints(const json::Value& pod_spec);

// Total: what cannot be understood is left out (the API server refuses such a pod).
// `defaults`: what a LimitRange gives every container that states neither request nor limit.
PodShapePtr DecodePodShape(const json::Value& pod_spec, const Resources& defaults = {});
// The same shape with something changed, its keys made anew.
PodShapePtr WithKeys(PodShape shape);

// The effective requests of a pod, as k8s.io/component-helpers/resource.PodRequests computes them, after the API
// server's defaulting (a missing request is the limit).
Resources EffectiveRequests(const json::Value& pod_spec, const Resources& defaults = {});

bool Tolerates(const Toleration& toleration, const Taint& taint);
bool MatchesSelector(const PodShape& shape, const Node& node);  // nodeSelector alone
bool MatchesAffinity(const PodShape& shape, const Node& node);  // required node affinity alone
// The first taint that keeps the pod away (NoSchedule or NoExecute, not tolerated); nullptr when there is none.
const Taint* UntoleratedTaint(const PodShape& shape, const Node& node);

// Why a node cannot take the pod, apart from room, in the order in which we look. A pod whose template names its node
// goes past kube-scheduler: neither a cordon nor a NoSchedule taint keeps it away; the kubelet checks the rest.
enum class NodeRefusal { kNone, kNotReady, kUnschedulable, kTaint, kNodeName, kSelector, kAffinity };
NodeRefusal WhyNot(const PodShape& shape, const Node& node);

}  // namespace muster::api
