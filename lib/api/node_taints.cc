#include "lib/api/node_taints.h"

namespace muster::api {
namespace {

struct Known {
  std::string_view key;  // with a "/" at the end: every key of that domain; with a "*" in front: every key that ends so
  NodeLife life;
};

// The first that matches decides.
constexpr Known kKnown[] = {
    // Kubernetes: https://kubernetes.io/docs/reference/labels-annotations-taints/
    {"node.kubernetes.io/out-of-service", NodeLife::kGoing},
    {"node.kubernetes.io/unschedulable", NodeLife::kGoing},
    {"node.kubernetes.io/not-ready", NodeLife::kComing},
    {"node.kubernetes.io/network-unavailable", NodeLife::kComing},
    {"node.kubernetes.io/", NodeLife::kInTrouble},
    {"readiness.k8s.io/", NodeLife::kComing},
    // Cluster API
    {"node.cluster.x-k8s.io/uninitialized", NodeLife::kComing},
    {"node.cluster.x-k8s.io/", NodeLife::kGoing},
    // Cluster autoscaler
    {"ToBeDeletedByClusterAutoscaler", NodeLife::kGoing},
    {"DeletionCandidateOfClusterAutoscaler", NodeLife::kGoing},
    {"startup-taint.cluster-autoscaler.kubernetes.io/", NodeLife::kComing},
    {"status-taint.cluster-autoscaler.kubernetes.io/", NodeLife::kInTrouble},
    {"ignore-taint.cluster-autoscaler.kubernetes.io/", NodeLife::kComing},
    // Karpenter
    {"karpenter.sh/unregistered", NodeLife::kComing},
    {"karpenter.sh/", NodeLife::kGoing},
    // Cloud providers
    {"aws-node-termination-handler/", NodeLife::kGoing},
    {"cloud.google.com/impending-node-termination", NodeLife::kGoing},
    // Operators that drain or repair nodes
    {"kubevirt.io/drain", NodeLife::kGoing},
    {"medik8s.io/", NodeLife::kGoing},
    {"weave.works/kured-node-reboot", NodeLife::kGoing},
    {"UpdateInProgress", NodeLife::kGoing},
    // Agents that remove their taint when they run: CNI and CSI drivers, Gardener, ...
    {"*not-ready", NodeLife::kComing},
    {"*uninitialized", NodeLife::kComing},
};

bool KeyMatches(std::string_view known, std::string_view key) {
  if (known.starts_with('*')) return key.ends_with(known.substr(1));
  return known.ends_with('/') ? key.starts_with(known) : key == known;
}

}  // namespace

NodeLife LifeOf(std::string_view taint_key) {
  // Cloud providers have their own domains: node.cloudprovider.kubernetes.io, example.cloudprovider.kubernetes.io.
  constexpr std::string_view kProvider = ".cloudprovider.kubernetes.io/";
  if (const size_t at = taint_key.find(kProvider); at != std::string_view::npos) {
    return taint_key.substr(at + kProvider.size()) == "shutdown" ? NodeLife::kGoing : NodeLife::kComing;
  }
  for (const Known& known : kKnown) {
    if (KeyMatches(known.key, taint_key)) return known.life;
  }
  return NodeLife::kInService;
}

std::string_view LifeText(NodeLife life) {
  switch (life) {
    case NodeLife::kInService:
      return "";
    case NodeLife::kComing:
      return "the node is not ready for pods yet";
    case NodeLife::kGoing:
      return "the node is being drained or removed";
    case NodeLife::kInTrouble:
      return "the node is in trouble";
  }
  return "";
}

}  // namespace muster::api
