// What a refused group is told, word by word.
#include <gtest/gtest.h>

#include "tests/unit/placement/builders.h"

namespace muster::placement {
namespace {

std::string Blockers(const Decision& decision) {
  std::string text;
  for (const api::Blocker& blocker : decision.explanation.blockers) {
    text += blocker.code + " " + std::to_string(blocker.nodes) + " " + blocker.message + "\n";
  }
  return text;
}

std::string Changes(const Decision& decision) {
  std::string text;
  for (const api::Change& change : decision.explanation.changes) text += change.code + ": " + change.text + "\n";
  return text;
}

// The cluster of the documentation: 5 nodes with room, 22 whose devices are taken, 10 tainted, 3 not ready.
Picture GpuCluster() {
  Picture picture;
  for (int i = 1; i <= 40; ++i) {
    api::Node node = MakeNode("gpu-a-" + std::to_string(i), "cpu=64,memory=256Gi,nvidia.com/gpu=4");
    if (i > 27 && i <= 37) node.taints.push_back({"dedicated", "infra", "NoSchedule"});
    if (i > 37) node.ready = false;
    picture.SetNode(node);
    if (i > 5 && i <= 27) picture.AddPod(MakePod("p" + std::to_string(i), node.meta.name, "nvidia.com/gpu=1"));
  }
  return picture;
}

// The size itself may not go below it: the API server would refuse that.
TEST(Explain, WhereFewerAreNeededThatNumberIsWhatToLower) {
  Picture picture;
  AddNodesTo(picture, "n", 5, "cpu=4");
  MemberClass workers = Members("workers", 8, "cpu=4");
  workers.needed = 6;
  const Decision decision = DecideOne(picture, MakeAsk("train-1", {workers}));
  EXPECT_FALSE(decision.admitted);
  EXPECT_NE(Changes(decision).find("ReduceMembers: workers minAvailable at 5 or fewer\n"), std::string::npos)
      << Changes(decision);
}

TEST(Explain, SaysWhatIsShortWhereAndWhatWouldDo) {
  MemberClass workers = Members("workers", 8, "cpu=8,nvidia.com/gpu=4");
  const Decision decision = DecideOne(GpuCluster(), MakeAsk("train-1", {Members("launcher", 1, "cpu=1"), workers}));
  EXPECT_FALSE(decision.admitted);
  EXPECT_EQ(decision.explanation.summary, "needs 8 x 4 nvidia.com/gpu, room for 5");
  EXPECT_EQ(decision.explanation.nodes, 40);
  EXPECT_EQ(decision.explanation.roles, (std::vector<api::RoleFit>{{"launcher", 1, 1}, {"workers", 5, 8}}));
  EXPECT_EQ(Blockers(decision),
            "InsufficientExtendedResource 22 nvidia.com/gpu: 12 more needed\n"
            "UntoleratedTaint 10 untolerated taint dedicated=infra\n"
            "NodeNotReady 3 not ready\n");
  EXPECT_EQ(Changes(decision),
            "AddNodes: 3 more nodes like gpu-a-10 (4 nvidia.com/gpu each)\n"
            "AddToleration: a toleration for dedicated=infra on workers (adds room for 10)\n"
            "FreeResources: 3 nvidia.com/gpu freed on 3 nodes (gpu-a-10, gpu-a-11, gpu-a-12)\n"
            "ReduceMembers: workers replicas at 5 or fewer\n");
}

// The large role could go to either node, the small one to the first alone. Put down largest first, and on the fullest
// node, the large one takes the place of the small one; there is room for both all the same.
TEST(Explain, DoesNotCallShortWhatOnlyItsOwnPackingLacks) {
  Picture picture;
  api::Node east = MakeNode("east", "cpu=2");
  east.meta.labels["zone"] = "east";
  picture.SetNode(east);
  picture.SetNode(MakeNode("west", "cpu=4"));
  api::PodShape small = Shape("cpu=1500m");
  small.node_selector["zone"] = "east";
  const Decision decision =
      DecideOne(picture, MakeAsk("a", {Members("large", 1, "cpu=2"), Members("small", 1, small)}));
  EXPECT_FALSE(decision.admitted);
  EXPECT_EQ(decision.explanation.blockers.front().code, "FragmentedCapacity");
  EXPECT_EQ(decision.explanation.roles, (std::vector<api::RoleFit>{{"large", 1, 1}, {"small", 1, 1}}));
}

// Neither largest first nor the role with the least choice first finds it: found by kube-scheduler (seed 948389091).
TEST(Explain, TriesSeveralPackingsBeforeItCallsSomethingShort) {
  Picture picture;
  api::Node west = MakeNode("west", "cpu=4875m,memory=2048Mi");
  west.meta.labels["zone"] = "west";
  picture.SetNode(west);
  picture.SetNode(MakeNode("east-1", "cpu=3200m,memory=16Gi"));
  picture.SetNode(MakeNode("east-2", "cpu=15,memory=3996Mi"));
  picture.SetNode(MakeNode("east-3", "cpu=6375m,memory=3892Mi"));
  api::PodShape narrow = Shape("cpu=1150m,memory=100Mi");
  narrow.node_selector["zone"] = "west";
  const Decision decision =
      DecideOne(picture, MakeAsk("a", {Members("narrow", 3, narrow), Members("wide", 4, "cpu=1150m,memory=2000Mi")}));
  EXPECT_FALSE(decision.admitted);
  EXPECT_EQ(decision.explanation.blockers.front().code, "FragmentedCapacity");
}

struct TextCase {
  const char* name;
  std::string_view nodes;  // amounts of each of two nodes
  MemberClass members;
  const char* summary;
  const char* blockers;
};

TEST(Explain, SpeaksPlainlyOfEachResource) {
  const TextCase cases[] = {
      {"cpu", "cpu=2,memory=8Gi", Members("w", 10, "cpu=1,memory=1Gi"), "needs 10 x 1 cpu, room for 4",
       "InsufficientCpu 0 cpu: 6 more needed\n"},
      {"memory", "cpu=8,memory=8Gi", Members("w", 4, "cpu=1,memory=6Gi"), "needs 4 x 6Gi memory, room for 2",
       "InsufficientMemory 0 memory: 12Gi more needed\n"},
      {"pods", "cpu=8,memory=8Gi,pods=1", Members("w", 3, "cpu=1"), "needs 3 x 1 pods, room for 2",
       "InsufficientPods 0 pods: 1 more needed\n"},
      {"too large", "cpu=32", Members("w", 2, "cpu=64"), "no node has 64 cpu: the largest has 32 (n0)",
       "InsufficientCpu 2 cpu: 128 more needed; no node has 64 cpu: the largest has 32 (n0)\n"},
      {"unknown device", "cpu=32", Members("w", 1, "nvidia.com/gpu=1"), "no node has 1 nvidia.com/gpu: none has any",
       "InsufficientExtendedResource 2 nvidia.com/gpu: 1 more needed; no node has 1 nvidia.com/gpu: none has any\n"},
  };
  for (const TextCase& test : cases) {
    Picture picture;
    AddNodesTo(picture, "n", 2, test.nodes);
    const Decision decision = DecideOne(picture, MakeAsk("a", {test.members}));
    EXPECT_EQ(decision.explanation.summary, test.summary) << test.name;
    EXPECT_EQ(Blockers(decision), test.blockers) << test.name;
    EXPECT_FALSE(decision.explanation.changes.empty()) << test.name;
  }
}

TEST(Explain, NamesNodesByWhatIsShortOnThem) {
  Picture picture;
  AddNodesTo(picture, "n", 2, "cpu=4,pods=3");
  for (int i = 0; i < 4; ++i) picture.AddPod(MakePod("p" + std::to_string(i), "n" + std::to_string(i % 2), "cpu=10m"));
  const Decision decision = DecideOne(picture, MakeAsk("a", {Members("w", 10, "cpu=100m")}));
  EXPECT_EQ(Blockers(decision), "InsufficientPods 0 pods: 8 more needed\n");
  EXPECT_TRUE(Changes(decision).starts_with("AddNodes: 3 more nodes like n0 (3 pods each)\n")) << Changes(decision);
}

TEST(Explain, DescribesTheNodeThatIsMissing) {
  Picture picture;
  AddNodesTo(picture, "n", 2, "cpu=4,memory=8Gi");
  api::PodShape shape = Shape("cpu=8,memory=2Gi");
  shape.node_selector["disk"] = "ssd";
  const Decision decision = DecideOne(picture, MakeAsk("a", {Members("w", 2, shape)}));
  EXPECT_EQ(decision.explanation.summary,
            "needs 2 x 8 cpu, but no node may take it (2 nodes: node selector disk=ssd does not match)");
  EXPECT_EQ(Changes(decision), "AddNodes: 2 more nodes, each with 8 cpu and 2Gi memory and the label disk=ssd\n");
}

TEST(Explain, NoNodesAtAll) {
  const Decision decision = DecideOne(Picture(), MakeAsk("a", {Members("w", 1, "cpu=1")}));
  EXPECT_EQ(decision.explanation.summary, "needs 1 x 1 cpu, but no node may take it (the cluster has no nodes)");
  EXPECT_EQ(Blockers(decision), "NoNodes 0 the cluster has no nodes\n");
  EXPECT_EQ(Changes(decision), "AddNodes: 1 more node with 1 cpu\n");
}

TEST(Explain, SuggestsToUncordonAndToDropASelector) {
  Picture picture;
  for (int i = 0; i < 3; ++i) {
    api::Node node = MakeNode("n" + std::to_string(i), "cpu=4");
    node.unschedulable = true;
    node.taints.push_back({std::string(api::kTaintUnschedulable), "", "NoSchedule"});
    node.meta.labels["zone"] = "a";
    picture.SetNode(node);
  }
  picture.SetNode(MakeNode("other", "cpu=8"));
  api::PodShape shape = Shape("cpu=4");
  shape.node_selector["zone"] = "a";
  const Decision decision = DecideOne(picture, MakeAsk("a", {Members("w", 2, shape)}));
  EXPECT_EQ(Blockers(decision),
            "NodeUnschedulable 3 cordoned\nNodeSelectorMismatch 1 node selector zone=a does not match\n");
  EXPECT_EQ(Changes(decision),
            "AddNodes: 2 more nodes, each with 4 cpu and the label zone=a\n"
            "Uncordon: 2 nodes uncordoned (n0, n1)\n"
            "RemoveSelector: no node selector zone=a on w (adds room for 2)\n");
}

TEST(Explain, SuggestsToDropANodeName) {
  Picture picture;
  AddNodesTo(picture, "n", 2, "cpu=4");
  api::PodShape shape = Shape("cpu=1");
  shape.node_name = "elsewhere";
  const Decision decision = DecideOne(picture, MakeAsk("a", {Members("w", 2, shape)}));
  EXPECT_EQ(Blockers(decision), "NodeSelectorMismatch 2 the template names node elsewhere\n");
  EXPECT_EQ(Changes(decision), "RemoveSelector: no node name elsewhere on w (adds room for 8)\n");
}

// A node like n0 is not n0.
TEST(Explain, DoesNotSuggestMoreNodesToOneThatNamesItsNode) {
  api::PodShape by_name = Shape("cpu=1");
  by_name.node_name = "n0";
  api::PodShape by_label = Shape("cpu=1");
  by_label.node_selector["kubernetes.io/hostname"] = "n0";
  api::PodShape by_field = Shape("cpu=1");
  by_field.has_required_affinity = true;
  by_field.required_affinity.push_back({{}, {{"metadata.name", api::SelectorOperator::kIn, {"n0"}}}});
  for (const api::PodShape& shape : {by_name, by_label, by_field}) {
    Picture picture;
    AddNodesTo(picture, "n", 1, "cpu=2");
    const std::string changes = Changes(DecideOne(picture, MakeAsk("a", {Members("w", 3, shape)})));
    EXPECT_EQ(changes.find(" like "), std::string::npos) << changes;
    EXPECT_NE(changes.find("ReduceMembers: w replicas at 2 or fewer"), std::string::npos) << changes;
  }
}

TEST(Explain, NamesEachRoleWhenSeveralAreShort) {
  Picture picture;
  AddNodesTo(picture, "n", 1, "cpu=4,memory=4Gi");
  const Decision decision =
      DecideOne(picture, MakeAsk("a", {Members("big", 2, "cpu=3"), Members("fat", 2, "memory=3Gi")}));
  EXPECT_EQ(decision.explanation.summary, "big needs 2 x 3 cpu, room for 1; fat needs 2 x 3Gi memory, room for 1");
}

std::vector<MemberClass> TwelveRoles(const char* request) {
  std::vector<MemberClass> roles;
  for (int i = 0; i < 12; ++i) roles.push_back(Members("r" + std::to_string(i), 2, request));
  return roles;
}

TEST(Explain, SumsUpWhatManyRolesLack) {
  Picture picture;
  AddNodesTo(picture, "n", 1, "cpu=2500m,memory=64Gi");
  const Decision decision = DecideOne(picture, MakeAsk("a", TwelveRoles("cpu=500m")));
  EXPECT_EQ(decision.explanation.summary, "room for 5 of 24 members: r2, r3 and 8 more roles are short of 9500m cpu");
}

TEST(Explain, NamesTheOnlyShortRoleOfMany) {
  Picture picture;
  AddNodesTo(picture, "n", 4, "cpu=8");
  std::vector<MemberClass> roles = TwelveRoles("cpu=100m");
  roles.push_back(Members("gpu", 1, "nvidia.com/gpu=1"));
  const Decision decision = DecideOne(picture, MakeAsk("a", roles));
  EXPECT_EQ(decision.explanation.summary, "gpu: no node has 1 nvidia.com/gpu: none has any");
}

TEST(Explain, NamesWhatNoNodeCanGiveAmongManyShortRoles) {
  Picture picture;
  AddNodesTo(picture, "n", 1, "cpu=1,memory=64Gi");
  std::vector<MemberClass> roles = TwelveRoles("cpu=500m");
  roles.push_back(Members("large", 1, "cpu=64"));
  api::PodShape elsewhere = Shape("cpu=1m");
  elsewhere.node_name = "elsewhere";
  roles.push_back(Members("pinned", 1, elsewhere));
  const Decision decision = DecideOne(picture, MakeAsk("a", roles));
  EXPECT_EQ(decision.explanation.summary,
            "room for 2 of 26 members: large: no node has 64 cpu: the largest has 1 (n0); r1, r2 and 10 more roles are "
            "short of 75 cpu; no node may take pinned");
}

TEST(Explain, SumsUpTheSizeOfManyRoles) {
  Picture picture;
  AddNodesTo(picture, "n", 1, "cpu=4");
  picture.AddPod(MakeMember("p", "n0", "cpu=1"));
  CycleInput input;
  input.asks = {MakeAsk("large", {Members("w", 1, "cpu=4")}, 0), MakeAsk("small", TwelveRoles("cpu=10m"), 9)};
  input.now = Instant(std::chrono::hours(1));
  EXPECT_EQ(PlanCycle(picture, input)[1].explanation.summary,
            "needs 240m cpu for 24 members of 12 roles, but waits behind ml/large");
}

TEST(Explain, AGroupBehindAnotherNamesIt) {
  Picture picture;
  AddNodesTo(picture, "n", 1, "cpu=4");
  picture.AddPod(MakeMember("p", "n0", "cpu=1"));
  CycleInput input;
  input.asks = {MakeAsk("large", {Members("w", 1, "cpu=4")}, 0), MakeAsk("small", {Members("w", 1, "cpu=1")}, 9)};
  input.now = Instant(std::chrono::hours(1));
  const Decision decision = PlanCycle(picture, input)[1];
  EXPECT_EQ(decision.explanation.summary, "needs 1 x 1 cpu, but waits behind ml/large");
  EXPECT_EQ(Changes(decision), "WaitForGroup: ml/large running, suspended or deleted\n");
}

TEST(Explain, NothingTicks) {
  Picture picture;
  AddNodesTo(picture, "n", 1, "cpu=4");
  CycleInput input;
  input.asks = {MakeAsk("a", {Members("w", 9, "cpu=1")}, 0), MakeAsk("b", {Members("w", 9, "cpu=1")}, 1)};
  input.now = Instant(std::chrono::seconds(10));
  const auto first = PlanCycle(picture, input);
  input.now += std::chrono::seconds(60);
  const auto later = PlanCycle(picture, input);
  for (size_t i = 0; i < first.size(); ++i) EXPECT_EQ(Text(first[i]), Text(later[i]));
}

}  // namespace
}  // namespace muster::placement
