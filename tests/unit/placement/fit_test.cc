// What is let in, and what is not though a packing exists: the cases that the proof in fit.h is about.
#include <gtest/gtest.h>

#include "tests/unit/placement/builders.h"

namespace muster::placement {
namespace {

Picture Cluster(int nodes, std::string_view amounts) {
  Picture picture;
  AddNodesTo(picture, "n", nodes, amounts);
  return picture;
}

std::string FirstBlocker(const Decision& decision) {
  return decision.explanation.blockers.empty() ? "" : decision.explanation.blockers.front().code;
}

TEST(Fit, OfOneShapeIsExact) {
  const Picture picture = Cluster(5, "cpu=2,memory=8Gi");
  EXPECT_TRUE(DecideOne(picture, MakeAsk("a", {Members("w", 10, "cpu=1")})).admitted);
  EXPECT_FALSE(DecideOne(picture, MakeAsk("a", {Members("w", 11, "cpu=1")})).admitted);
  EXPECT_FALSE(DecideOne(picture, MakeAsk("a", {Members("w", 6, "cpu=1500m")})).admitted) << "a node holds one";
  EXPECT_TRUE(DecideOne(picture, MakeAsk("a", {Members("w", 5, "cpu=2")})).admitted);
}

TEST(Fit, CountsPodsAsAResource) {
  const Picture picture = Cluster(2, "cpu=8,pods=3");
  EXPECT_TRUE(DecideOne(picture, MakeAsk("a", {Members("w", 6, "cpu=100m")})).admitted);
  const Decision refused = DecideOne(picture, MakeAsk("a", {Members("w", 7, "cpu=100m")}));
  EXPECT_EQ(FirstBlocker(refused), "InsufficientPods");
}

TEST(Fit, AResourceThatIsNotAskedForMayBeOvercommitted) {
  Picture picture = Cluster(1, "cpu=1,memory=4Gi");
  picture.AddPod(MakePod("p", "n0", "cpu=3"));
  EXPECT_TRUE(DecideOne(picture, MakeAsk("a", {Members("w", 2, "memory=1Gi")})).admitted);
  EXPECT_TRUE(DecideOne(picture, MakeAsk("a", {Members("w", 2, Shape(""))})).admitted);
  EXPECT_FALSE(DecideOne(picture, MakeAsk("a", {Members("w", 1, "cpu=1m")})).admitted);
}

// The small ones could land one on each node and leave none for the large ones.
TEST(Fit, RefusesWhatOnlyAnExactPackingWouldSave) {
  const Picture picture = Cluster(10, "cpu=4");
  const Ask ask = MakeAsk("a", {Members("small", 8, "cpu=100m"), Members("large", 4, "cpu=4")});
  const Decision decision = DecideOne(picture, ask);
  EXPECT_FALSE(decision.admitted);
  EXPECT_EQ(FirstBlocker(decision), "FragmentedCapacity");
}

TEST(Fit, LetsInALauncherBesideWorkersThatFillTheirDevice) {
  const Picture picture = Cluster(8, "cpu=32,memory=128Gi,nvidia.com/gpu=4");
  const Ask ask = MakeAsk(
      "a", {Members("launcher", 1, "cpu=1,memory=2Gi"), Members("workers", 8, "cpu=16,memory=64Gi,nvidia.com/gpu=4")});
  const Decision decision = DecideOne(picture, ask);
  EXPECT_TRUE(decision.admitted);
}

// The worked example of docs/admission.md.
TEST(Fit, ProvesWhatLeavesEnoughSlotsHoweverTheSmallOnesAreSpread) {
  const Picture picture = Cluster(3, "cpu=4");
  EXPECT_TRUE(
      DecideOne(picture, MakeAsk("a", {Members("large", 3, "cpu=2"), Members("small", 6, "cpu=500m")})).admitted);
  const Decision refused =
      DecideOne(picture, MakeAsk("a", {Members("large", 4, "cpu=2"), Members("small", 3, "cpu=500m")}));
  EXPECT_FALSE(refused.admitted);
  EXPECT_EQ(FirstBlocker(refused), "FragmentedCapacity");
}

// No node can hold two of either kind, so each takes one of both.
TEST(Fit, AdmitsTwoKindsThatFillTheNodesInEveryOrder) {
  const Picture picture = Cluster(2, "cpu=8,memory=32Gi");
  const Ask ask = MakeAsk("a", {Members("trainer", 2, "cpu=5,memory=4Gi"), Members("cache", 2, "cpu=3,memory=20Gi")});
  EXPECT_TRUE(DecideOne(picture, ask).admitted);
}

TEST(Fit, AdmitsManyShapesOnOneNodeUpToTheirSum) {
  std::vector<MemberClass> classes;
  for (int i = 1; i <= 12; ++i) {
    classes.push_back(Members("r" + std::to_string(i), 1, "cpu=" + std::to_string(10 * i) + "m,memory=100Mi"));
  }
  EXPECT_TRUE(DecideOne(Cluster(1, "cpu=780m,memory=1200Mi"), MakeAsk("a", classes)).admitted);
  EXPECT_FALSE(DecideOne(Cluster(1, "cpu=779m,memory=1200Mi"), MakeAsk("a", classes)).admitted);
  EXPECT_FALSE(DecideOne(Cluster(1, "cpu=780m,memory=1199Mi"), MakeAsk("a", classes)).admitted);
}

// Pods of another owner end while ours are placed: then the large one fits where it does not now.
TEST(Fit, CountsWhatWouldFitOnceOtherPodsHaveEnded) {
  Picture picture;
  api::Node a = MakeNode("a", "cpu=8");
  a.meta.labels["pool"] = "a";
  picture.SetNode(a);
  picture.AddPod(MakePod("theirs", "a", "cpu=6"));
  picture.SetNode(MakeNode("b", "cpu=4"));
  api::PodShape small = Shape("cpu=1");
  small.node_selector["pool"] = "a";
  EXPECT_TRUE(DecideOne(picture, MakeAsk("g", {Members("small", 2, small)})).admitted);
  EXPECT_FALSE(DecideOne(picture, MakeAsk("g", {Members("small", 2, small), Members("large", 1, "cpu=4")})).admitted);
}

TEST(Fit, SaysNotProvenWhenNoOrderWasFoundThatBreaksIt) {
  const Picture picture = Cluster(3, "cpu=6,memory=13Gi");
  const Decision decision = DecideOne(
      picture, MakeAsk("a", {Members("wide", 4, "cpu=2500m,memory=4Gi"), Members("high", 3, "cpu=1,memory=5Gi")}));
  EXPECT_FALSE(decision.admitted);
  EXPECT_EQ(FirstBlocker(decision), "FitNotProven");
  EXPECT_EQ(decision.explanation.summary,
            "needs 4 x 2500m cpu and 3 x 5Gi memory, and it is not proven that every order of placement fits");
}

TEST(Fit, SmallOnesThatFitIntoTheSlackDoNoHarm) {
  const Picture picture = Cluster(3, "cpu=4500m");
  const auto ask = [](int small) {
    return MakeAsk("a", {Members("small", small, "cpu=100m"), Members("large", 3, "cpu=4")});
  };
  EXPECT_TRUE(DecideOne(picture, ask(5)).admitted) << "all five together leave 4 cpu anywhere";
  EXPECT_FALSE(DecideOne(picture, ask(6)).admitted) << "six on one node do not";
}

TEST(Fit, KeepsRoomForWhatIsInFlight) {
  const Picture picture = Cluster(4, "cpu=4");
  const InFlight flight{{"ml", "first"}, {Members("w", 10, "cpu=1")}};
  EXPECT_TRUE(DecideOne(picture, MakeAsk("a", {Members("w", 6, "cpu=1")}), {flight}).admitted);
  EXPECT_FALSE(DecideOne(picture, MakeAsk("a", {Members("w", 7, "cpu=1")}), {flight}).admitted);
}

TEST(Fit, SaysWhenTheRoomIsPromisedAndOnlyTheOrderIsOpen) {
  const Picture picture = Cluster(4, "cpu=4");
  const InFlight flight{{"ml", "first"}, {Members("w", 4, "cpu=1")}};
  const Decision decision = DecideOne(picture, MakeAsk("a", {Members("w", 3, "cpu=4")}), {flight});
  EXPECT_FALSE(decision.admitted) << "the four could go to four nodes";
  EXPECT_EQ(FirstBlocker(decision), "ReservedByAdmitted");
}

// The group in flight uses other nodes, so it is not what this one waits for.
TEST(Fit, DoesNotNameGroupsInFlightThatTakeNoRoomFromIt) {
  Picture picture = Cluster(10, "cpu=4");
  api::Node other = MakeNode("m0", "cpu=4");
  other.taints.push_back({"dedicated", "infra", "NoSchedule"});
  picture.SetNode(other);
  api::PodShape on_other = Shape("cpu=1");
  on_other.node_name = "m0";
  on_other.tolerations.push_back({"dedicated", "Exists", "", ""});
  const InFlight flight{{"ml", "first"}, {Members("w", 2, on_other)}};
  const Ask ask = MakeAsk("a", {Members("small", 8, "cpu=100m"), Members("large", 4, "cpu=4")});
  EXPECT_EQ(FirstBlocker(DecideOne(picture, ask, {flight})), "FragmentedCapacity");
}

TEST(Fit, OtherNodesAreNoConcern) {
  Picture picture = Cluster(1, "cpu=4");
  api::Node other = MakeNode("m0", "cpu=4");
  other.meta.labels["pool"] = "b";
  picture.SetNode(other);
  api::PodShape in_b = Shape("cpu=4");
  in_b.node_selector["pool"] = "b";
  const InFlight stuck{{"ml", "first"}, {Members("w", 5, in_b)}};
  api::PodShape by_name = Shape("cpu=4");
  by_name.node_name = "n0";
  EXPECT_TRUE(DecideOne(picture, MakeAsk("a", {Members("w", 1, by_name)}), {stuck}).admitted);
  EXPECT_FALSE(DecideOne(picture, MakeAsk("a", {Members("w", 1, "cpu=4")}), {stuck}).admitted);
}

TEST(Fit, MembersBeyondTheGangMayFail) {
  const Picture picture = Cluster(2, "cpu=4");
  MemberClass elastic = Members("w", 12, "cpu=1");
  elastic.needed = 8;
  EXPECT_TRUE(DecideOne(picture, MakeAsk("a", {elastic})).admitted);
  elastic.needed = 9;
  EXPECT_FALSE(DecideOne(picture, MakeAsk("a", {elastic})).admitted);
  elastic.needed = 4;
  EXPECT_FALSE(DecideOne(picture, MakeAsk("a", {elastic, Members("other", 4, "cpu=1,memory=0")})).admitted)
      << "the extra ones could take the place of a needed one";
}

TEST(Fit, NodesThatAreNotReadyOrRefuseThePodDoNotCount) {
  Picture picture = Cluster(1, "cpu=4");
  api::Node node = MakeNode("n1", "cpu=4");
  node.ready = false;
  picture.SetNode(node);
  node = MakeNode("n2", "cpu=4");
  node.taints.push_back({"dedicated", "infra", "NoSchedule"});
  picture.SetNode(node);
  node = MakeNode("n3", "cpu=4");
  node.unschedulable = true;
  picture.SetNode(node);
  EXPECT_TRUE(DecideOne(picture, MakeAsk("a", {Members("w", 1, "cpu=4")})).admitted);
  EXPECT_FALSE(DecideOne(picture, MakeAsk("a", {Members("w", 2, "cpu=4")})).admitted);
}

TEST(Fit, SurvivesAbsurdNumbers) {
  const Picture picture = Cluster(2, "cpu=4,memory=8Ei");
  EXPECT_FALSE(DecideOne(picture, MakeAsk("a", {Members("w", 2147483647, "cpu=1,memory=8Ei")})).admitted);
  EXPECT_FALSE(DecideOne(picture, MakeAsk("a", {Members("w", 1, "cpu=9223372036854775807")})).admitted);
  EXPECT_TRUE(DecideOne(picture, MakeAsk("a", {Members("w", 0, "cpu=1")})).admitted);
  EXPECT_TRUE(DecideOne(picture, MakeAsk("a", {})).admitted);
  EXPECT_FALSE(DecideOne(Picture(), MakeAsk("a", {Members("w", 1, "cpu=1")})).admitted);
}

}  // namespace
}  // namespace muster::placement
