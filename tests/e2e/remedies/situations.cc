#include "tests/e2e/remedies/situations.h"

namespace muster::e2e {
namespace {

json::Value WithAffinity(json::Value role, const std::string& field) {
  role.Mutable(field)
      .Mutable("spec")
      .Mutable("template")
      .Mutable("spec")
      .Set("affinity",
           json::Object{
               {"nodeAffinity",
                json::Object{{"requiredDuringSchedulingIgnoredDuringExecution",
                              json::Object{{"nodeSelectorTerms",
                                            json::Array{json::Object{
                                                {"matchExpressions",
                                                 json::Array{json::Object{{"key", "zone"},
                                                                          {"operator", "In"},
                                                                          {"values", json::Array{"moon"}}}}}}}}}}}}});
  return role;
}

json::Value WithNodeName(json::Value role, const std::string& field, const std::string& node) {
  role.Mutable(field).Mutable("spec").Mutable("template").Mutable("spec").Set("nodeName", node);
  return role;
}

json::Value WithMinAvailable(json::Value role, int64_t members) {
  role.Set("minAvailable", members);
  return role;
}

std::vector<Situation> NodesAreMissing() {
  return {
      {.name = "TooFewNodes",
       .nodes = {{.prefix = "few", .count = 2, .capacity = "cpu=2"}},
       .roles = {StatefulSetRole("w", 8)},
       .blocker = "InsufficientCpu",
       .code = "AddNodes"},
      {.name = "TooFewNodesForTwoRoles",
       .nodes = {{.prefix = "two", .capacity = "cpu=2"}},
       .roles = {StatefulSetRole("a", 3), JobRole("b", 2, {.cpu = "2"})},
       .blocker = "InsufficientCpu",
       .code = "AddNodes"},
      {.name = "TooFewDevices",
       .nodes = {{.prefix = "gpu", .capacity = "cpu=8,nvidia.com/gpu=2"}},
       .roles = {JobRole("w", 4, {.requests = {{"nvidia.com/gpu", "1"}}})},
       .blocker = "InsufficientExtendedResource",
       .code = "AddNodes"},
      {.name = "TooLittleMemory",
       .nodes = {{.prefix = "mem", .capacity = "cpu=8,memory=2Gi"}},
       .roles = {DeploymentRole("w", 3, {.requests = {{"memory", "1Gi"}}})},
       .blocker = "InsufficientMemory",
       .code = "AddNodes"},
      {.name = "TooLittleDisk",
       .nodes = {{.prefix = "disk", .capacity = "cpu=8,ephemeral-storage=10Gi"}},
       .roles = {DeploymentRole("w", 3, {.requests = {{"ephemeral-storage", "6Gi"}}})},
       .blocker = "InsufficientEphemeralStorage",
       .code = "AddNodes"},
      {.name = "TooFewPodsAllowed",
       .nodes = {{.prefix = "pods", .capacity = "cpu=8,pods=2"}},
       .roles = {ReplicaSetRole("w", 4)},
       .blocker = "InsufficientPods",
       .code = "AddNodes"},
      {.name = "NodesTooSmall",
       .nodes = {{.prefix = "small", .count = 3, .capacity = "cpu=2"}},
       .roles = {JobRole("w", 2, {.cpu = "6"})},
       .blocker = "InsufficientCpu",
       .code = "AddNodes"},
      {.name = "NoNodes", .nodes = {}, .roles = {JobRole("w", 2)}, .blocker = "NoNodes", .code = "AddNodes"},
      {.name = "LabelledNodesMissing",
       .nodes = {{.prefix = "plain", .count = 2}},
       .roles = {JobRole("w", 2, {.node_selector = {{"disk", "ssd"}}})},
       .blocker = "NodeSelectorMismatch",
       .code = "AddNodes"},
      // The small member could be put where the large one must go.
      {.name = "FitsOnlyIfPacked",
       .nodes = {{.prefix = "east", .capacity = "cpu=2", .labels = {"zone=east"}},
                 {.prefix = "west", .capacity = "cpu=4"}},
       .roles = {JobRole("large", 1, {.cpu = "2"}),
                 JobRole("small", 1, {.cpu = "1500m", .node_selector = {{"zone", "east"}}})},
       .blocker = "FragmentedCapacity",
       .code = "AddNodes"},
      // Neither a proof for every order is found, nor an order that leaves a member without a node.
      {.name = "FitNotProven",
       .nodes = {{.prefix = "unproven", .count = 3, .capacity = "cpu=6,memory=13Gi"}},
       .roles = {JobRole("wide", 4, {.cpu = "2500m", .requests = {{"memory", "4Gi"}}}),
                 JobRole("high", 3, {.requests = {{"memory", "5Gi"}}})},
       .blocker = "FitNotProven",
       .code = "AddNodes"},
      {.name = "Fragments",
       .nodes = {{.prefix = "frag", .count = 3, .capacity = "cpu=3"}},
       .roles = {JobRole("w", 4, {.cpu = "2"})},
       .blocker = "InsufficientCpu",
       .code = "AddNodes"},
  };
}

// A DaemonSet's pod comes to each new node.
std::vector<Situation> NodesHaveAgents() {
  return {
      {.name = "TooFewNodesWithAgents",
       .nodes = {{.prefix = "agents", .count = 2, .capacity = "cpu=4"}},
       .agent_cpu = "1",
       .roles = {StatefulSetRole("w", 10)},
       .blocker = "InsufficientCpu",
       .code = "AddNodes"},
      {.name = "NodesTooSmallBesideAgents",
       .nodes = {{.prefix = "beside", .count = 2, .capacity = "cpu=2"}},
       .agent_cpu = "1",
       .roles = {JobRole("w", 1, {.cpu = "2"})},
       .blocker = "InsufficientCpu",
       .code = "AddNodes"},
  };
}

std::vector<Situation> NodesAreKeptFromIt() {
  return {
      {.name = "Taint",
       .nodes = {{.prefix = "taint", .count = 2, .taints = {"dedicated=infra:NoSchedule"}}},
       .roles = {JobRole("w", 4)},
       .blocker = "UntoleratedTaint",
       .code = "AddToleration"},
      {.name = "TaintWithoutValue",
       .nodes = {{.prefix = "bare", .taints = {"lonely:NoExecute"}}},
       .roles = {DeploymentRole("w", 2)},
       .blocker = "UntoleratedTaint",
       .code = "AddToleration"},
      {.name = "CordonedNode",
       .nodes = {{.prefix = "cordon", .count = 2}},
       .cordoned = {"cordon-1"},
       .roles = {StatefulSetRole("w", 6)},
       .blocker = "NodeUnschedulable",
       .code = "Uncordon"},
      {.name = "CordonedNodes",
       .nodes = {{.prefix = "both", .count = 2}},
       .cordoned = {"both-0", "both-1"},
       .roles = {StatefulSetRole("w", 6)},
       .blocker = "NodeUnschedulable",
       .code = "Uncordon"},
      {.name = "NodeSelector",
       .nodes = {{.prefix = "select", .count = 2}},
       .roles = {JobRole("w", 2, {.node_selector = {{"disk", "ssd"}}})},
       .blocker = "NodeSelectorMismatch",
       .code = "RemoveSelector"},
      {.name = "NodeAffinity",
       .nodes = {{.prefix = "affine", .count = 2}},
       .roles = {WithAffinity(DeploymentRole("w", 2), "deployment")},
       .blocker = "NodeAffinityMismatch",
       .code = "RemoveSelector"},
  };
}

std::vector<Situation> NodesAreNamed() {
  return {
      {.name = "NodeNameOfNoNode",
       .nodes = {{.prefix = "named"}},
       .roles = {WithNodeName(JobRole("w", 2), "job", "elsewhere")},
       .blocker = "NodeSelectorMismatch",
       .code = "RemoveSelector"},
      // Such a pod goes past kube-scheduler, which is what the taint is for.
      {.name = "NodeNamePastATaint",
       .nodes = {{.prefix = "past", .capacity = "cpu=2", .taints = {"dedicated=infra:NoSchedule"}}},
       .roles = {WithNodeName(DeploymentRole("w", 3), "deployment", "past-0")},
       .blocker = "InsufficientCpu",
       .code = "ReduceMembers"},
  };
}

std::vector<Situation> RoomIsTakenOrTooMuchIsAskedFor() {
  return {
      {.name = "CpuHeldByOthers",
       .nodes = {{.prefix = "held", .capacity = "cpu=4"}},
       .foreign_pods = 3,
       .roles = {JobRole("w", 3)},
       .blocker = "InsufficientCpu",
       .code = "FreeResources"},
      {.name = "CpuHeldByOthersOnSeveralNodes",
       .nodes = {{.prefix = "more", .count = 2, .capacity = "cpu=2"}},
       .foreign_pods = 2,
       .roles = {JobRole("w", 2, {.cpu = "2"})},
       .blocker = "InsufficientCpu",
       .code = "FreeResources"},
      {.name = "TooManyReplicas",
       .nodes = {{.prefix = "replicas", .capacity = "cpu=3"}},
       .roles = {DeploymentRole("w", 7)},
       .blocker = "InsufficientCpu",
       .code = "ReduceMembers"},
      {.name = "TooMuchParallelism",
       .nodes = {{.prefix = "parallel", .capacity = "cpu=3"}},
       .roles = {JobRole("w", 7)},
       .blocker = "InsufficientCpu",
       .code = "ReduceMembers"},
      {.name = "TooManyNeeded",
       .nodes = {{.prefix = "needed", .capacity = "cpu=3"}},
       .roles = {WithMinAvailable(StatefulSetRole("w", 8), 5)},
       .blocker = "InsufficientCpu",
       .code = "ReduceMembers"},
      {.name = "TooManyOfOneRole",
       .nodes = {{.prefix = "one", .count = 2, .capacity = "cpu=2"}},
       .roles = {JobRole("boss", 1), StatefulSetRole("w", 5)},
       .blocker = "InsufficientCpu",
       .code = "ReduceMembers"},
  };
}

}  // namespace

std::vector<Situation> Situations() {
  std::vector<Situation> all;
  for (const auto& some : {NodesAreMissing(), NodesHaveAgents(), NodesAreKeptFromIt(), NodesAreNamed(),
                           RoomIsTakenOrTooMuchIsAskedFor()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

}  // namespace muster::e2e
