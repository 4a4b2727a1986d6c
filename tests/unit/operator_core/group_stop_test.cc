// A group that is stopped: why, in which order, and how it comes back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "lib/json/text.h"
#include "tests/unit/operator_core/scene.h"

namespace muster::core {
namespace {

using sim::MakeWorkload;
using ::testing::HasSubstr;
using Stands = Stance::Kind;

json::Value MixedWith(int64_t timeout = 300) {
  return MakeWorkload("mix").Job("j", 2).StatefulSet("s", 2).Timeout(timeout).Build();
}

void HoldAll(Scene& scene) { scene.Child("j", Hold::kHeld).Child("s", Hold::kHeld); }

TEST(GroupStop, SuspendedTheRecordIsWrittenBeforeAnyChildIsHeld) {
  Scene scene = RunningScene(MixedWith());
  scene.group().spec.run = api::Run::kHold;
  EXPECT_EQ(scene.Plan(At(10)),
            "status PodGroup ml/mix-0 (Stopping)\n"
            "patch Job ml/mix-0-j /spec/suspend=true (held again: Suspended)\n"
            "patch StatefulSet ml/mix-0-s /spec/replicas=0 (held again: Suspended)\n"
            "event Suspended: the group is suspended\n");
  scene.Write(At(10));
  EXPECT_EQ(scene.Status(),
            "Stopping Admitted=False(Suspended) Ready=False(Suspended) Reconciling=True(Suspended) "
            "Scheduled=False(Suspended)");
  EXPECT_EQ(scene.group().status.last_stop.reason, "Suspended");
}

TEST(GroupStop, WhatACrashLeftReleasedIsHeldBecauseTheRecordSaysSo) {
  Scene scene = RunningScene(MixedWith());
  scene.group().spec.run = api::Run::kHold;
  scene.Write(At(10));
  scene.Child("j", Hold::kHeld);
  EXPECT_EQ(scene.Plan(At(11)), "patch StatefulSet ml/mix-0-s /spec/replicas=0 (not admitted)\n");
}

TEST(GroupStop, TheRoomStaysReservedUntilTheControllersHaveSeenTheHold) {
  Scene scene = RunningScene(MixedWith());
  scene.group().spec.run = api::Run::kHold;
  scene.Write(At(10));
  scene.Child("j", Hold::kHeld, [](json::Value& job) { job.Erase("status"); }).Child("s", Hold::kHeld).DropPods();
  const GroupStep step = scene.Reconcile(At(11));
  EXPECT_EQ(step.stance.kind, Stands::kInFlight);
  EXPECT_EQ(step.stance.unbound.size(), 2U);
  HoldAll(scene);
  scene.Pods("j", 1, {.deleted = At(12)});
  EXPECT_TRUE(scene.Reconcile(At(11)).stance.unbound.empty()) << "its pods take their own room";
  EXPECT_EQ(scene.Plan(At(11)), "");
  scene.DropPods();
  EXPECT_EQ(scene.Plan(At(13)), "status PodGroup ml/mix-0 (Held)\n");
  EXPECT_EQ(scene.Write(At(13)).stance.kind, Stands::kIdle);
  EXPECT_EQ(scene.Status(), "Held Admitted=False(Suspended) Ready=False(Suspended) Scheduled=False(Suspended)");
  EXPECT_EQ(scene.Plan(At(100)), "");
}

// A release that was sent and not answered may arrive whenever it likes. Stopped before it is seen, the child is marked
// with the attempt, which is what the release tests.
TEST(GroupStop, AReleaseThatArrivesAfterTheStopFindsAnotherAttempt) {
  Scene scene(MixedWith());
  HoldAll(scene);
  scene.Verdict(Verdict::Kind::kAdmit);
  const GroupStep start = scene.Reconcile(At(1));
  const auto& release = std::get<Patch>(start.plan.steps[1].action);
  EXPECT_EQ(json::Write(json::Value(Tested(release))),
            R"([{"op":"test","path":"/metadata/generation","value":1},)"
            R"({"op":"test","path":"/metadata/annotations/muster.dev~1attempt","value":"0"},)"
            R"({"op":"add","path":"/metadata/annotations/muster.dev~1attempt","value":"1"},)"
            R"({"op":"add","path":"/spec/suspend","value":false}])");
  scene.Write(At(1));
  scene.group().spec.run = api::Run::kHold;
  EXPECT_EQ(scene.Plan(At(10)),
            "status PodGroup ml/mix-0 (Stopping)\n"
            "patch Job ml/mix-0-j (its release may still arrive)\n"
            "patch StatefulSet ml/mix-0-s (its release may still arrive)\n"
            "event Suspended: the group is suspended\n");
  scene.Write(At(10));
  const GroupStep stop = scene.Reconcile(At(20));
  EXPECT_EQ(json::Write(json::Value(Tested(std::get<Patch>(stop.plan.steps[0].action)))),
            R"([{"op":"test","path":"/metadata/generation","value":1},)"
            R"({"op":"add","path":"/metadata/annotations/muster.dev~1attempt","value":"1"}])");
  EXPECT_EQ(scene.Reconcile(At(20)).stance.unbound.size(), 2U) << "until it is marked it may come up";
  HoldAll(scene);
  EXPECT_EQ(scene.Plan(At(30)), "status PodGroup ml/mix-0 (Held)\n");
}

TEST(GroupStop, AChildOfBeforeTheAttemptWasWrittenIsHeldAndReleasedWithoutIt) {
  Scene scene(MixedWith());
  const auto old = [](json::Value& child) {
    child.Mutable("metadata").Mutable("annotations").Erase("muster.dev/attempt");
  };
  scene.Child("j", Hold::kHeld, old).Child("s", Hold::kHeld, old).Verdict(Verdict::Kind::kAdmit);
  const GroupStep start = scene.Reconcile(At(1));
  EXPECT_EQ(Tested(std::get<Patch>(start.plan.steps[1].action)).size(), 3U) << "it is marked from now on";
  scene.Write(At(1));
  scene.group().spec.run = api::Run::kHold;
  EXPECT_EQ(scene.Plan(At(10)), "status PodGroup ml/mix-0 (Stopping)\nevent Suspended: the group is suspended\n");
}

// The Job controller makes the pods first and writes its condition at the end of that sync: stopped in between, the
// condition is that of before the start.
TEST(GroupStop, AJobsConditionOfBeforeTheAttemptIsNoAnswerToTheHold) {
  Scene scene = RunningScene(MixedWith());
  scene.group().spec.run = api::Run::kHold;
  scene.Write(At(10));
  HoldAll(scene);
  scene.Child("j", Hold::kHeld, [](json::Value& job) {
    json::Value& conditions = job.Mutable("status").Mutable("conditions");
    conditions.MutableItems().at(0).Set("lastTransitionTime", FormatTime(At(1)));
  });
  scene.DropPods();
  const GroupStep step = scene.Reconcile(At(11));
  EXPECT_EQ(step.stance.unbound.size(), 2U);
  ASSERT_TRUE(step.plan.wake_up.has_value());
  EXPECT_LE(*step.plan.wake_up, At(12));
  EXPECT_EQ(scene.Plan(At(12)), "status PodGroup ml/mix-0 (Held)\n") << "it may never have been released";
}

TEST(GroupStop, ResumedItAsksBehindThoseWhoHaveWaited) {
  Scene scene = RunningScene(MixedWith());
  scene.group().spec.run = api::Run::kHold;
  scene.Write(At(10));
  HoldAll(scene);
  scene.DropPods().Write(At(12));
  scene.group().spec.run = api::Run::kRun;
  const GroupStep step = scene.Reconcile(At(500));
  EXPECT_EQ(step.stance.kind, Stands::kAsking);
  EXPECT_GE(step.stance.ask.asked, At(499));
  scene.Verdict(Verdict::Kind::kAdmit);
  EXPECT_EQ(scene.Plan(At(500)),
            "status PodGroup ml/mix-0 (Starting)\n"
            "patch Job ml/mix-0-j /spec/suspend=false (admitted)\n"
            "patch StatefulSet ml/mix-0-s /spec/replicas=2 (admitted)\n");
  scene.Write(At(500));
  EXPECT_EQ(scene.group().status.attempt, 2);
}

TEST(GroupStop, SuspendedFromTheFirstItIsHeldWithChildren) {
  Scene scene(MakeWorkload("train").Suspended().Job("w", 2).Build());
  EXPECT_EQ(scene.Plan(), "create Job ml/train-0-w (held until admitted)\n");
  scene.Child("w", Hold::kHeld);
  EXPECT_EQ(scene.Plan(), "status PodGroup ml/train-0 (Held)\n");
}

// ---- Schedule timeout

TEST(GroupStop, NotAllScheduledInTimeItIsHeldAgainAndBacksOff) {
  Scene scene(MixedWith(60));
  HoldAll(scene);
  scene.Verdict(Verdict::Kind::kAdmit).Write(At(1));
  scene.Verdict(Verdict::Kind::kNone).Child("j", Hold::kReleased).Child("s", Hold::kReleased);
  scene.Pods("j", 2).Pods("s", 1).Pods("s", 1, {.node = "", .problem = "Unschedulable: 0/3 nodes are available"});
  const GroupStep early = scene.Reconcile(At(5));
  ASSERT_TRUE(early.plan.wake_up.has_value());
  EXPECT_LE(*early.plan.wake_up, At(61));
  EXPECT_THAT(scene.Plan(At(62)), HasSubstr("status PodGroup ml/mix-0 (Stopping)\n"
                                            "patch Job ml/mix-0-j /spec/suspend=true (held again: ScheduleTimeout)\n"
                                            "patch StatefulSet ml/mix-0-s /spec/replicas=0 (held again: "
                                            "ScheduleTimeout)\n"
                                            "event ScheduleTimeout: 3 of 4 members were scheduled within 60s of their "
                                            "admission; role s: Unschedulable: 0/3 nodes are available\n"));
  scene.Write(At(62));
  EXPECT_EQ(scene.group().status.last_stop.pod, "s-3");
  EXPECT_EQ(scene.group().status.explanation->blockers[0].code, "BackOff");
}

// Lets an admitted scene run into its timeout at `now`, and wind down.
void TimeOut(Scene& scene, Instant now) {
  scene.Verdict(Verdict::Kind::kAdmit).Write(now - std::chrono::seconds(100));
  scene.Verdict(Verdict::Kind::kNone).Child("j", Hold::kReleased).Child("s", Hold::kReleased).Pods("j", 1);
  scene.Write(now);
  HoldAll(scene);
  scene.DropPods();
}

TEST(GroupStop, TheBackOffDoublesFromTenSecondsToTenMinutes) {
  Scene scene(MixedWith(60));
  HoldAll(scene);
  Instant now = At(1000);
  for (const int64_t wait : {10, 20, 40, 80, 160, 320, 600, 600}) {
    TimeOut(scene, now);
    ASSERT_TRUE(scene.group().status.next_attempt_time.has_value());
    const Duration waits = *scene.group().status.next_attempt_time - (now - Duration(437));
    EXPECT_GE(waits, std::chrono::seconds(wait));
    EXPECT_LE(waits, std::chrono::seconds(wait + wait / 2));
    const GroupStep step = scene.Write(now + std::chrono::seconds(2));
    EXPECT_EQ(step.stance.kind, Stands::kIdle) << "it does not ask before its time";
    EXPECT_EQ(step.plan.wake_up, scene.group().status.next_attempt_time);
    EXPECT_EQ(scene.Status(), "Waiting Admitted=False(BackOff) Ready=False(BackOff) Scheduled=False(BackOff)");
    EXPECT_THAT(scene.group().status.explanation->summary, HasSubstr("1 of 4 members were scheduled"));
    now += std::chrono::seconds(2000);
  }
}

TEST(GroupStop, AfterATimeoutItKeepsItsPlaceAndARunForgivesIt) {
  Scene scene(MixedWith(60));
  HoldAll(scene);
  TimeOut(scene, At(200));
  EXPECT_EQ(scene.Reconcile(At(300)).stance.ask.asked, scene.group().meta.created);
  scene.Verdict(Verdict::Kind::kAdmit).Write(At(300));
  scene.Child("j", Hold::kReleased).Child("s", Hold::kReleased).Pods("j", 2).Pods("s", 2).Write(At(301));
  EXPECT_EQ(scene.group().status.timeouts, 0);
  EXPECT_EQ(scene.Plan(At(100'000)), "") << "scheduled once, a group is timed no more";
}

TEST(GroupStop, AGroupWhosePodsAreRefusedDoesNotWaitUntilItsTimeIsUp) {
  Scene scene(MixedWith(60));
  HoldAll(scene);
  scene.Verdict(Verdict::Kind::kAdmit).Write(At(1));
  scene.Child("j", Hold::kReleased).Child("s", Hold::kReleased).Pods("j", 2);
  scene.observed().pods_refused["s"] = {"violates PodSecurity", At(1)};
  scene.Write(At(2));
  EXPECT_EQ(scene.group().status.explanation->summary, "pods of role s are refused: violates PodSecurity");
  EXPECT_THAT(scene.Status(), HasSubstr("Ready=False(PodsRefused)"));
  EXPECT_LE(scene.Reconcile(At(2)).plan.wake_up.value_or(At(100)), At(4)) << "the controller may succeed by then";
  const std::string stop = scene.Plan(At(4));
  EXPECT_THAT(stop,
              HasSubstr("event PodsRefused: pods of role s are refused: violates PodSecurity; 0 of 2 were created"));
  EXPECT_THAT(stop, HasSubstr("/spec/suspend=true (held again: PodsRefused)"));
  scene.Write(At(4));
  EXPECT_EQ(scene.group().status.timeouts, 1);
  EXPECT_GE(*scene.group().status.next_attempt_time, At(13)) << "it backs off";
}

TEST(GroupStop, ARefusalBeforeTheNewestPodIsOver) {
  Scene scene(MixedWith(60));
  HoldAll(scene);
  scene.Verdict(Verdict::Kind::kAdmit).Write(At(1));
  scene.Child("j", Hold::kReleased).Child("s", Hold::kReleased).Pods("j", 2).Pods("s", 1, {.created = At(9)});
  scene.observed().pods_refused["s"] = {"violates PodSecurity", At(2)};
  EXPECT_EQ(scene.Plan(At(30)).find("held again"), std::string::npos);
  EXPECT_THAT(scene.Plan(At(62)), HasSubstr("held again: ScheduleTimeout"));
}

TEST(GroupStop, OfGroupsThatAreRefusedTogetherTheFirstGoesOn) {
  Scene scene(MixedWith(60));
  HoldAll(scene);
  scene.Verdict(Verdict::Kind::kAdmit).Write(At(1));
  scene.Child("j", Hold::kReleased).Child("s", Hold::kReleased).Pods("j", 2);
  scene.observed().pods_refused["s"] = {"exceeded quota: team, requested: cpu=1", At(1)};
  scene.observed().collision = {.in_front = "other-0", .others_behind = false};
  EXPECT_EQ(scene.Plan(At(1)).find("held again"), std::string::npos);
  EXPECT_THAT(scene.Plan(At(2)), HasSubstr("PodGroup other-0, whose pods are refused too, starts first"));
  scene.observed().collision = {.in_front = "", .others_behind = true};
  EXPECT_EQ(scene.Plan(At(30)).find("held again"), std::string::npos) << "what the others hold may be enough for it";
  EXPECT_THAT(scene.Plan(At(62)), HasSubstr("held again: PodsRefused")) << "but it waits for that no longer than 60 s";
}

TEST(GroupStop, ThoseThatStopTogetherComeBackAtTimesOfTheirOwn) {
  std::set<Instant> next;
  for (const char* uid : {"a", "b", "c", "d"}) {
    Scene scene(MixedWith(60));
    scene.group().meta.uid = uid;
    HoldAll(scene);
    TimeOut(scene, At(200));
    const Instant attempt = *scene.group().status.next_attempt_time;
    EXPECT_GE(attempt, At(209));
    EXPECT_LE(attempt, At(216));
    next.insert(attempt);
  }
  EXPECT_GE(next.size(), 3U);
}

TEST(GroupStop, WhoMadeNoPodsIsTheReasonOfTheTimeout) {
  Scene scene(MakeWorkload("mix").Job("j", 2).Deployment("d", 3).Timeout(60).Build());
  scene.Child("j", Hold::kHeld).Child("d", Hold::kHeld).Verdict(Verdict::Kind::kAdmit).Write(At(1));
  scene.Child("j", Hold::kReleased).Pods("j", 2);
  scene.Child("d", Hold::kReleased, [](json::Value& child) { child.Mutable("spec").Set("paused", true); });
  EXPECT_THAT(
      scene.Plan(At(62)),
      HasSubstr("role d: Deployment mix-0-d has created 0 of 3 pods; it is paused: kubectl rollout resume deployment "
                "mix-0-d"));
}

TEST(GroupStop, AJobsOwnBackOffDoesNotCountAgainstTheTimeout) {
  Scene scene(MixedWith(60));
  HoldAll(scene);
  scene.Verdict(Verdict::Kind::kAdmit).Write(At(1));
  scene.Verdict(Verdict::Kind::kNone).Child("s", Hold::kReleased).Pods("s", 2);
  scene.Child("j", Hold::kReleased, [](json::Value& job) { job.Mutable("status").Set("failed", 2); });
  EXPECT_EQ(scene.Plan(At(300)).find("ScheduleTimeout"), std::string::npos);
  // It has made its pods at last: they have the whole time to be scheduled.
  scene.Pods("j", 2, {.node = "", .created = At(320)});
  EXPECT_EQ(scene.Plan(At(321)).find("ScheduleTimeout"), std::string::npos);
  const GroupStep step = scene.Reconcile(At(321));
  ASSERT_TRUE(step.plan.wake_up.has_value());
  EXPECT_LE(*step.plan.wake_up, At(380));
  EXPECT_THAT(scene.Plan(At(381)), HasSubstr("ScheduleTimeout"));
}

// ---- Members that do not go

TEST(GroupStop, MembersThatDoNotGoAreNamedAndKeepItFromStarting) {
  Scene scene = RunningScene(MixedWith());
  scene.group().spec.run = api::Run::kHold;
  scene.Write(At(10));
  HoldAll(scene);
  scene.DropPods().Pods("s", 1, {.node = "lost", .deleted = At(40)});
  scene.group().spec.run = api::Run::kRun;
  const GroupStep step = scene.Reconcile(At(41));
  EXPECT_EQ(step.stance.kind, Stands::kInFlight);
  EXPECT_EQ(step.plan.wake_up, At(70));
  scene.Verdict(Verdict::Kind::kAdmit).Write(At(71));
  EXPECT_THAT(scene.group().status.explanation->summary,
              HasSubstr("pod s-4 on node lost is being deleted but is not gone"));
  EXPECT_EQ(scene.group().status.explanation->blockers[0].code, "MembersLeft");
  EXPECT_EQ(scene.Plan(At(500)), "");
  scene.DropPods().Verdict(Verdict::Kind::kNone);
  EXPECT_EQ(scene.Reconcile(At(501)).stance.kind, Stands::kAsking);
}

// ---- Changed roles

TEST(GroupStop, AChangedRevisionStopsItThenChangesTheChildrenThenAsks) {
  json::Value pod_template = sim::PodTemplate();
  pod_template.Mutable("metadata").Mutable("labels").Set("v", "2");
  Scene scene = RunningScene(MixedWith());
  const json::Value after = MakeWorkload("mix").Job("j", 2, pod_template).StatefulSet("s", 2, pod_template).Build();
  scene.Change(after);
  EXPECT_EQ(scene.Plan(At(10)),
            "status PodGroup ml/mix-0 (Stopping)\n"
            "patch Job ml/mix-0-j /spec/suspend=true (held again: SpecChanged)\n"
            "patch StatefulSet ml/mix-0-s /spec/replicas=0 (held again: SpecChanged)\n"
            "event SpecChanged: the Workload's roles have changed\n");
  Scene held = RunningScene(MixedWith());
  HoldAll(held);
  held.Change(after);
  held.Write(At(10));
  EXPECT_EQ(held.Plan(At(11)), "") << "members are still there";
  held.DropPods();
  EXPECT_EQ(held.Plan(At(12)),
            "delete Job ml/mix-0-j (of another revision)\n"
            "patch StatefulSet ml/mix-0-s /metadata/labels/muster.dev~1workload=\"mix\" "
            "/metadata/labels/muster.dev~1pod-group=\"mix-0\" /metadata/labels/muster.dev~1role=\"s\" "
            "/metadata/annotations/muster.dev~1revision=\"" +
                held.revision().meta.name + "\" /metadata/annotations/muster.dev~1role-hash=\"" +
                held.revision().roles[1].hash + "\" /spec (to the wanted revision)\n");
  EXPECT_EQ(held.Reconcile(At(12)).stance.kind, Stands::kIdle);
  held.DropChild("j");
  EXPECT_THAT(held.Plan(At(13)), HasSubstr("create Job ml/mix-0-j (held until admitted)\n"));
  HoldAll(held);
  EXPECT_EQ(held.Plan(At(14)), "");
  EXPECT_EQ(held.Reconcile(At(14)).stance.kind, Stands::kAsking);
  EXPECT_EQ(held.Reconcile(At(14)).stance.ask.asked, held.group().meta.created) << "it keeps its place";
}

TEST(GroupStop, RolesThatAreNoMoreAreRemovedAndAnotherKindTakesTheName) {
  Scene scene = RunningScene(MixedWith());
  HoldAll(scene);
  scene.Change(MakeWorkload("mix").Deployment("j", 2).Build()).Write(At(10));
  scene.DropPods();
  EXPECT_EQ(scene.Plan(At(11)),
            "delete StatefulSet ml/mix-0-s (its role is no more)\n"
            "delete Job ml/mix-0-j (of another revision)\n");
  scene.DropChild("j");
  EXPECT_EQ(scene.Plan(At(12)),
            "delete StatefulSet ml/mix-0-s (its role is no more)\n"
            "create Deployment ml/mix-0-j (held until admitted)\n");
}

// ---- By hand

TEST(GroupStop, WhatIsChangedByHandIsPutRight) {
  Scene scene = RunningScene(MixedWith());
  scene.Child("s", Hold::kReleased, [](json::Value& set) { set.Mutable("spec").Set("replicas", 7); });
  EXPECT_EQ(scene.Plan(At(10)), "patch StatefulSet ml/mix-0-s /spec/replicas=2 (its size was changed by hand)\n");
  scene.Child("s", Hold::kReleased).Child("j", Hold::kHeld);
  EXPECT_EQ(scene.Plan(At(10)), "patch Job ml/mix-0-j /spec/suspend=false (admitted)\n");
}

TEST(GroupStop, AChildDeletedByHandIsMadeAgainOnceItsMembersAreGone) {
  Scene scene = RunningScene(MixedWith());
  scene.DropChild("j");
  EXPECT_EQ(scene.Plan(At(10)).find("create"), std::string::npos) << "its pods still run";
  scene.DropPods().Pods("s", 2);
  EXPECT_THAT(scene.Plan(At(11)), HasSubstr("create Job ml/mix-0-j (admitted)\n"));
}

TEST(GroupStop, AChildThatIsBeingDeletedIsWaitedFor) {
  Scene scene = RunningScene(MixedWith());
  scene.Child("j", Hold::kHeld,
              [](json::Value& job) { job.Mutable("metadata").Set("deletionTimestamp", FormatTime(At(10))); });
  EXPECT_EQ(scene.Plan(At(11)), "");
}

}  // namespace
}  // namespace muster::core
