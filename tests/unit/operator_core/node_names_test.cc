// Status without names of nodes: what kube-scheduler, kubelets and controllers say is quoted without them.
#include "operator/core/node_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/operator_core/scene.h"

namespace muster::core {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::optional<std::string> PoolOf(const std::string& name) {
  if (name == "gpu-1.example.com" || name == "n1") return "a node of pool gpu";
  if (name == "10.0.0.7") return "a node without a pool";
  return std::nullopt;
}

TEST(WithoutNodeNames, ReplacesWholeWords) {
  const std::pair<const char*, const char*> cases[] = {
      {"", ""},
      {"0/3 nodes are available: 3 Insufficient cpu.", "0/3 nodes are available: 3 Insufficient cpu."},
      {"node \"n1\" not found", "node \"a node of pool gpu\" not found"},
      {"node \"gone-7\" not found", "node \"a node\" not found"},
      {"node 'gone-7' is down", "node 'a node' is down"},
      {"preempted on n1, gpu-1.example.com and 10.0.0.7.",
       "preempted on a node of pool gpu, a node of pool gpu and a node without a pool."},
      {"pod w-n1-0 of n10", "pod w-n1-0 of n10"},
      {"ml/n1: n1-", "ml/a node of pool gpu: a node of pool gpu-"},
      {"n1", "a node of pool gpu"},
      {"... -- .", "... -- ."},
  };
  for (const auto& [text, wanted] : cases) EXPECT_EQ(WithoutNodeNames(text, PoolOf), wanted);
}

TEST(HideNodeNames, TakesThemOutOfWhatPodsAndControllersSay) {
  Scene scene = RunningScene(sim::MakeWorkload("mix").Job("j", 2).StatefulSet("s", 2).Build());
  ObservedGroup observed = scene.observed();
  auto pod = std::make_shared<api::Pod>(*observed.pods.front());
  pod->problem = "Unschedulable: node \"n1\" is full";
  pod->node_name = "n1";
  const auto untouched = observed.pods.back();
  observed.pods.front() = pod;
  observed.pods_refused["j"] = {"rejected by the agent of n1", {}};
  auto child = std::make_shared<api::Child>(*observed.children.front());
  child->result_message = "lost with n1";
  observed.children.front() = child;
  HideNodeNames(observed, PoolOf);
  EXPECT_EQ(observed.pods.front()->problem, "Unschedulable: node \"a node of pool gpu\" is full");
  EXPECT_EQ(observed.pods.front()->node_name, "n1") << "what is decided does not change";
  EXPECT_EQ(observed.pods.back(), untouched);
  EXPECT_EQ(observed.pods_refused.at("j").message, "rejected by the agent of a node of pool gpu");
  EXPECT_EQ(observed.children.front()->result_message, "lost with a node of pool gpu");
  EXPECT_FALSE(observed.names_nodes);
}

}  // namespace
}  // namespace muster::core
