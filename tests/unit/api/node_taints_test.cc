#include "lib/api/node_taints.h"

#include <gtest/gtest.h>

namespace muster::api {
namespace {

TEST(NodeTaints, SayWhereTheNodeIsInItsLife) {
  const struct {
    const char* key;
    NodeLife life;
  } cases[] = {
      {"dedicated", NodeLife::kInService},
      {"nvidia.com/gpu", NodeLife::kInService},
      {"node-role.kubernetes.io/control-plane", NodeLife::kInService},
      {"eks.amazonaws.com/compute-type", NodeLife::kInService},
      {"cloud.google.com/gke-spot", NodeLife::kInService},
      {"node.kubernetes.io/not-ready", NodeLife::kComing},
      {"node.kubernetes.io/unreachable", NodeLife::kInTrouble},
      {"node.kubernetes.io/memory-pressure", NodeLife::kInTrouble},
      {"node.kubernetes.io/out-of-service", NodeLife::kGoing},
      {"node.cloudprovider.kubernetes.io/uninitialized", NodeLife::kComing},
      {"node.cloudprovider.kubernetes.io/shutdown", NodeLife::kGoing},
      {"mine.cloudprovider.kubernetes.io/uninitialized", NodeLife::kComing},
      {"karpenter.sh/disrupted", NodeLife::kGoing},
      {"karpenter.sh/disruption", NodeLife::kGoing},
      {"karpenter.sh/unregistered", NodeLife::kComing},
      {"ToBeDeletedByClusterAutoscaler", NodeLife::kGoing},
      {"DeletionCandidateOfClusterAutoscaler", NodeLife::kGoing},
      {"startup-taint.cluster-autoscaler.kubernetes.io/gpu", NodeLife::kComing},
      {"aws-node-termination-handler/spot-itn", NodeLife::kGoing},
      {"cloud.google.com/impending-node-termination", NodeLife::kGoing},
      {"node.cluster.x-k8s.io/uninitialized", NodeLife::kComing},
      {"ebs.csi.aws.com/agent-not-ready", NodeLife::kComing},
      {"node.gardener.cloud/critical-components-not-ready", NodeLife::kComing},
      {"readiness.k8s.io/NetworkReady", NodeLife::kComing},
      {"medik8s.io/drain", NodeLife::kGoing},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(LifeOf(test.key), test.life) << test.key;
    EXPECT_EQ(LifeText(test.life).empty(), test.life == NodeLife::kInService);
  }
}

}  // namespace
}  // namespace muster::api
