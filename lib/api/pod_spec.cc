#include "lib/api/pod_spec.h"

#include <algorithm>

#include "lib/api/node.h"
#include "lib/base/strings.h"

namespace muster::api {
namespace {

SelectorOperator OperatorOf(const std::string& name) {
  if (name == "In") return SelectorOperator::kIn;
  if (name == "NotIn") return SelectorOperator::kNotIn;
  if (name == "Exists") return SelectorOperator::kExists;
  if (name == "DoesNotExist") return SelectorOperator::kDoesNotExist;
  if (name == "Gt") return SelectorOperator::kGt;
  if (name == "Lt") return SelectorOperator::kLt;
  return SelectorOperator::kUnknown;
}

std::vector<SelectorRequirement> DecodeRequirements(const json::Value& array) {
  std::vector<SelectorRequirement> requirements;
  for (const json::Value& item : array.Items()) {
    SelectorRequirement requirement{item["key"].Text(), OperatorOf(item["operator"].Text()), {}};
    for (const json::Value& value : item["values"].Items()) requirement.values.push_back(value.Text());
    requirements.push_back(std::move(requirement));
  }
  return requirements;
}

void DecodeAffinity(const json::Value& spec, PodShape& shape) {
  const json::Value& required = spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"];
  if (!required.IsObject()) return;
  shape.has_required_affinity = true;
  for (const json::Value& term : required["nodeSelectorTerms"].Items()) {
    shape.required_affinity.push_back(
        {DecodeRequirements(term["matchExpressions"]), DecodeRequirements(term["matchFields"])});
  }
}

bool HasItems(const json::Value& value) { return !value.Items().empty(); }

bool UsesHostPorts(const json::Value& spec) {
  for (const std::string_view list : {"containers", "initContainers"}) {
    for (const json::Value& container : spec[list].Items()) {
      for (const json::Value& port : container["ports"].Items()) {
        if (port["hostPort"].Integer() != 0 || spec["hostNetwork"].Bool()) return true;
      }
    }
  }
  return false;
}

bool ClaimsVolumes(const json::Value& spec) {
  return std::any_of(spec["volumes"].Items().begin(), spec["volumes"].Items().end(), [](const json::Value& volume) {
    return volume.Has("persistentVolumeClaim") || volume.Has("ephemeral");
  });
}

// Values of any depth, without going on beyond `most`.
void CountValues(const json::Value& value, size_t most, size_t& count) {
  ++count;
  for (const json::Value& item : value.Items()) {
    if (count > most) return;
    CountValues(item, most, count);
  }
  for (const auto& [key, member] : value.Members()) {
    if (count > most) return;
    CountValues(member, most, count);
  }
}

std::vector<std::string> NotConsidered(const json::Value& spec) {
  constexpr std::string_view kRequired = "requiredDuringSchedulingIgnoredDuringExecution";
  const auto& spread = spec["topologySpreadConstraints"].Items();
  const auto& tolerations = spec["tolerations"].Items();
  const std::string& scheduler = spec["schedulerName"].Text();
  std::vector<std::string> texts;
  if (HasItems(spec["affinity"]["podAffinity"][kRequired])) texts.emplace_back("pod affinity");
  if (HasItems(spec["affinity"]["podAntiAffinity"][kRequired])) texts.emplace_back("pod anti-affinity");
  if (std::any_of(spread.begin(), spread.end(),
                  [](const json::Value& c) { return c["whenUnsatisfiable"].Text() == "DoNotSchedule"; })) {
    texts.emplace_back("topology spread constraints");
  }
  if (ClaimsVolumes(spec)) texts.emplace_back("persistent volume claims");
  if (HasItems(spec["resourceClaims"])) texts.emplace_back("resource claims");
  if (UsesHostPorts(spec)) texts.emplace_back("host ports");
  if (HasItems(spec["schedulingGates"])) texts.emplace_back("scheduling gates");
  if (std::any_of(tolerations.begin(), tolerations.end(),
                  [](const json::Value& t) { return t["operator"].Text() == "Gt" || t["operator"].Text() == "Lt"; })) {
    texts.emplace_back("tolerations by Gt or Lt");
  }
  if (!scheduler.empty() && scheduler != "default-scheduler") {
    texts.push_back("the rules of scheduler " + Shorten(scheduler, 63));
  }
  // The API server writes the class's overhead, node selector and tolerations into pods, not into templates.
  if (const std::string& runtime_class = spec["runtimeClassName"].Text(); !runtime_class.empty()) {
    texts.push_back("the overhead and node selector of runtime class " + Shorten(runtime_class, 63));
  }
  const std::string& os = spec["os"]["name"].Text();
  if (!os.empty() && os != "linux" && !spec["nodeSelector"].Has("kubernetes.io/os")) {
    texts.push_back("operating system " + Shorten(os, 63) + " (select its nodes by the label kubernetes.io/os)");
  }
  return texts;
}

// --- Requests ---

// Requests with the API server's defaults: a limit without a request is the request; where there is neither, a
// LimitRange's default request.
Resources ContainerRequests(const json::Value& container, const Resources& defaults) {
  const json::Value& resources = container["resources"];
  Resources requests = DecodeResources(resources["requests"]);
  for (const auto& [name, value] : resources["limits"].Members()) {
    if (resources["requests"].Has(name)) continue;
    if (const auto amount = DecodeAmount(name, value)) requests.Set(name, *amount);
  }
  defaults.ForEach([&](std::string_view name, int64_t amount) {
    if (!resources["requests"].Has(name) && !resources["limits"].Has(name)) requests.Set(name, amount);
  });
  return requests;
}

// KEP-753: a sidecar (restartPolicy Always) runs beside everything after it; an ordinary init container runs alone with
// the sidecars before it.
Resources ContainersTogether(const json::Value& spec, const Resources& defaults) {
  Resources running;
  for (const json::Value& container : spec["containers"].Items()) running.Add(ContainerRequests(container, defaults));
  Resources sidecars;
  Resources peak;
  for (const json::Value& container : spec["initContainers"].Items()) {
    Resources own = ContainerRequests(container, defaults);
    if (container["restartPolicy"].Text() == "Always") {
      running.Add(own);
      sidecars.Add(own);
      peak.TakeMax(sidecars);
    } else {
      own.Add(sidecars);
      peak.TakeMax(own);
    }
  }
  running.TakeMax(peak);
  return running;
}

// spec.resources overrides the containers for the resources that it may name. A request left out there defaults to the
// containers' sum, or to the pod's limit where no container asks.
void ApplyPodLevel(const json::Value& resources, Resources& requests) {
  const auto supported = [](std::string_view name) {
    return name == kCpu || name == kMemory || name.starts_with("hugepages-");
  };
  for (const auto& [name, value] : resources["limits"].Members()) {
    if (!supported(name) || resources["requests"].Has(name)) continue;
    if (requests.Get(name) != 0 && !name.starts_with("hugepages-")) continue;
    if (const auto amount = DecodeAmount(name, value)) requests.Set(name, *amount);
  }
  for (const auto& [name, value] : resources["requests"].Members()) {
    if (!supported(name)) continue;
    if (const auto amount = DecodeAmount(name, value)) requests.Set(name, *amount);
  }
}

// --- Keys ---

void AppendText(std::string& key, std::string_view text) {
  key.append(std::to_string(text.size())).append(":").append(text);
}

void AppendRequirements(std::string& key, const std::vector<SelectorRequirement>& requirements) {
  for (const SelectorRequirement& requirement : requirements) {
    AppendText(key, requirement.key);
    key += static_cast<char>('0' + static_cast<int>(requirement.op));
    for (const std::string& value : requirement.values) AppendText(key, value);
    key += ';';
  }
}

std::string ConstraintKey(const PodShape& shape) {
  std::string key;
  for (const auto& [name, value] : shape.node_selector) {
    AppendText(key += 's', name);
    AppendText(key, value);
  }
  if (shape.has_required_affinity) key += 'a';
  for (const NodeSelectorTerm& term : shape.required_affinity) {
    AppendRequirements(key += 't', term.expressions);
    AppendRequirements(key += 'f', term.fields);
  }
  for (const Toleration& toleration : shape.tolerations) {
    key += 'o';
    for (const std::string* part : {&toleration.key, &toleration.op, &toleration.value, &toleration.effect}) {
      AppendText(key, *part);
    }
  }
  if (!shape.node_name.empty()) AppendText(key += 'n', shape.node_name);
  return key;
}

// --- Matching ---

bool Contains(const std::vector<std::string>& values, std::string_view value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

// labels.Requirement.Matches: Gt and Lt compare integers and never match anything else.
bool MatchesLabels(const SelectorRequirement& requirement, const std::map<std::string, std::string>& labels) {
  const auto at = labels.find(requirement.key);
  const bool has = at != labels.end();
  switch (requirement.op) {
    case SelectorOperator::kIn:
      return has && Contains(requirement.values, at->second);
    case SelectorOperator::kNotIn:
      return !has || !Contains(requirement.values, at->second);
    case SelectorOperator::kExists:
      return has;
    case SelectorOperator::kDoesNotExist:
      return !has;
    case SelectorOperator::kGt:
    case SelectorOperator::kLt: {
      int64_t label = 0;
      int64_t bound = 0;
      if (!has || requirement.values.size() != 1 || !ParseInteger(at->second, label) ||
          !ParseInteger(requirement.values.front(), bound)) {
        return false;
      }
      return requirement.op == SelectorOperator::kGt ? label > bound : label < bound;
    }
    case SelectorOperator::kUnknown:
      return false;
  }
  return false;
}

bool MatchesField(const SelectorRequirement& requirement, const Node& node) {
  if (requirement.key != "metadata.name" || requirement.values.size() != 1) return false;
  const bool same = requirement.values.front() == node.meta.name;
  if (requirement.op == SelectorOperator::kIn) return same;
  return requirement.op == SelectorOperator::kNotIn && !same;
}

bool MatchesTerm(const NodeSelectorTerm& term, const Node& node) {
  if (term.expressions.empty() && term.fields.empty()) return false;
  return std::all_of(term.expressions.begin(), term.expressions.end(),
                     [&](const SelectorRequirement& r) { return MatchesLabels(r, node.meta.labels); }) &&
         std::all_of(term.fields.begin(), term.fields.end(),
                     [&](const SelectorRequirement& r) { return MatchesField(r, node); });
}

bool ToleratesAny(const PodShape& shape, const Taint& taint) {
  return std::any_of(shape.tolerations.begin(), shape.tolerations.end(),
                     [&](const Toleration& toleration) { return Tolerates(toleration, taint); });
}

}  // namespace

Resources EffectiveRequests(const json::Value& pod_spec, const Resources& defaults) {
  Resources requests = ContainersTogether(pod_spec, defaults);
  if (pod_spec["resources"].IsObject()) ApplyPodLevel(pod_spec["resources"], requests);
  requests.Add(DecodeResources(pod_spec["overhead"]));
  return requests;
}

size_t CountConstraints(const json::Value& pod_spec) {
  size_t count = 0;
  CountValues(pod_spec["nodeSelector"], kConstraintsMax, count);
  CountValues(pod_spec["affinity"]["nodeAffinity"], kConstraintsMax, count);
  CountValues(pod_spec["tolerations"], kConstraintsMax, count);
  return std::min(count, kConstraintsMax + 1);
}

namespace {

void DecodeConstraints(const json::Value& pod_spec, PodShape& shape) {
  for (const auto& [name, value] : pod_spec["nodeSelector"].Members()) shape.node_selector[name] = value.Text();
  DecodeAffinity(pod_spec, shape);
  for (const json::Value& t : pod_spec["tolerations"].Items()) {
    shape.tolerations.push_back({t["key"].Text(), t["operator"].Text(), t["value"].Text(), t["effect"].Text()});
  }
}

}  // namespace

PodShapePtr DecodePodShape(const json::Value& pod_spec, const Resources& defaults) {
  PodShape shape;
  shape.requests = EffectiveRequests(pod_spec, defaults);
  if (CountConstraints(pod_spec) <= kConstraintsMax) {
    DecodeConstraints(pod_spec, shape);
  } else {
    shape.not_considered.emplace_back("a node selector, node affinity and tolerations of more than " +
                                      std::to_string(kConstraintsMax) + " values");
  }
  shape.node_name = pod_spec["nodeName"].Text();
  shape.priority_class_name = pod_spec["priorityClassName"].Text();
  shape.scheduler_name = pod_spec["schedulerName"].Text();
  for (std::string& text : NotConsidered(pod_spec)) shape.not_considered.push_back(std::move(text));
  return WithKeys(std::move(shape));
}

PodShapePtr WithKeys(PodShape shape) {
  shape.constraint_key = ConstraintKey(shape);
  shape.key.clear();
  AppendText(shape.key, shape.constraint_key);
  shape.requests.ForEach([&](std::string_view name, int64_t amount) {
    AppendText(shape.key += 'r', name);
    shape.key += std::to_string(amount);
  });
  return std::make_shared<const PodShape>(std::move(shape));
}

bool Tolerates(const Toleration& toleration, const Taint& taint) {
  if (!toleration.effect.empty() && toleration.effect != taint.effect) return false;
  if (!toleration.key.empty() && toleration.key != taint.key) return false;
  if (toleration.op == "Exists") return true;
  return (toleration.op.empty() || toleration.op == "Equal") && toleration.value == taint.value;
}

bool MatchesSelector(const PodShape& shape, const Node& node) {
  return std::all_of(shape.node_selector.begin(), shape.node_selector.end(), [&](const auto& wanted) {
    const auto at = node.meta.labels.find(wanted.first);
    return at != node.meta.labels.end() && at->second == wanted.second;
  });
}

bool MatchesAffinity(const PodShape& shape, const Node& node) {
  return !shape.has_required_affinity ||
         std::any_of(shape.required_affinity.begin(), shape.required_affinity.end(),
                     [&](const NodeSelectorTerm& term) { return MatchesTerm(term, node); });
}

// NoSchedule is kube-scheduler's affair. A pod whose template names its node never comes before it; the kubelet looks
// at NoExecute alone (pkg/kubelet/lifecycle/predicate.go).
const Taint* UntoleratedTaint(const PodShape& shape, const Node& node) {
  for (const Taint& taint : node.taints) {
    if (taint.effect != "NoExecute" && (taint.effect != "NoSchedule" || !shape.node_name.empty())) continue;
    if (!ToleratesAny(shape, taint)) return &taint;
  }
  return nullptr;
}

NodeRefusal WhyNot(const PodShape& shape, const Node& node) {
  const bool names_node = !shape.node_name.empty();
  if (names_node && shape.node_name != node.meta.name) return NodeRefusal::kNodeName;
  if (!node.ready) return NodeRefusal::kNotReady;
  if (!names_node && node.unschedulable && !ToleratesAny(shape, {std::string(kTaintUnschedulable), "", "NoSchedule"})) {
    return NodeRefusal::kUnschedulable;
  }
  if (UntoleratedTaint(shape, node) != nullptr) return NodeRefusal::kTaint;
  if (!MatchesSelector(shape, node)) return NodeRefusal::kSelector;
  return MatchesAffinity(shape, node) ? NodeRefusal::kNone : NodeRefusal::kAffinity;
}

}  // namespace muster::api
