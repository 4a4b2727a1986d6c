// What a refused group is advised to do can be done, and helps.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/placement/builders.h"

namespace muster::placement {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> ChangesOf(const Decision& decision) {
  std::vector<std::string> texts;
  for (const api::Change& change : decision.explanation.changes) texts.push_back(change.code + ": " + change.text);
  return texts;
}

std::string AllChanges(const Decision& decision) {
  std::string text;
  for (const std::string& change : ChangesOf(decision)) text += change + "\n";
  return text;
}

std::vector<std::string> MessagesOf(const Decision& decision) {
  std::vector<std::string> texts;
  for (const api::Blocker& blocker : decision.explanation.blockers) texts.push_back(blocker.message);
  return texts;
}

api::Pod Agent(const std::string& node, std::string_view amounts) {
  api::Pod agent = MakePod("agent-" + node, node, amounts);
  agent.comes_with_node = true;
  return agent;
}

// Two nodes, each with a pod of a DaemonSet.
Picture WithAgents(std::string_view node, std::string_view agent) {
  Picture picture;
  AddNodesTo(picture, "n", 2, node);
  for (const char* name : {"n0", "n1"}) picture.AddPod(Agent(name, agent));
  return picture;
}

TEST(AdviceOnNodes, CountsThePodsOfDaemonSetsThatCome) {
  const Decision decision = DecideOne(WithAgents("cpu=16", "cpu=1"), MakeAsk("a", {Members("w", 30, "cpu=2")}));
  EXPECT_THAT(AllChanges(decision), HasSubstr("AddNodes: 3 more nodes like n0 (16 cpu each, 1 of it for pods of "
                                              "DaemonSets)\n"));
  EXPECT_THAT(MessagesOf(decision), ElementsAre("cpu: 32 more needed"));
}

TEST(AdviceOnNodes, OffersNoNodeThatADaemonSetMakesTooSmall) {
  const Decision decision = DecideOne(WithAgents("cpu=16", "cpu=1"), MakeAsk("a", {Members("w", 2, "cpu=16")}));
  EXPECT_EQ(decision.explanation.summary,
            "no node has 16 cpu: the largest has 15 (n0, besides 1 for pods of DaemonSets)");
  EXPECT_THAT(ChangesOf(decision),
              ElementsAre("AddNodes: 2 more nodes, each with 17 cpu (1 of it for pods of DaemonSets)"));
}

TEST(AdviceOnNodes, FreesNothingThatADaemonSetWouldTakeAgain) {
  Picture picture = WithAgents("cpu=4", "cpu=1");
  picture.AddPod(MakePod("p", "n0", "cpu=3"));
  picture.AddPod(MakePod("q", "n1", "cpu=1"));
  EXPECT_THAT(AllChanges(DecideOne(picture, MakeAsk("a", {Members("w", 2, "cpu=3")}))),
              HasSubstr("FreeResources: 4 cpu freed on 2 nodes (n1, n0)"));
  EXPECT_THAT(AllChanges(DecideOne(picture, MakeAsk("a", {Members("w", 1, "cpu=4")}))), Not(HasSubstr("freed")));
}

// The room of an agent that is not bound yet is its own: it comes before whatever else could use its node.
TEST(AdviceOnNodes, ANewNodeIsNotGivenToAGroupBeforeItsDaemonSetPodIsBound) {
  Picture picture;
  AddNodesTo(picture, "n", 1, "cpu=16");
  api::Pod agent = Agent("n0", "cpu=1");
  agent.phase = api::PodPhase::kPending;
  agent.awaits_node = true;
  picture.AddPod(agent);
  EXPECT_FALSE(DecideOne(picture, MakeAsk("a", {Members("w", 1, "cpu=16")})).admitted);
  EXPECT_TRUE(DecideOne(picture, MakeAsk("a", {Members("w", 1, "cpu=15")})).admitted);
  api::Pod bound = agent;
  bound.awaits_node = false;
  picture.ReplacePod(&agent, &bound);
  EXPECT_FALSE(DecideOne(picture, MakeAsk("a", {Members("w", 1, "cpu=16")})).admitted);
  picture.RemovePod(bound);
  EXPECT_TRUE(DecideOne(picture, MakeAsk("a", {Members("w", 1, "cpu=16")})).admitted);
}

struct TaintCase {
  const char* key;
  const char* message;  // of the blocker; "" when a toleration may be advised
};

TEST(AdviceOnTaints, NobodyIsToTolerateWhatANodeSaysOfItself) {
  const std::string going = ": the node is being drained or removed";
  const std::string coming = ": the node is not ready for pods yet";
  const TaintCase cases[] = {
      {"dedicated", ""},
      {"karpenter.sh/capacity", "going"},
      {"karpenter.sh/disrupted", "going"},
      {"ToBeDeletedByClusterAutoscaler", "going"},
      {"node.cloudprovider.kubernetes.io/uninitialized", "coming"},
      {"node.cloudprovider.kubernetes.io/shutdown", "going"},
      {"example.cloudprovider.kubernetes.io/uninitialized", "coming"},
      {"karpenter.sh/unregistered", "coming"},
      {"node.cilium.io/agent-not-ready", "coming"},
      {"node.kubernetes.io/disk-pressure", "trouble"},
  };
  for (const TaintCase& test : cases) {
    SCOPED_TRACE(test.key);
    Picture picture;
    AddNodesTo(picture, "n", 1, "cpu=4");
    api::Node node = MakeNode("old", "cpu=4");
    node.taints.push_back({test.key, "x", "NoSchedule"});
    picture.SetNode(node);
    const Decision decision = DecideOne(picture, MakeAsk("a", {Members("w", 2, "cpu=4")}));
    const std::string taint = std::string(test.key) + "=x";
    const std::string message(test.message);
    EXPECT_EQ(MessagesOf(decision).back(), message.empty()       ? "untolerated taint " + taint
                                           : message == "going"  ? "taint " + taint + going
                                           : message == "coming" ? "taint " + taint + coming
                                                                 : "taint " + taint + ": the node is in trouble");
    EXPECT_EQ(AllChanges(decision).find("a toleration for") != std::string::npos, message.empty());
  }
}

// Its other taint could be tolerated; the room would be gone with the node.
TEST(AdviceOnTaints, ANodeThatGoesGivesNoRoomForAnotherToleration) {
  Picture picture;
  AddNodesTo(picture, "n", 1, "cpu=4");
  api::Node node = MakeNode("old", "cpu=4");
  node.taints = {{"dedicated", "", "NoSchedule"}, {"karpenter.sh/disrupted", "", "NoSchedule"}};
  picture.SetNode(node);
  api::PodShape shape = Shape("cpu=4");
  shape.tolerations.push_back({"karpenter.sh/disrupted", "Exists", "", ""});
  EXPECT_THAT(AllChanges(DecideOne(picture, MakeAsk("a", {Members("w", 2, shape)}))), Not(HasSubstr("toleration")));
}

// https://github.com/kubeflow/trainer/issues/349: one GPU is short; memory runs out on one of the nodes, and would do.
TEST(AdviceOnResources, NamesOnlyWhatKeepsTheGroupWaiting) {
  Picture picture;
  picture.SetNode(MakeNode("a", "cpu=28,memory=62Gi,nvidia.com/gpu=4"));
  picture.SetNode(MakeNode("b", "cpu=28,memory=31Gi,nvidia.com/gpu=4"));
  const std::vector<MemberClass> roles = {Members("worker", 9, "cpu=2,memory=6Gi,nvidia.com/gpu=1"),
                                          Members("ps", 1, "cpu=1,memory=2Gi")};
  const Decision decision = DecideOne(picture, MakeAsk("a", roles));
  EXPECT_THAT(MessagesOf(decision), ElementsAre("nvidia.com/gpu: 1 more needed"));
  picture.SetNode(MakeNode("a", "cpu=28,memory=62Gi,nvidia.com/gpu=5"));
  EXPECT_TRUE(DecideOne(picture, MakeAsk("a", roles)).admitted);
}

struct ShortCase {
  const char* name;
  std::vector<std::string_view> nodes;
  int64_t members;
  std::vector<std::string> messages;
};

TEST(AdviceOnResources, SaysHowMuchOfEachIsShortByItself) {
  const ShortCase cases[] = {
      {"both, by different amounts", {"cpu=2,memory=3Gi"}, 5, {"cpu: 3 more needed", "memory: 2Gi more needed"}},
      {"either would do",
       {"cpu=8,memory=1Gi", "cpu=1,memory=8Gi"},
       3,
       {"cpu: 1 more needed", "memory: 1Gi more needed"}},
      {"either would do, and a node has no memory at all",
       {"cpu=1,memory=8Gi", "cpu=8,memory=0"},
       2,
       {"memory: 1Gi more needed", "cpu: 1 more needed"}},
      {"one alone, and a node that lacks another",
       {"cpu=0,memory=8Gi", "cpu=1,memory=0"},
       3,
       {"cpu: 2 more needed", "too little memory"}},
  };
  for (const ShortCase& test : cases) {
    Picture picture;
    for (size_t i = 0; i < test.nodes.size(); ++i) picture.SetNode(MakeNode("n" + std::to_string(i), test.nodes[i]));
    const Decision decision = DecideOne(picture, MakeAsk("a", {Members("w", test.members, "cpu=1,memory=1Gi")}));
    EXPECT_EQ(MessagesOf(decision), test.messages) << test.name;
  }
}

// ---- Preemption

struct PreemptCase {
  const char* name;
  int32_t priority;              // of the pods that run
  std::optional<int64_t> below;  // what the group's pods preempt
  std::string_view asks;
  bool advised;
};

TEST(AdviceOnPreemption, IsGivenWhereItWouldMakeRoomForAllMembers) {
  const PreemptCase cases[] = {
      {"lower", 0, 100, "cpu=3", true},
      {"equal", 100, 100, "cpu=3", false},
      {"the group's pods do not preempt", 0, std::nullopt, "cpu=3", false},
      {"too large even then", 0, 100, "cpu=5", false},
  };
  for (const PreemptCase& test : cases) {
    Picture picture;
    AddNodesTo(picture, "n", 2, "cpu=4");
    for (const char* node : {"n0", "n1"}) {
      api::Pod pod = MakePod(std::string("p-") + node, node, "cpu=3");
      pod.priority = test.priority;
      picture.AddPod(pod);
    }
    Ask ask = MakeAsk("urgent", {Members("w", 2, test.asks)});
    ask.preempts_below = test.below;
    const Decision decision = DecideOne(picture, ask);
    EXPECT_FALSE(decision.admitted) << test.name;
    const std::string said = AllChanges(decision);
    EXPECT_EQ(
        said.find("AdmitAlways: gang.admission: Always, with which kube-scheduler preempts pods of lower priority "
                  "(they hold 6 cpu on the nodes that w may use)\n") != std::string::npos,
        test.advised)
        << test.name << "\n"
        << said;
  }
}

// ---- A template that names its node

TEST(AdviceOnNodeName, APodThatNamesItsNodeGoesPastNoScheduleAndCordon) {
  Picture picture;
  api::Node node = MakeNode("n0", "cpu=4");
  node.taints = {{"dedicated", "infra", "NoSchedule"}};
  node.unschedulable = true;
  picture.SetNode(node);
  api::PodShape shape = Shape("cpu=1");
  EXPECT_FALSE(DecideOne(picture, MakeAsk("a", {Members("w", 1, shape)})).admitted);
  shape.node_name = "n0";
  EXPECT_TRUE(DecideOne(picture, MakeAsk("a", {Members("w", 4, shape)})).admitted);
  EXPECT_FALSE(DecideOne(picture, MakeAsk("a", {Members("w", 5, shape)})).admitted);
  node.taints.push_back({"broken", "", "NoExecute"});
  picture.SetNode(node);
  const Decision decision = DecideOne(picture, MakeAsk("a", {Members("w", 1, shape)}));
  EXPECT_FALSE(decision.admitted);
  EXPECT_THAT(MessagesOf(decision), ElementsAre("untolerated taint broken"));
}

}  // namespace
}  // namespace muster::placement
