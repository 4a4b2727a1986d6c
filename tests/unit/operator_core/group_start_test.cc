// A group from its first visit until it runs: what is written in which order, and what is asked of the planner.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/operator_core/scene.h"

namespace muster::core {
namespace {

using sim::MakeWorkload;
using ::testing::HasSubstr;
using Stands = Stance::Kind;

json::Value OneRole() { return MakeWorkload("train").Job("w", 2).Build(); }
json::Value TwoRoles() { return MakeWorkload("train").Job("w", 2).StatefulSet("db", 3).Build(); }

TEST(GroupStart, ANewGroupOfOneRoleAsksBeforeItsChildIsMade) {
  Scene scene(OneRole());
  const GroupStep step = scene.Reconcile();
  EXPECT_EQ(Describe(step.plan), "");
  EXPECT_EQ(step.stance.kind, Stands::kAsking);
  ASSERT_EQ(step.stance.ask.classes.size(), 1U);
  EXPECT_EQ(step.stance.ask.classes[0].members, 2);
  EXPECT_EQ(step.stance.ask.classes[0].needed, 2);
  EXPECT_EQ(step.stance.ask.asked, scene.group().meta.created);
}

TEST(GroupStart, EachRoleIsAskedForWithTheFieldThatSaysItsSize) {
  Scene scene(TwoRoles());
  scene.Child("w", Hold::kHeld).Child("db", Hold::kHeld);
  const GroupStep step = scene.Reconcile();
  ASSERT_EQ(step.stance.ask.classes.size(), 2U);
  EXPECT_EQ(step.stance.ask.classes[0].size_field, "parallelism");
  EXPECT_EQ(step.stance.ask.classes[1].size_field, "replicas");
}

TEST(GroupStart, AGroupOfOneRoleThatFitsIsCreatedReleasedAfterTheRecord) {
  Scene scene(OneRole());
  scene.Verdict(Verdict::Kind::kAdmit);
  EXPECT_EQ(scene.Plan(),
            "status PodGroup ml/train-0 (Starting)\n"
            "create Job ml/train-0-w (admitted)\n");
  const GroupStep step = scene.Write();
  EXPECT_EQ(step.stance.kind, Stands::kInFlight);
  ASSERT_EQ(step.stance.unbound.size(), 1U);
  EXPECT_EQ(step.stance.unbound[0].members, 2);
  EXPECT_EQ(scene.Status(),
            "Starting Admitted=True(Admitted) Ready=False(Starting) Reconciling=True(Starting) "
            "Scheduled=False(Starting)");
  EXPECT_EQ(scene.group().status.attempt, 1);
}

// The Workload may be changed between the grant and the reconcile that takes it.
TEST(GroupStart, AGrantIsForWhatWasAskedAlone) {
  Scene scene(OneRole());
  const std::vector<placement::MemberClass> asked = scene.Reconcile().stance.ask.classes;
  scene.Verdict(Verdict::Kind::kAdmit);
  scene.observed().verdict.granted = asked;
  EXPECT_THAT(scene.Plan(), HasSubstr("(Starting)"));
  scene.Change(MakeWorkload("train").Job("w", 100).Build());
  EXPECT_EQ(scene.Plan(), "");
  EXPECT_EQ(scene.Reconcile().stance.kind, Stands::kAsking);
}

TEST(GroupStart, AGroupOfOneRoleThatDoesNotFitGetsItsChildHeld) {
  Scene scene(OneRole());
  scene.Wait("InsufficientCpu", "needs 2 x 1 cpu, room for 1");
  EXPECT_EQ(scene.Plan(), "create Job ml/train-0-w (held until admitted)\n");
  scene.Child("w", Hold::kHeld);
  EXPECT_EQ(scene.Plan(),
            "status PodGroup ml/train-0 (Waiting)\n"
            "event Waiting: needs 2 x 1 cpu, room for 1\n");
  EXPECT_EQ(scene.Write().stance.kind, Stands::kAsking);
  EXPECT_EQ(scene.Status(),
            "Waiting Admitted=False(InsufficientCpu) Ready=False(InsufficientCpu) Scheduled=False(InsufficientCpu)");
  EXPECT_EQ(scene.group().status.asked_time, scene.group().meta.created);
}

TEST(GroupStart, SeveralRolesAreMadeHeldBeforeItAsks) {
  Scene scene(TwoRoles());
  const GroupStep step = scene.Reconcile();
  EXPECT_EQ(Describe(step.plan),
            "create Job ml/train-0-w (held until admitted)\n"
            "create StatefulSet ml/train-0-db (held until admitted)\n");
  EXPECT_EQ(step.stance.kind, Stands::kIdle);
  scene.Child("w", Hold::kHeld);
  EXPECT_EQ(scene.Plan(), "create StatefulSet ml/train-0-db (held until admitted)\n");
  scene.Child("db", Hold::kHeld);
  EXPECT_EQ(scene.Plan(), "");
  EXPECT_EQ(scene.Reconcile().stance.kind, Stands::kAsking);
}

TEST(GroupStart, TheRecordIsWrittenBeforeAnyChildIsReleased) {
  Scene scene(TwoRoles());
  scene.Child("w", Hold::kHeld).Child("db", Hold::kHeld).Verdict(Verdict::Kind::kAdmit);
  EXPECT_EQ(scene.Plan(),
            "status PodGroup ml/train-0 (Starting)\n"
            "patch Job ml/train-0-w /spec/suspend=false (admitted)\n"
            "patch StatefulSet ml/train-0-db /spec/replicas=3 (admitted)\n");
}

TEST(GroupStart, WhatACrashLeftHeldIsReleasedBecauseTheRecordSaysSo) {
  Scene scene(TwoRoles());
  scene.Child("w", Hold::kHeld).Child("db", Hold::kHeld).Verdict(Verdict::Kind::kAdmit).Write();
  scene.Verdict(Verdict::Kind::kNone).Child("w", Hold::kReleased);
  EXPECT_EQ(scene.Plan(), "patch StatefulSet ml/train-0-db /spec/replicas=3 (admitted)\n");
}

TEST(GroupStart, WhatIsReleasedOnAnEarlierRecordIsReleasedOnlyIfThatStillStands) {
  Scene scene(TwoRoles());
  scene.Child("w", Hold::kHeld).Child("db", Hold::kHeld).Verdict(Verdict::Kind::kAdmit);
  EXPECT_FALSE(scene.Reconcile().plan.guard.has_value());  // its status write is the guard
  scene.Write();
  scene.Verdict(Verdict::Kind::kNone).Child("w", Hold::kReleased);
  const std::optional<Guard> guard = scene.Reconcile().plan.guard;
  ASSERT_TRUE(guard.has_value());
  EXPECT_EQ(guard->key, scene.group().meta.key());
  EXPECT_EQ(guard->resource_version, scene.group().meta.resource_version);
}

TEST(GroupStart, AChildThatSomebodyElseChangedIsReportedOnce) {
  Scene scene(TwoRoles());
  scene.Child("w", Hold::kHeld).Child("db", Hold::kHeld).Verdict(Verdict::Kind::kAdmit).Write();
  scene.Verdict(Verdict::Kind::kNone).Child("w", Hold::kReleased).Child("db", Hold::kReleased);
  const api::Child& child = *scene.observed().children.front();
  auto& known = scene.observed().known;
  EXPECT_EQ(scene.Plan().find("ChildChanged"), std::string::npos);  // nothing is known yet
  known[child.meta.uid] = {.generation = child.meta.generation - 1, .name = "Job train-0-w", .role = "w"};
  EXPECT_NE(scene.Plan().find("event ChildChanged: "), std::string::npos);
  known[child.meta.uid].generation = child.meta.generation;
  EXPECT_EQ(scene.Plan().find("ChildChanged"), std::string::npos);
}

TEST(GroupStart, AGrantStandsUntilItsRecordIsSeen) {
  Scene scene(TwoRoles());
  scene.Child("w", Hold::kHeld).Child("db", Hold::kHeld);
  const Stance asking = scene.Reconcile().stance;
  scene.Verdict(Verdict::Kind::kAdmit);
  const Stance granted = scene.Reconcile().stance;
  const core::Verdict admit = scene.observed().verdict;
  EXPECT_TRUE(Holds(admit, asking, granted));   // the record is being written
  EXPECT_TRUE(Holds(admit, granted, granted));  // its answer was lost
  EXPECT_FALSE(Holds({.kind = Verdict::Kind::kWait}, asking, granted));
  EXPECT_FALSE(Holds(admit, granted, asking));
  EXPECT_FALSE(Holds(admit, granted, Stance{}));
  scene.Write();
  const Stance admitted = scene.Reconcile().stance;
  EXPECT_TRUE(admitted.admitted);
  EXPECT_FALSE(Holds(admit, granted, admitted));
}

TEST(GroupStart, OneStatusWhenAllOfItRuns) {
  Scene scene(OneRole());
  scene.Verdict(Verdict::Kind::kAdmit).Write(At(1));
  scene.Child("w", Hold::kReleased).Pods("w", 1, {.ready = false});
  const GroupStep half = scene.Reconcile(At(2));
  EXPECT_EQ(Describe(half.plan), "") << "counts alone wait";
  EXPECT_EQ(half.plan.wake_up, At(4));
  ASSERT_EQ(half.stance.unbound.size(), 1U);
  EXPECT_EQ(half.stance.unbound[0].members, 1);
  scene.Pods("w", 1, {.ready = false});
  EXPECT_EQ(scene.Plan(At(2)), "") << "that all are scheduled is told with what follows";
  EXPECT_EQ(scene.Plan(At(4)), "status PodGroup ml/train-0 (Starting)\n") << "but not much later";
  scene.DropPods().Pods("w", 2);
  EXPECT_EQ(scene.Plan(At(2)),
            "status PodGroup ml/train-0 (Running)\n"
            "event Running: all required members are ready\n");
  scene.Write(At(2));
  EXPECT_EQ(scene.Status(),
            "Running Admitted=True(Admitted) Ready=True(AllMembersReady) Scheduled=True(AllMembersScheduled)");
  EXPECT_EQ(scene.Plan(At(3)), "");
  EXPECT_FALSE(scene.Reconcile(At(3)).plan.wake_up.has_value());
}

TEST(GroupStart, OnceItHasRunItsClaimOnRoomThatNobodyCanGiveItEnds) {
  Scene scene = RunningScene(TwoRoles());
  scene.Write(At(2));
  scene.DropPods().Pods("w", 2).Pods("db", 1).Pods("db", 1, {.node = "", .ready = false, .created = At(100)});
  const GroupStep step = scene.Reconcile(At(399));
  ASSERT_EQ(step.stance.unbound.size(), 1U);
  EXPECT_EQ(step.stance.unbound[0].role, "db");
  ASSERT_TRUE(step.plan.wake_up.has_value());
  EXPECT_EQ(*step.plan.wake_up, At(400));
  EXPECT_TRUE(scene.Reconcile(At(400)).stance.unbound.empty()) << "kube-scheduler had 300 s for it";
}

TEST(GroupStart, MinAvailableMembersAreEnough) {
  json::Value workload = MakeWorkload("train").StatefulSet("db", 3).Build();
  workload.Mutable("spec").Mutable("roles").MutableItems()[0].Set("minAvailable", 2);
  Scene scene(workload);
  EXPECT_EQ(scene.Reconcile().stance.ask.classes[0].members, 3);
  EXPECT_EQ(scene.Reconcile().stance.ask.classes[0].needed, 2);
  scene.Verdict(Verdict::Kind::kAdmit).Write(At(1));
  scene.Child("db", Hold::kReleased).Pods("db", 2);
  scene.Write(At(2));
  EXPECT_THAT(scene.Status(), HasSubstr("Ready=True(AllMembersReady)"));
}

TEST(GroupStart, WithNoGangItIsReleasedUnasked) {
  Scene scene(MakeWorkload("web").Gang({{"policy", "None"}}).Deployment("d", 2).Build());
  EXPECT_EQ(scene.Plan(),
            "status PodGroup ml/web-0 (Starting)\n"
            "create Deployment ml/web-0-d (admitted)\n");
  EXPECT_TRUE(scene.Reconcile().stance.unbound.empty());
}

TEST(GroupStart, WithAdmissionAlwaysItIsReleasedUnaskedAndTimed) {
  Scene scene(
      MakeWorkload("web").Gang({{"admission", "Always"}, {"scheduleTimeoutSeconds", 60}}).Deployment("d", 2).Build());
  EXPECT_EQ(scene.Plan(),
            "status PodGroup ml/web-0 (Starting)\n"
            "create Deployment ml/web-0-d (admitted)\n");
  scene.Write(At(1));
  scene.Child("d", Hold::kReleased).Pods("d", 1);
  const GroupStep step = scene.Reconcile(At(40));
  ASSERT_TRUE(step.plan.wake_up.has_value());
  EXPECT_TRUE(step.stance.unbound.empty()) << "nobody waits for room for it";
  EXPECT_THAT(scene.Plan(At(62)), HasSubstr("held again: ScheduleTimeout"));
}

TEST(GroupStart, RolesOfNoMembersAreNoObstacle) {
  Scene scene(MakeWorkload("web").Deployment("none", 0).Job("w", 1).Build());
  scene.Child("none", Hold::kHeld).Child("w", Hold::kHeld);
  EXPECT_EQ(scene.Reconcile().stance.ask.classes.size(), 1U);
  scene.Verdict(Verdict::Kind::kAdmit);
  EXPECT_EQ(scene.Plan(),
            "status PodGroup ml/web-0 (Starting)\n"
            "patch Job ml/web-0-w /spec/suspend=false (admitted)\n");
  scene.Write(At(1));
  scene.Child("w", Hold::kReleased).Pods("w", 1);
  scene.Write(At(2));
  EXPECT_THAT(scene.Status(), HasSubstr("Ready=True"));
  EXPECT_EQ(scene.Plan(At(20)), "");
}

TEST(GroupStart, TheExplanationIsWrittenOnceAndReadBackEqual) {
  Scene scene(OneRole());
  scene.Child("w", Hold::kHeld).Wait("InsufficientCpu", "needs 2 x 1 cpu, room for 1");
  scene.Write(At(1));
  ASSERT_TRUE(scene.group().status.explanation.has_value());
  EXPECT_EQ(scene.group().status.explanation, scene.observed().verdict.explanation);
  EXPECT_EQ(scene.Plan(At(100)), "");
}

TEST(GroupStart, AnotherBlockerIsToldAtOnceAnotherNumberLater) {
  Scene scene(OneRole());
  scene.Child("w", Hold::kHeld).Wait("InsufficientCpu", "needs 2 x 1 cpu, room for 1").Write(At(1));
  scene.Wait("InsufficientCpu", "needs 2 x 1 cpu, room for none");
  const GroupStep step = scene.Reconcile(At(5));
  EXPECT_EQ(Describe(step.plan), "");
  EXPECT_EQ(step.plan.wake_up, At(16));
  EXPECT_EQ(scene.Plan(At(16)), "status PodGroup ml/train-0 (Waiting)\n");
  scene.Wait("UntoleratedTaint", "every node is tainted");
  EXPECT_EQ(scene.Plan(At(5)), "status PodGroup ml/train-0 (Waiting)\n");
}

TEST(GroupStart, APriorityClassThatDoesNotExistIsNamed) {
  Scene scene(MakeWorkload("train").Priority("gold").Job("w", 1).Build());
  scene.observed().priority.reset();
  scene.Write();
  EXPECT_EQ(scene.Status(),
            "Waiting Admitted=False(PriorityClassNotFound) Ready=False(PriorityClassNotFound) "
            "Scheduled=False(PriorityClassNotFound)");
  EXPECT_THAT(scene.group().status.explanation->summary, HasSubstr("priority class gold does not exist"));
}

TEST(GroupStart, APriorityClassOfATemplateThatDoesNotExistIsNamedToo) {
  json::Value pod_template = sim::PodTemplate();
  pod_template.Mutable("spec").Set("priorityClassName", "silver");
  Scene scene(MakeWorkload("train").Job("w", 1, pod_template).Build());
  scene.observed().priority.reset();
  scene.Write();
  EXPECT_THAT(scene.group().status.explanation->summary, HasSubstr("priority class silver does not exist"));
}

TEST(GroupStart, WithoutItsRevisionNothingIsDone) {
  Scene scene(OneRole());
  scene.observed().revision = nullptr;
  EXPECT_EQ(scene.Plan(), "");
  EXPECT_EQ(scene.Reconcile().stance.kind, Stands::kIdle);
}

TEST(GroupStart, BeingDeletedNothingIsDone) {
  Scene scene(OneRole());
  scene.group().meta.deleted = At(1);
  EXPECT_EQ(scene.Plan(), "");
}

}  // namespace
}  // namespace muster::core
