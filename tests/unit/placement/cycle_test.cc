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

Picture HalfFullCluster() {
  Picture picture;
  AddNodesTo(picture, "n", 2, "cpu=4,memory=8Gi,nvidia.com/gpu=1");
  picture.AddPod(MakePod("p", "n0", "cpu=1"));
  return picture;
}

TEST(Starvation, AHeadIsPassedWhileItHasNotWaitedLong) {
  CycleInput input = LargeBehindWhichSmallOnesWait();
  input.now = Instant(seconds(299));
  EXPECT_EQ(Admitted(HalfFullCluster(), input), "large- small+ ");
}

TEST(Starvation, AfterThatItIsNot) {
  CycleInput input = LargeBehindWhichSmallOnesWait();
  input.now = Instant(seconds(300));
  EXPECT_EQ(Admitted(HalfFullCluster(), input), "large- small- ");
  EXPECT_EQ(CodeFor(HalfFullCluster(), input, "small"), "BehindEarlierGroup");
  input.asks[0].priority = 7;
  EXPECT_EQ(CodeFor(HalfFullCluster(), input, "small"), "BehindHigherPriority");
  EXPECT_EQ(CodeFor(HalfFullCluster(), input, "large"), "InsufficientCpu");
}

TEST(Starvation, WhatCouldNeverRunHoldsNobodyUp) {
  CycleInput input = LargeBehindWhichSmallOnesWait();
  input.asks[0].classes = {Members("w", 3, "cpu=4")};
  input.now = Instant(seconds(3000));
  EXPECT_EQ(Admitted(HalfFullCluster(), input), "large- small+ ");
}

TEST(Starvation, WhatUsesOtherRoomMayPass) {
  CycleInput input = LargeBehindWhichSmallOnesWait();
  input.asks[1].classes = {Members("w", 1, "memory=1Gi")};
  input.now = Instant(seconds(3000));
  EXPECT_EQ(Admitted(HalfFullCluster(), input), "large- small+ ") << "cpu is what the head lacks";
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
