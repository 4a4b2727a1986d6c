#include "tests/e2e/judge/cases.h"

#include <algorithm>
#include <initializer_list>
#include <random>

#include "lib/json/text.h"
#include "tests/e2e/judge/objects.h"

namespace muster::e2e {
namespace {

constexpr const char* kGpu = "example.com/gpu";

class Dice {
 public:
  explicit Dice(uint64_t seed) : random_(seed) {}
  // Both ends belong to it. Not the standard's distributions: those may differ between libraries.
  int64_t Between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(random_() % static_cast<uint64_t>(high - low + 1));
  }
  bool OneIn(int64_t n) { return Between(1, n) == 1; }
  template <class T>
  T Pick(std::initializer_list<T> values) {
    return values.begin()[Between(0, static_cast<int64_t>(values.size()) - 1)];
  }

 private:
  std::mt19937_64 random_;
};

struct NodeSize {
  int64_t cpu_millis;
  int64_t memory_mib;
  int64_t gpus;
  int64_t pods;
};

json::Value NodeTaint(Dice& dice) {
  const char* effect = dice.Pick({"NoSchedule", "NoSchedule", "PreferNoSchedule", "NoExecute"});
  return json::Object{{"key", "team"}, {"value", dice.Pick({"a", "b"})}, {"effect", effect}};
}

json::Value MakeNode(const std::string& name, const NodeSize& size, Dice& dice) {
  json::Object labels{{"zone", dice.Pick({"east", "west"})}, {"rank", std::to_string(dice.Between(1, 9))}};
  if (dice.OneIn(2)) labels.Append("disk", dice.Pick({"ssd", "hdd"}));
  json::Array taints;
  if (dice.OneIn(4)) taints.push_back(NodeTaint(dice));
  json::Object room{{"cpu", Millis(size.cpu_millis)},
                    {"memory", Mebibytes(size.memory_mib)},
                    {"ephemeral-storage", "100Gi"},
                    {"pods", std::to_string(size.pods)}};
  if (size.gpus > 0) room.Append(kGpu, std::to_string(size.gpus));
  json::Object spec{{"taints", std::move(taints)}};
  if (dice.OneIn(8)) spec.Append("unschedulable", true);
  return NodeObject(name, std::move(labels), std::move(spec), std::move(room));
}

json::Value Container(const std::string& name, json::Object requests, bool as_limits) {
  json::Object resources;
  // A missing request is the limit; what has no fraction must have a limit, the same as the request.
  resources.Append(as_limits ? "limits" : "requests", requests);
  for (const auto& [key, value] : requests) {
    if (!as_limits && key == kGpu) resources.Append("limits", json::Object{{kGpu, value}});
  }
  return json::Object{{"name", name}, {"image", "registry.example/app:1"}, {"resources", std::move(resources)}};
}

// What is taken of a node already: never more than it has.
json::Value MakeForeignPod(const std::string& name, const std::string& node, const NodeSize& size, Dice& dice) {
  json::Object requests{{"cpu", Millis(size.cpu_millis * dice.Between(1, 6) / 20)}};
  if (dice.OneIn(2)) requests.Append("memory", Mebibytes(size.memory_mib * dice.Between(1, 6) / 20));
  return PodOn(node, name, Container("app", requests, false));
}

json::Value Affinity(Dice& dice) {
  json::Value expression;
  switch (dice.Between(0, 3)) {
    case 0:
      expression =
          json::Object{{"key", "zone"}, {"operator", "In"}, {"values", json::Array{dice.Pick({"east", "west"})}}};
      break;
    case 1:
      expression = json::Object{{"key", "disk"}, {"operator", "NotIn"}, {"values", json::Array{"hdd"}}};
      break;
    case 2:
      expression = json::Object{{"key", "disk"}, {"operator", "Exists"}};
      break;
    default:
      expression = json::Object{{"key", "rank"}, {"operator", "Gt"}, {"values", json::Array{dice.Pick({"2", "4"})}}};
      break;
  }
  json::Array terms{json::Object{{"matchExpressions", json::Array{expression}}}};
  if (dice.OneIn(3)) {
    const json::Value other = json::Object{{"key", "zone"}, {"operator", "In"}, {"values", json::Array{"west"}}};
    terms.push_back(json::Object{{"matchExpressions", json::Array{other}}});
  }
  return json::Object{{"nodeAffinity", json::Object{{"requiredDuringSchedulingIgnoredDuringExecution",
                                                     json::Object{{"nodeSelectorTerms", terms}}}}}};
}

json::Array Tolerations(Dice& dice) {
  switch (dice.Between(0, 9)) {
    case 0:
    case 1:
      return {json::Object{{"key", "team"}, {"operator", "Exists"}}};
    case 2:
    case 3:
      return {json::Object{{"key", "team"}, {"value", dice.Pick({"a", "b"})}, {"effect", "NoSchedule"}}};
    case 4:
      return {json::Object{{"operator", "Exists"}}};  // cordoned nodes too
    default:
      return {};
  }
}

RandomRole MakeRole(const std::string& name, Dice& dice) {
  RandomRole role{.name = name, .field = dice.Pick({"job", "job", "statefulSet", "deployment"})};
  role.members = dice.Between(1, dice.OneIn(4) ? 9 : 4);
  role.needed = dice.OneIn(6) ? dice.Between(1, role.members) : role.members;
  const int64_t cpu = dice.Pick<int64_t>({100, 250, 500, 900, 1000, 1500, 2000, 3000, 4000});
  const int64_t memory = dice.OneIn(2) ? 0 : dice.Pick<int64_t>({100, 512, 1024, 2000, 4096, 6000});
  json::Object requests{{"cpu", Millis(cpu)}};
  if (memory > 0) requests.Append("memory", Mebibytes(memory));
  if (dice.OneIn(5)) requests.Append(kGpu, std::to_string(dice.Between(1, 2)));
  json::Array containers{Container("app", requests, dice.OneIn(3))};
  if (dice.OneIn(5)) containers.push_back(Container("side", json::Object{{"cpu", "150m"}}, false));
  role.size = cpu + memory;
  json::Object spec{{"terminationGracePeriodSeconds", 0}, {"containers", std::move(containers)}};
  if (dice.OneIn(5)) {
    json::Value init = Container("init", json::Object{{"cpu", Millis(dice.Pick<int64_t>({700, 2500}))}}, false);
    if (dice.OneIn(2)) init.Set("restartPolicy", "Always");  // a sidecar: beside the others, not before them
    spec.Append("initContainers", json::Array{std::move(init)});
  }
  if (dice.OneIn(4)) spec.Append("nodeSelector", json::Object{{"zone", dice.Pick({"east", "west"})}});
  if (dice.OneIn(5)) spec.Append("affinity", Affinity(dice));
  if (json::Array tolerations = Tolerations(dice); !tolerations.empty()) spec.Append("tolerations", tolerations);
  if (role.field == "job") spec.Append("restartPolicy", "Never");
  role.pod_spec = std::move(spec);
  return role;
}

json::Value Encode(const RandomRole& role) {
  json::Object spec;
  if (role.field == "job") {
    spec.Append("parallelism", role.members);
    spec.Append("completions", role.members);
  } else {
    spec.Append("replicas", role.members);
  }
  spec.Append("template", json::Object{{"spec", role.pod_spec}});
  json::Object object{{"name", role.name}};
  if (role.needed < role.members) object.Append("minAvailable", role.needed);
  object.Append(role.field, json::Object{{"spec", std::move(spec)}});
  return object;
}

}  // namespace

json::Value RandomGroup::Workload() const {
  json::Array encoded;
  for (const RandomRole& role : roles) encoded.push_back(Encode(role));
  return json::Object{{"apiVersion", "muster.dev/v1alpha1"},
                      {"kind", "Workload"},
                      {"metadata", json::Object{{"name", name}}},
                      {"spec", json::Object{{"roles", std::move(encoded)}}}};
}

Round MakeRound(uint64_t seed, int64_t groups) {
  Dice dice(seed);
  Round round{.seed = seed};
  round.nodes_last = dice.OneIn(3);
  const int64_t nodes = dice.Between(2, 9);
  for (int64_t i = 0; i < nodes; ++i) {
    const NodeSize size{.cpu_millis = dice.Pick<int64_t>({1000, 2000, 4000, 4000, 7500, 8000, 16000}),
                        .memory_mib = dice.Pick<int64_t>({2048, 4096, 8192, 16384, 30000}),
                        .gpus = dice.OneIn(3) ? dice.Pick<int64_t>({1, 2, 4, 8}) : 0,
                        .pods = dice.OneIn(4) ? dice.Between(2, 6) : 110};
    // Of this round alone: nothing that remembers an earlier node is misled.
    const std::string name = "judge-" + std::to_string(seed) + "-" + std::to_string(i);
    round.nodes.push_back(MakeNode(name, size, dice));
    const int64_t pods = dice.OneIn(2) ? dice.Between(1, 2) : 0;
    for (int64_t p = 0; p < pods; ++p) {
      round.pods.push_back(MakeForeignPod("theirs-" + std::to_string(i) + "-" + std::to_string(p), name, size, dice));
    }
  }
  for (int64_t i = 0; i < groups; ++i) {
    RandomGroup group{.name = "g" + std::to_string(i), .roles = {}};
    const int64_t roles = dice.Pick<int64_t>({1, 1, 2, 2, 3, 4});
    for (int64_t r = 0; r < roles; ++r) group.roles.push_back(MakeRole("r" + std::to_string(r), dice));
    round.groups.push_back(std::move(group));
  }
  return round;
}

std::string Describe(const Round& round) {
  std::string text = "round of seed " + std::to_string(round.seed) + ":\n";
  for (const json::Value& node : round.nodes) {
    text += json::Write(node["metadata"]["labels"]) + " " + json::Write(node["spec"]) + " " +
            json::Write(node["status"]["allocatable"]) + "\n";
  }
  for (const json::Value& pod : round.pods) text += json::Write(pod["spec"]) + "\n";
  for (const RandomGroup& group : round.groups) text += json::Write(group.Workload()) + "\n";
  return text;
}

}  // namespace muster::e2e
