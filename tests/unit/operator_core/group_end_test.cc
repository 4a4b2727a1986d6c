// A group that ends, and one that cannot go on: results recorded, refusals told, other people's objects left alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/operator_core/scene.h"

namespace muster::core {
namespace {

using sim::MakeWorkload;
using ::testing::HasSubstr;
using Stands = Stance::Kind;

json::Value Jobs() { return MakeWorkload("train").Job("a", 2).Job("b", 2).StatefulSet("s", 1).Build(); }
json::Value OnlyJobs() { return MakeWorkload("train").Job("a", 2).Job("b", 2).Build(); }

void End(Scene& scene, const std::string& role, const std::string& condition, const std::string& message = {}) {
  scene.Child(role, Hold::kReleased, [&](json::Value& job) {
    job.Mutable("status").Set("succeeded", condition == "Complete" ? 2 : 0);
    job.Mutable("status").Set(
        "conditions",
        json::Array{json::Object{
            {"type", condition}, {"status", "True"}, {"reason", "BackoffLimitExceeded"}, {"message", message}}});
  });
  std::erase_if(scene.observed().pods, [&](const auto& pod) { return pod->role == role; });
}

TEST(GroupEnd, AResultIsRecordedAtOnceAndItsJobIsNeverMadeAgain) {
  Scene scene = RunningScene(OnlyJobs());
  End(scene, "a", "Complete");
  EXPECT_EQ(scene.Plan(At(3)), "status PodGroup ml/train-0 (Running)\n");
  scene.Write(At(3));
  EXPECT_EQ(scene.group().status.roles[0].result, "Succeeded");
  scene.DropChild("a");  // its ttl is over
  EXPECT_EQ(scene.Plan(At(10)), "");
  scene.group().spec.run = api::Run::kHold;
  scene.Write(At(20));
  scene.Child("b", Hold::kHeld).DropPods().Write(At(22));
  EXPECT_THAT(scene.Status(), HasSubstr("Held"));
  scene.group().spec.run = api::Run::kRun;
  scene.Verdict(Verdict::Kind::kAdmit);
  EXPECT_EQ(scene.Plan(At(30)),
            "status PodGroup ml/train-0 (Starting)\n"
            "patch Job ml/train-0-b /spec/suspend=false (admitted)\n");
}

TEST(GroupEnd, AllJobsCompleteIsSuccess) {
  Scene scene = RunningScene(OnlyJobs());
  End(scene, "a", "Complete");
  End(scene, "b", "Complete");
  EXPECT_EQ(scene.Plan(At(10)),
            "status PodGroup ml/train-0 (Succeeded)\n"
            "event Succeeded: every Job of the group is complete\n");
  EXPECT_EQ(scene.Write(At(10)).stance.kind, Stands::kIdle);
  EXPECT_EQ(scene.Status(),
            "Succeeded Admitted=False(Succeeded) Ready=True(Succeeded) Scheduled=False(Succeeded) "
            "Succeeded=True(JobsComplete)");
  EXPECT_EQ(scene.Plan(At(20)), "");
  scene.DropChild("a").DropChild("b");
  EXPECT_EQ(scene.Plan(At(30)), "");
}

TEST(GroupEnd, OneFailedJobFailsTheGroupAndHoldsTheRest) {
  Scene scene = RunningScene(Jobs());
  End(scene, "b", "Failed", "Job has reached the specified backoff limit");
  EXPECT_EQ(scene.Plan(At(10)),
            "status PodGroup ml/train-0 (Failed)\n"
            "patch Job ml/train-0-a /spec/suspend=true (the group has finished)\n"
            "patch StatefulSet ml/train-0-s /spec/replicas=0 (the group has finished)\n"
            "event Failed: Job of role b failed: Job has reached the specified backoff limit\n");
  scene.Write(At(10));
  EXPECT_EQ(scene.Status(),
            "Failed Admitted=False(RoleFailed) Failed=True(RoleFailed) Ready=False(RoleFailed) "
            "Scheduled=False(RoleFailed) Stalled=True(RoleFailed)");
  // Carried on after a crash between the record and the holds.
  scene.DropPods();
  const GroupStep step = scene.Reconcile(At(11));
  EXPECT_EQ(step.stance.kind, Stance::Kind::kInFlight) << "until it is held, pods may take their room";
  EXPECT_FALSE(step.stance.unbound.empty());
  EXPECT_EQ(scene.Plan(At(11)),
            "patch Job ml/train-0-a /spec/suspend=true (the group has finished)\n"
            "patch StatefulSet ml/train-0-s /spec/replicas=0 (the group has finished)\n");
  EXPECT_TRUE(scene.Child("a", Hold::kHeld).Child("s", Hold::kHeld).Write(At(20)).stance.unbound.empty());
  EXPECT_EQ(scene.Plan(At(30)), "");
}

TEST(GroupEnd, AFinishedGroupMindsNoChangeOfItsRevision) {
  Scene scene = RunningScene(OnlyJobs());
  End(scene, "a", "Complete");
  End(scene, "b", "Complete");
  scene.Write(At(10));
  scene.group().spec.run = api::Run::kHold;
  EXPECT_EQ(scene.Plan(At(20)).find("patch"), std::string::npos);
  EXPECT_THAT(scene.Plan(At(20)), ::testing::Not(HasSubstr("Stopping")));
}

TEST(GroupEnd, AMemberThatSucceedsChangesCountsAlone) {
  Scene scene = RunningScene(OnlyJobs());
  scene.DropPods().Pods("a", 2).Pods("b", 1).Pods("b", 1, {.phase = api::PodPhase::kSucceeded});
  const GroupStep step = scene.Reconcile(At(3));
  EXPECT_EQ(Describe(step.plan), "");
  EXPECT_EQ(step.plan.wake_up, At(5));
}

// ---- Refused children

TEST(GroupStall, ARefusedRoleIsNamedAndTheOthersStayHeld) {
  Scene scene(Jobs());
  scene.Child("a", Hold::kHeld).Refuse("b", "spec.template.spec.containers[0].image: Required value", At(301));
  const GroupStep step = scene.Reconcile(At(2));
  EXPECT_EQ(Describe(step.plan),
            "status PodGroup ml/train-0 (Stalled)\n"
            "create StatefulSet ml/train-0-s (held until admitted)\n"
            "event InvalidRole: role b: spec.template.spec.containers[0].image: Required value\n");
  EXPECT_EQ(step.plan.wake_up, At(301));
  EXPECT_EQ(step.stance.kind, Stands::kIdle);
  scene.Child("s", Hold::kHeld).Write(At(2));
  EXPECT_EQ(scene.Status(),
            "Stalled Admitted=False(InvalidRole) Ready=False(InvalidRole) Scheduled=False(InvalidRole) "
            "Stalled=True(InvalidRole)");
  EXPECT_EQ(scene.Plan(At(100)), "");
  EXPECT_EQ(scene.Plan(At(302)), "create Job ml/train-0-b (held until admitted)\n") << "tried again in its time";
}

TEST(GroupStall, ACorrectedSpecCarriesOn) {
  Scene scene(Jobs());
  scene.Child("a", Hold::kHeld).Child("s", Hold::kHeld).Refuse("b", "image: Required value", At(301)).Write(At(2));
  scene.Change(MakeWorkload("train").Job("a", 2).Job("b", 3).StatefulSet("s", 1).Build());
  EXPECT_EQ(scene.Plan(At(3)), "create Job ml/train-0-b (held until admitted)\n");
  scene.Child("b", Hold::kHeld);
  EXPECT_EQ(scene.Reconcile(At(4)).stance.kind, Stands::kAsking);
  scene.Wait("InsufficientCpu", "no room").Write(At(4));
  EXPECT_EQ(scene.Status(),
            "Waiting Admitted=False(InsufficientCpu) Ready=False(InsufficientCpu) Scheduled=False(InsufficientCpu)");
}

TEST(GroupStall, AForeignObjectIsAConflictAndNotTouched) {
  Scene scene(Jobs());
  scene.Child("a", Hold::kHeld).Child("s", Hold::kHeld).Refuse("b", "Job ml/train-0-b exists and is not ours", At(30));
  scene.observed().refusals["b"].foreign = true;
  scene.Write(At(2));
  EXPECT_THAT(scene.Status(), HasSubstr("Stalled=True(NameConflict)"));
  EXPECT_EQ(scene.group().status.explanation->blockers[0].code, "NameConflict");
  EXPECT_EQ(scene.group().status.explanation->blockers[0].role, "b");
  EXPECT_EQ(scene.Plan(At(3)), "");
}

TEST(GroupStall, RefusedWhenReleasedAGroupOfOneRoleIsStoppedThenStalled) {
  Scene scene(MakeWorkload("train").Job("w", 2).Build());
  scene.Verdict(Verdict::Kind::kAdmit).Write(At(1));
  scene.Verdict(Verdict::Kind::kNone).Refuse("w", "image: Required value", At(301));
  EXPECT_EQ(scene.Plan(At(2)),
            "status PodGroup ml/train-0 (Stopping)\n"
            "event InvalidRole: image: Required value\n");
  scene.Write(At(2));
  scene.Write(At(2));
  EXPECT_THAT(scene.Status(), HasSubstr("Stalled=True(InvalidRole)"));
  EXPECT_EQ(scene.Plan(At(3)), "");
}

TEST(GroupStall, WhatCouldNeverStartIsToldWithoutAnyChildReleased) {
  json::Value spec = sim::ReplicatedSpec(2);
  spec.Set("podManagementPolicy", "OrderedReady");
  Scene scene(MakeWorkload("db").Role(sim::RoleOf("s", api::RoleKind::kStatefulSet, spec)).Build());
  scene.Write();
  EXPECT_THAT(scene.Status(), HasSubstr("Stalled=True(CannotStart)"));
  EXPECT_THAT(scene.group().status.explanation->summary, HasSubstr("set it to Parallel"));
  EXPECT_EQ(scene.group().status.explanation->blockers.front().role, "s");
  EXPECT_EQ(scene.Plan(At(9)), "");
}

}  // namespace
}  // namespace muster::core
