#include "lib/placement/cycle.h"

#include <gtest/gtest.h>

#include "tests/unit/placement/builders.h"

namespace muster::placement {
namespace {

using std::chrono::seconds;

std::string Admitted(const Picture& picture, const CycleInput& input) {
  std::string names;
  for (const Decision& decision : PlanCycle(picture, input)) {
    names += decision.group.name + (decision.admitted ? "+ " : "- ");
  }
  return names;
}

std::string CodeFor(const Picture& picture, const CycleInput& input, const std::string& name) {
  for (const Decision& decision : PlanCycle(picture, input)) {
    if (decision.group.name == name && !decision.admitted) return decision.explanation.blockers.front().code;
  }
  return "";
}

TEST(Cycle, TakesPriorityThenTimeThenName) {
  Picture picture;
  AddNodesTo(picture, "n", 1, "cpu=2");
  CycleInput input;
  input.asks = {MakeAsk("d", {Members("w", 1, "cpu=1")}, 5), MakeAsk("c", {Members("w", 1, "cpu=1")}, 5),
                MakeAsk("b", {Members("w", 1, "cpu=1")}, 1), MakeAsk("a", {Members("w", 1, "cpu=1")}, 9)};
  input.asks[3].priority = 10;
  EXPECT_EQ(Admitted(picture, input), "a+ b+ c- d- ");
}

TEST(Cycle, FillsTheRoomExactly) {
  Picture picture;
  AddNodesTo(picture, "n", 100, "cpu=8,memory=32Gi");
  CycleInput input;
  for (int i = 0; i < 160; ++i) input.asks.push_back(MakeAsk("g" + std::to_string(i), {Members("w", 10, "cpu=1")}, i));
  const std::vector<Decision> decisions = PlanCycle(picture, input);
  for (int i = 0; i < 160; ++i) {
    ASSERT_EQ(decisions[static_cast<size_t>(i)].admitted, i < 80) << i;
    if (i < 80) continue;
    const api::Explanation& why = decisions[static_cast<size_t>(i)].explanation;
    EXPECT_EQ(why.summary, "needs 10 x 1 cpu, room for 0");
    EXPECT_EQ(why.blockers.front().missing, "10");
    EXPECT_EQ(why.changes.empty(), i >= 100) << "the first 20 that wait are explained in full";
  }
}

CycleInput LargeBehindWhichSmallOnesWait() {
  CycleInput input;
  input.asks = {MakeAsk("large", {Members("w", 2, "cpu=4")}, 0), MakeAsk("small", {Members("w", 1, "cpu=1")}, 200)};
  return input;
}

// One cpu of eight is used by a Muster group.
Picture HalfFullCluster() {
  Picture picture;
  AddNodesTo(picture, "n", 2, "cpu=4,memory=8Gi,nvidia.com/gpu=1");
  picture.AddPod(MakeMember("p", "n0", "cpu=1"));
  return picture;
}

TEST(Guard, AGroupIsPassedWhileItHasNotWaitedLong) {
  CycleInput input = LargeBehindWhichSmallOnesWait();
  input.now = Instant(seconds(299));
  EXPECT_EQ(Admitted(HalfFullCluster(), input), "large- small+ ");
}

TEST(Guard, AfterThatItIsNot) {
  CycleInput input = LargeBehindWhichSmallOnesWait();
  input.now = Instant(seconds(300));
  EXPECT_EQ(Admitted(HalfFullCluster(), input), "large- small- ");
  EXPECT_TRUE(PlanCycle(HalfFullCluster(), input)[0].guarded);
  EXPECT_FALSE(PlanCycle(HalfFullCluster(), input)[1].held_back) << "it is of the same namespace";
  EXPECT_EQ(CodeFor(HalfFullCluster(), input, "small"), "BehindEarlierGroup");
  input.asks[0].priority = 7;
  EXPECT_EQ(CodeFor(HalfFullCluster(), input, "small"), "BehindHigherPriority");
  EXPECT_EQ(CodeFor(HalfFullCluster(), input, "large"), "InsufficientCpu");
}

TEST(Guard, WhatCouldNeverRunHoldsNobodyUp) {
  CycleInput input = LargeBehindWhichSmallOnesWait();
  input.asks[0].classes = {Members("w", 3, "cpu=4")};
  input.now = Instant(seconds(3000));
  EXPECT_EQ(Admitted(HalfFullCluster(), input), "large- small+ ");
}

// Nobody knows when they end.
TEST(Guard, PodsOfOtherOwnersStay) {
  CycleInput input = LargeBehindWhichSmallOnesWait();
  input.now = Instant(seconds(3000));
  for (const bool daemon : {false, true}) {
    Picture picture;
    AddNodesTo(picture, "n", 2, "cpu=4,memory=8Gi");
    api::Pod pod = MakePod("p", "n0", "cpu=100m");
    pod.comes_with_node = daemon;
    picture.AddPod(pod);
    EXPECT_EQ(Admitted(picture, input), "large- small+ ");
    pod = MakeMember("q", "n1", "cpu=1");
    pod.meta.owner.reset();
    picture.AddPod(pod);
    picture.RemovePod(MakePod("p", "n0", "cpu=100m"));
    EXPECT_EQ(Admitted(picture, input), "large- small+ ") << "a pod that only bears our labels";
  }
}

TEST(Guard, WhatUsesOtherRoomMayPass) {
  CycleInput input = LargeBehindWhichSmallOnesWait();
  input.asks[1].classes = {Members("w", 1, "memory=1Gi")};
  input.now = Instant(seconds(3000));
  EXPECT_EQ(Admitted(HalfFullCluster(), input), "large- small+ ") << "cpu is what the head lacks";
}

// Large needs two nodes of three. One small group can be on one node only, two of them could be on two.
CycleInput LargeThatLeavesRoom() {
  CycleInput input = LargeBehindWhichSmallOnesWait();
  input.asks.push_back(MakeAsk("third", {Members("w", 1, "cpu=1")}, 201));
  input.now = Instant(seconds(3000));
  return input;
}
Picture ThreeNodesInUse() {
  Picture picture;
  AddNodesTo(picture, "n", 3, "cpu=4");
  picture.AddPod(MakeMember("p", "n0", "cpu=3"));
  picture.AddPod(MakeMember("q", "n1", "cpu=3"));
  return picture;
}

TEST(Guard, SmallOnesPassAsLongAsItStillFitsBesideThem) {
  EXPECT_EQ(Admitted(ThreeNodesInUse(), LargeThatLeavesRoom()), "large- small+ third- ");
}

TEST(Guard, WhatPassedInEarlierCyclesCounts) {
  CycleInput input = LargeThatLeavesRoom();
  input.guards_began["ml"] = Instant(seconds(2900));
  input.admitted = {{{"ml", "before"}, Instant(seconds(2898)), {Members("w", 1, "cpu=1")}}};
  EXPECT_EQ(Admitted(ThreeNodesInUse(), input), "large- small+ third- ") << "it was there before the guard";
  input.admitted[0].since = Instant(seconds(2900));
  EXPECT_EQ(Admitted(ThreeNodesInUse(), input), "large- small- third- ");
}

TEST(Guard, OneANamespaceAndItRestsAsLongAsItLasts) {
  CycleInput input = LargeBehindWhichSmallOnesWait();
  input.asks.push_back(MakeAsk("large-too", {Members("w", 2, "cpu=3500m")}, 1));
  input.now = Instant(seconds(6000));
  const auto guarded = [&] {
    std::string names;
    for (const Decision& decision : PlanCycle(HalfFullCluster(), input)) {
      if (decision.guarded) names += decision.group.Text() + " ";
    }
    return names;
  };
  EXPECT_EQ(guarded(), "ml/large ");
  input.asks.back().group.ns = "other";
  EXPECT_EQ(guarded(), "ml/large other/large-too ");
  input.guards_began["ml"] = input.now - input.policy.guard_time;
  EXPECT_EQ(guarded(), "other/large-too ") << "whichever of its groups were guarded";
  input.guards_began["ml"] = input.now - 2 * input.policy.guard_time;
  EXPECT_EQ(guarded(), "ml/large other/large-too ");
}

TEST(Guard, AGroupOfAnotherNamespaceIsHeldBackForAWhileOnly) {
  CycleInput input = LargeBehindWhichSmallOnesWait();
  input.asks[1].group.ns = "other";
  input.now = Instant(seconds(6000));
  EXPECT_TRUE(PlanCycle(HalfFullCluster(), input)[1].held_back);
  input.asks[1].held_back = input.now - input.policy.guard_time + seconds(1);
  EXPECT_EQ(Admitted(HalfFullCluster(), input), "large- small- ");
  input.asks[1].held_back = input.now - input.policy.guard_time;
  EXPECT_EQ(Admitted(HalfFullCluster(), input), "large- small+ ");
}

TEST(Guard, WaitingCountsFromTheLastReservationThatTheNamespaceDidNotUse) {
  CycleInput input = LargeBehindWhichSmallOnesWait();
  input.now = Instant(seconds(1000));
  input.asks[0].behind = Instant(seconds(800));
  input.asks[1].asked = Instant(seconds(801));
  EXPECT_EQ(Admitted(HalfFullCluster(), input), "large- small+ ");
}

TEST(Cycle, AlwaysMeansAlwaysAndIsCounted) {
  Picture picture;
  AddNodesTo(picture, "n", 1, "cpu=4");
  CycleInput input;
  input.asks = {MakeAsk("a", {Members("w", 9, "cpu=1")}, 0), MakeAsk("b", {Members("w", 1, "cpu=1")}, 1)};
  input.asks[0].admission = Admission::kAlways;
  EXPECT_EQ(Admitted(picture, input), "a+ b- ");
}

TEST(Cycle, AnAdmittedGroupStillHearsWhatWasNotConsidered) {
  Picture picture;
  AddNodesTo(picture, "n", 1, "cpu=4");
  api::PodShape shape = Shape("cpu=1");
  shape.not_considered = {"pod anti-affinity"};
  const Decision decision = DecideOne(picture, MakeAsk("a", {Members("w", 1, shape)}));
  EXPECT_TRUE(decision.admitted);
  EXPECT_EQ(decision.explanation.not_considered, std::vector<std::string>{"pod anti-affinity of role w"});
  EXPECT_TRUE(decision.explanation.summary.empty());
}

}  // namespace
}  // namespace muster::placement
