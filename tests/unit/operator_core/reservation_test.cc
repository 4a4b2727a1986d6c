// How long an admitted group keeps room that its pods do not use, and what ends its attempt.
#include "operator/core/reservation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/operator_core/scene.h"

namespace muster::core {
namespace {

using sim::MakeWorkload;
using ::testing::HasSubstr;

constexpr int64_t kADay = 86400;

// Of a StatefulSet of four, released by the record of At(1).
Scene StartingScene(int64_t timeout, int64_t min_available = 4) {
  json::Value workload = MakeWorkload("greedy").StatefulSet("s", 4).Timeout(timeout).Build();
  workload.Mutable("spec").Mutable("roles").MutableItems()[0].Set("minAvailable", min_available);
  Scene scene(workload);
  scene.Child("s", Hold::kHeld).Verdict(Verdict::Kind::kAdmit).Write(At(1));
  scene.Verdict(Verdict::Kind::kNone).Child("s", Hold::kReleased);
  return scene;
}

int64_t ReservedPods(Scene& scene, Instant now, const Policy& policy = {}) {
  int64_t pods = 0;
  for (const auto& claim : scene.Reconcile(now, policy).stance.unbound) pods += claim.members;
  return pods;
}

TEST(Reservation, TheOperatorBoundsItWhateverTheTenantAsksFor) {
  Scene scene = StartingScene(kADay);
  scene.Pods("s", 4, {.node = ""});
  EXPECT_EQ(ReservedPods(scene, At(300)), 4);
  EXPECT_EQ(scene.Reconcile(At(300)).plan.wake_up, At(301) - Duration(437)) << "times in status are whole seconds";
  EXPECT_THAT(scene.Plan(At(301)),
              HasSubstr("0 of 4 members were scheduled within 300s (the operator's limit; scheduleTimeoutSeconds is "
                        "86400) of their admission"));
  EXPECT_THAT(scene.Plan(At(31), {.reservation_timeout = std::chrono::seconds(30)}), HasSubstr("ScheduleTimeout"));
}

TEST(Reservation, TheTenantMayShortenItOnly) {
  Scene scene = StartingScene(60);
  scene.Pods("s", 4, {.node = ""});
  EXPECT_THAT(scene.Plan(At(62)), HasSubstr("within 60s of their admission"));
}

TEST(Reservation, WithAdmissionAlwaysNothingIsReservedSoTheTenantsTimeCounts) {
  Scene scene(
      MakeWorkload("web").Gang({{"admission", "Always"}, {"scheduleTimeoutSeconds", 900}}).Deployment("d", 2).Build());
  scene.Write(At(1));
  scene.Child("d", Hold::kReleased).Pods("d", 2, {.node = ""});
  EXPECT_EQ(scene.Plan(At(899)).find("ScheduleTimeout"), std::string::npos);
  EXPECT_THAT(scene.Plan(At(902)), HasSubstr("ScheduleTimeout"));
}

TEST(Reservation, PodsWithSchedulingGatesEndTheAttempt) {
  Scene scene = StartingScene(kADay);
  scene.Pods("s", 4, {.node = "", .problem = "SchedulingGated: example.com/wait", .created = At(2), .gated = true});
  EXPECT_EQ(scene.Plan(At(4)).find("held again"), std::string::npos) << "their controller may remove them at once";
  EXPECT_LE(scene.Reconcile(At(4)).plan.wake_up, At(5));
  EXPECT_THAT(scene.Plan(At(5)),
              HasSubstr("event PodsGated: pods of role s are gated: pod s-0: SchedulingGated: example.com/wait; "
                        "0 of 4 can be scheduled"));
  scene.Write(At(5));
  EXPECT_EQ(scene.group().status.timeouts, 1);
  EXPECT_GE(*scene.group().status.next_attempt_time, At(14)) << "it backs off";
}

TEST(Reservation, GatesOfMembersThatAreNotNeededEndNothing) {
  Scene scene = StartingScene(kADay, 3);
  scene.Pods("s", 3, {.node = ""}).Pods("s", 1, {.node = "", .gated = true});
  EXPECT_EQ(scene.Plan(At(60)).find("held again"), std::string::npos);
}

// client-go drops the 26th Event about one object.
TEST(Reservation, ARefusalThatNobodyReportsAnyMoreEndsTheNextAttemptToo) {
  Scene scene = StartingScene(kADay);
  scene.observed().pods_refused["s"] = {"exceeded quota: none, requested: pods=1", At(2)};
  scene.Write(At(5));
  ASSERT_EQ(scene.group().status.last_stop.reason, "PodsRefused");
  scene.observed().pods_refused.clear();
  scene.Child("s", Hold::kHeld).Verdict(Verdict::Kind::kAdmit).Write(At(100));
  ASSERT_EQ(scene.group().status.attempt, 2);
  scene.Verdict(Verdict::Kind::kNone).Child("s", Hold::kReleased);
  EXPECT_EQ(scene.Plan(At(109)).find("held again"), std::string::npos);
  const std::string text =
      "event PodsRefused: pods of role s are refused: exceeded quota: none, requested: pods=1; 0 of 4 were created";
  EXPECT_THAT(scene.Plan(At(110)), HasSubstr(text));
  scene.Pods("s", 1, {.created = At(105)});
  EXPECT_EQ(scene.Plan(At(112)).find("held again"), std::string::npos) << "its pods are being created";
}

TEST(Reservation, AJobThatFailsItsOwnPodsDoesNotExtendIt) {
  Scene scene(MakeWorkload("greedy").Job("j", 4).Timeout(kADay).Build());
  scene.Child("j", Hold::kHeld).Verdict(Verdict::Kind::kAdmit).Write(At(1));
  scene.Child("j", Hold::kReleased, [](json::Value& job) { job.Mutable("status").Set("failed", 2); });
  scene.Pods("j", 3, {.node = "", .created = At(290)});
  EXPECT_EQ(ReservedPods(scene, At(300)), 4);
  EXPECT_EQ(ReservedPods(scene, At(301)), 0) << "new pods have time to be scheduled, but no room is kept for them";
}

TEST(Reservation, MembersThatAStartedGroupDoesNotNeedKeepNoRoomForEver) {
  Scene scene = StartingScene(kADay, 1);
  scene.Pods("s", 1).Write(At(2));
  ASSERT_TRUE(api::IsTrue(scene.group().status.conditions, api::condition::kReady));
  EXPECT_EQ(ReservedPods(scene, At(3)), 3);
  EXPECT_EQ(ReservedPods(scene, At(302)), 0);
  scene.observed().pods_refused["s"] = {"exceeded quota: one, requested: pods=1", At(3)};
  EXPECT_EQ(ReservedPods(scene, At(4)), 0) << "pods that are refused need no room";
}

TEST(Reservation, DeletingAPodDoesNotRenewTheClaimOfAStartedGroup) {
  Scene scene = StartingScene(kADay);
  scene.Pods("s", 4).Write(At(2));
  scene.DropPods().Pods("s", 4, {.node = "", .ready = false, .created = At(100)});
  scene.Write(At(100));
  ASSERT_FALSE(api::IsTrue(scene.group().status.conditions, api::condition::kReady));
  EXPECT_EQ(ReservedPods(scene, At(399)), 4);
  scene.DropPods().Pods("s", 4, {.node = "", .ready = false, .created = At(390)});
  EXPECT_EQ(ReservedPods(scene, At(401)), 0);
}

TEST(Reservation, AHoldThatIsNeverSeenKeepsNoRoomForEver) {
  Scene scene = RunningScene(MakeWorkload("greedy").StatefulSet("s", 4).Build());
  scene.group().spec.run = api::Run::kHold;
  scene.Write(At(10));
  scene.Child("s", Hold::kHeld, [](json::Value& object) { object.Erase("status"); }).DropPods();
  EXPECT_EQ(ReservedPods(scene, At(11)), 4);
  EXPECT_LE(scene.Reconcile(At(11)).plan.wake_up, At(310));
  EXPECT_EQ(ReservedPods(scene, At(310)), 0);
}

TEST(Reservation, TheReasonIsReadBackFromTheMessageOfTheStop) {
  EXPECT_EQ(RefusalIn("pods of role s are refused: a; b: c; 0 of 4 were created"), "a; b: c");
  EXPECT_EQ(RefusalIn("pods of role s are refused: a; 0 of 4 were created; PodGroup x, whose pods are refused too, "
                      "starts first"),
            "a");
  EXPECT_EQ(RefusalIn("pods of role s are refused: cut off..."), "cut off...");
  EXPECT_EQ(RefusalIn("1 of 2 members were scheduled within 60s of their admission"), "");
}

}  // namespace
}  // namespace muster::core
