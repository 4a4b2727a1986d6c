#include "tests/e2e/judge/plain.h"

#include <algorithm>
#include <cstdlib>

namespace muster::e2e {
namespace {

using testing::PlainAmounts;
using testing::PlainNode;
using testing::PlainShape;
using testing::PlainWorld;

// "500m", "2048Mi" and "2", the units of PlainAmounts: the number is what counts.
int64_t Number(const json::Value& quantity) { return std::strtoll(quantity.Text().c_str(), nullptr, 10); }

PlainAmounts AmountsOf(const json::Value& resources) {
  return {0, Number(resources["cpu"]), Number(resources["memory"]), Number(resources["example.com/gpu"])};
}

PlainAmounts RequestOfContainer(const json::Value& container) {
  const json::Value& requests = container["resources"]["requests"];
  return AmountsOf(requests.IsObject() ? requests : container["resources"]["limits"]);
}

bool Meets(const json::Value& labels, const json::Value& expression) {
  const json::Value& label = labels[expression["key"].Text()];
  const std::string relation = expression["operator"].Text();
  if (relation == "Exists") return label.IsString();
  const json::Value& value = expression["values"].Items().front();
  if (relation == "In") return label.IsString() && label.Text() == value.Text();
  if (relation == "NotIn") return !label.IsString() || label.Text() != value.Text();
  return label.IsString() && Number(label) > Number(value);  // Gt
}

bool MeetsOneOf(const json::Value& labels, const json::Value& terms) {
  if (terms.Items().empty()) return true;
  return std::ranges::any_of(terms.Items(), [&](const json::Value& term) {
    return std::ranges::all_of(term["matchExpressions"].Items(),
                               [&](const json::Value& expression) { return Meets(labels, expression); });
  });
}

bool Tolerates(const json::Value& pod_spec, const json::Value& taint) {
  return std::ranges::any_of(pod_spec["tolerations"].Items(), [&](const json::Value& toleration) {
    const bool exists = toleration["operator"].Text() == "Exists";
    if (toleration["key"].IsNull()) return exists;
    if (toleration["key"].Text() != taint["key"].Text()) return false;
    if (toleration["effect"].IsString() && toleration["effect"].Text() != taint["effect"].Text()) return false;
    return exists || toleration["value"].Text() == taint["value"].Text();
  });
}

PlainAmounts Larger(const PlainAmounts& a, const PlainAmounts& b) {
  PlainAmounts larger = a;
  for (size_t r = 0; r < larger.size(); ++r) larger[r] = std::max(a[r], b[r]);
  return larger;
}

}  // namespace

PlainAmounts RequestOf(const json::Value& pod_spec) {
  PlainAmounts request{};
  for (const json::Value& container : pod_spec["containers"].Items()) {
    testing::PlainTake(request, RequestOfContainer(container), -1);
  }
  PlainAmounts before{};
  for (const json::Value& init : pod_spec["initContainers"].Items()) {
    const bool sidecar = init["restartPolicy"].Text() == "Always";
    if (sidecar) testing::PlainTake(request, RequestOfContainer(init), -1);
    if (!sidecar) before = Larger(before, RequestOfContainer(init));
  }
  request = Larger(request, before);
  request[0] = 1;
  return request;
}

bool MayRunOn(const json::Value& node, const json::Value& pod_spec) {
  const json::Value& labels = node["metadata"]["labels"];
  for (const auto& [key, value] : pod_spec["nodeSelector"].Members()) {
    if (labels[key].Text() != value.Text()) return false;
  }
  const json::Value& required = pod_spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"];
  if (!MeetsOneOf(labels, required["nodeSelectorTerms"])) return false;
  const json::Value cordoned =
      json::Object{{"key", "node.kubernetes.io/unschedulable"}, {"value", ""}, {"effect", "NoSchedule"}};
  if (node["spec"]["unschedulable"].Bool() && !Tolerates(pod_spec, cordoned)) return false;
  return std::ranges::all_of(node["spec"]["taints"].Items(), [&](const json::Value& taint) {
    return taint["effect"].Text() == "PreferNoSchedule" || Tolerates(pod_spec, taint);
  });
}

PlainWorld WorldOf(const RandomGroup& group, const std::vector<json::Value>& nodes,
                   const std::map<std::string, std::vector<PlainAmounts>>& running) {
  PlainWorld world;
  for (const json::Value& node : nodes) {
    const json::Value& room = node["status"]["allocatable"];
    PlainNode plain{.size = AmountsOf(room)};
    plain.size[0] = Number(room["pods"]);
    const auto theirs = running.find(node["metadata"]["name"].Text());
    if (theirs != running.end()) plain.theirs = theirs->second;
    world.nodes.push_back(std::move(plain));
  }
  for (const RandomRole& role : group.roles) {
    PlainShape shape{.request = RequestOf(role.pod_spec), .members = role.members, .needed = role.needed};
    std::vector<bool> only;
    for (const json::Value& node : nodes) only.push_back(MayRunOn(node, role.pod_spec));
    shape.only = std::move(only);
    world.shapes.push_back(std::move(shape));
  }
  return world;
}

}  // namespace muster::e2e
