// Visits: what is remembered of how a plan went, and when to come again.
#include "operator/core/visit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/api/names.h"
#include "tests/unit/operator_core/scene.h"

namespace muster::core {
namespace {

using sim::MakeWorkload;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;

// Answers all that is asked, but the step of that description (its beginning) with the error.
void Carry(Execution& execution, const std::string& failing = {}, const Error& error = {}) {
  while (!execution.Over()) {
    if (!failing.empty() && Describe(*execution.step()).starts_with(failing)) return execution.GiveUp(error);
    if (execution.event() != nullptr) {
      execution.Emitted();
      continue;
    }
    json::Value object = execution.request().object != nullptr ? *execution.request().object : json::Value();
    object.Mutable("metadata").Set("uid", "uid-" + execution.request().key.name);
    object.Mutable("metadata").Set("name", execution.request().key.name);
    object.Mutable("metadata").Set("generation", 1);
    (void)execution.OnAnswer(object);
  }
}

struct Visited {
  GroupMemory memory;
  Settled settled;
};

Visited VisitGroup(Scene& scene, GroupMemory memory, Instant now, const std::string& failing = {},
                   const Error& error = {}) {
  scene.observed().group = std::make_shared<const api::PodGroup>(scene.group());
  GroupVisit visit(scene.observed(), std::move(memory), now, {});
  Carry(visit.execution(), failing, error);
  const bool failed = visit.execution().failure().has_value();
  EXPECT_EQ(failed, !failing.empty()) << Describe(visit.plan());
  Settled settled = visit.Settle(now);
  return {visit.memory(), std::move(settled)};
}

Error Forbidden() { return MakeError(Code::kForbidden, "quota"); }

TEST(GroupVisit, RemembersItsWritesAndItsChildren) {
  Scene scene(Mixed());
  const Visited created = VisitGroup(scene, {}, At(1));
  EXPECT_EQ(created.memory.known.size(), 2U) << "as they were answered";
  EXPECT_EQ(created.settled.next.kind, Next::Kind::kNever);
  scene.Child("j", Hold::kHeld).Child("s", Hold::kHeld).Verdict(Verdict::Kind::kAdmit);
  const Visited admitted = VisitGroup(scene, {}, At(2));
  EXPECT_EQ(admitted.memory.last_write, At(2));
  EXPECT_EQ(admitted.settled.statuses.size(), 1U);
  EXPECT_EQ(admitted.memory.known.at("uid-j").name, "Job mix-0-j") << "as it was seen";
}

TEST(GroupVisit, AChildThatIsGoneIsToldOnce) {
  Scene scene = RunningScene(Mixed());
  GroupMemory memory = VisitGroup(scene, {}, At(3)).memory;
  ASSERT_TRUE(memory.known.contains("uid-s"));
  scene.DropChild("s");
  scene.observed().group = std::make_shared<const api::PodGroup>(scene.group());
  GroupVisit visit(scene.observed(), memory, At(4), {});
  EXPECT_THAT(Describe(visit.plan()), HasSubstr("ChildDeleted"));
  EXPECT_FALSE(visit.memory().known.contains("uid-s"));
}

TEST(GroupVisit, AChildThatWeDeleteIsNotToldAsSomebodyElsesDeed) {
  Scene scene(MakeWorkload("mix").Job("j", 2).Build());
  scene.Child("j", Hold::kHeld).Write(At(1));
  GroupMemory memory = VisitGroup(scene, {}, At(1)).memory;
  ASSERT_TRUE(memory.known.contains("uid-j"));
  scene.Change(MakeWorkload("mix").Job("j", 3).Build());
  const Visited removed = VisitGroup(scene, memory, At(2));
  EXPECT_FALSE(removed.memory.known.contains("uid-j")) << "the Job of the other revision is deleted";
  scene.DropChild("j");
  scene.observed().group = std::make_shared<const api::PodGroup>(scene.group());
  GroupVisit visit(scene.observed(), removed.memory, At(3), {});
  EXPECT_EQ(Describe(visit.plan()).find("ChildDeleted"), std::string::npos) << Describe(visit.plan());
}

TEST(GroupVisit, AfterAFailureWhatWasWrittenIsNotKnown) {
  Scene scene = RunningScene(Mixed());
  const GroupMemory memory = VisitGroup(scene, {}, At(3)).memory;
  EXPECT_FALSE(memory.known.empty());
  scene.group().spec.run = api::Run::kHold;
  EXPECT_TRUE(VisitGroup(scene, memory, At(4), "status", MakeError(Code::kTimeout, "lost")).memory.known.empty());
}

TEST(GroupVisit, ARefusedChildIsRememberedByItsRole) {
  Scene scene(Mixed());
  const Visited invalid = VisitGroup(scene, {}, At(1), "create Job", MakeError(Code::kInvalid, "spec.x: no"));
  const Refusal& refusal = invalid.memory.refusals.at("j");
  EXPECT_EQ(refusal.retry_at, At(1) + minutes(5)) << "it stays so until the spec changes";
  EXPECT_EQ(refusal.message, "spec.x: no");
  EXPECT_EQ(refusal.role_hash, scene.revision().roles[0].hash);
  EXPECT_EQ(invalid.settled.next.kind, Next::Kind::kAfter);
  EXPECT_EQ(invalid.settled.next.after, Duration(0)) << "to tell it";
  ASSERT_TRUE(invalid.settled.log.has_value());
  EXPECT_EQ(invalid.settled.log->message, "Child was refused");
}

TEST(GroupVisit, WhatIsForbiddenIsTriedAgainEverMoreRarelyUntilItIsDone) {
  Scene scene(Mixed());
  GroupMemory memory = VisitGroup(scene, {}, At(1), "create Job", Forbidden()).memory;
  EXPECT_EQ(memory.refusals.at("j").retry_at, At(1) + seconds(5));
  memory = VisitGroup(scene, memory, At(10), "create Job", Forbidden()).memory;
  EXPECT_EQ(memory.refusals.at("j").retry_at, At(10) + seconds(10));
  memory = VisitGroup(scene, memory, At(30)).memory;
  EXPECT_TRUE(memory.refusals.empty());
  EXPECT_TRUE(memory.tries.empty());
}

TEST(GroupVisit, ARefusedHoldIsNoWordAboutTheRole) {
  Scene scene = RunningScene(Mixed());
  scene.group().spec.run = api::Run::kHold;
  const Visited refused = VisitGroup(scene, {}, At(3), "patch StatefulSet", Forbidden());
  EXPECT_TRUE(refused.memory.refusals.empty());
  ASSERT_NE(refused.memory.refused_writes.First(), nullptr);
  EXPECT_EQ(refused.memory.refused_writes.First()->retry_at, At(3) + seconds(5));
  EXPECT_EQ(refused.settled.log->message, "Write was refused");
  EXPECT_EQ(refused.settled.statuses.size(), 1U) << "what stood before it was done";
}

TEST(GroupVisit, OtherFailuresAreTriedAgainByTheirKind) {
  Scene scene(Mixed());
  const auto next = [&](Code code) {
    return VisitGroup(scene, {}, At(1), "create", MakeError(code, "why")).settled.next;
  };
  EXPECT_EQ(next(Code::kConflict).kind, Next::Kind::kAfter);
  EXPECT_EQ(next(Code::kConflict).after, milliseconds(200)) << "the cache is behind";
  EXPECT_EQ(next(Code::kNotFound).after, milliseconds(200));
  EXPECT_EQ(next(Code::kCancelled).kind, Next::Kind::kAfter);
  EXPECT_EQ(next(Code::kCancelled).after, seconds(1)) << "another leads, or the lease was renewed late";
  EXPECT_EQ(next(Code::kUnavailable).kind, Next::Kind::kFailed);
  EXPECT_EQ(next(Code::kThrottled).error.code, Code::kThrottled);
}

// The role is another one by now; what is refused is still the old child's hold.
TEST(GroupVisit, ARefusedHoldOfAChangedRoleIsNoWordAboutItEither) {
  Scene scene = RunningScene(Mixed());
  scene.Change(MakeWorkload("mix").Job("j", 2).StatefulSet("s", 5).Build());
  const Visited refused = VisitGroup(scene, {}, At(3), "patch StatefulSet", Forbidden());
  EXPECT_TRUE(refused.memory.refusals.empty());
  ASSERT_NE(refused.memory.refused_writes.First(), nullptr);
  scene.Write(At(3));
  scene.Child("j", Hold::kHeld);
  const Visited told = VisitGroup(scene, refused.memory, At(4));
  EXPECT_EQ(told.settled.next.kind, Next::Kind::kAfter);
  EXPECT_GE(told.settled.next.after, seconds(1)) << "not at once, again and again";
}

TEST(GroupVisit, WhatIsDueAtATimeIsDueThoughSomethingFailed) {
  Scene scene(Mixed());
  scene.Child("j", Hold::kHeld).Child("s", Hold::kHeld).Verdict(Verdict::Kind::kAdmit).Write(At(1));
  scene.Child("j", Hold::kReleased).Pods("j", 2, {.node = "", .ready = false});
  const Visited failed = VisitGroup(scene, {}, At(9), "patch StatefulSet", MakeError(Code::kUnavailable, "down"));
  EXPECT_EQ(failed.settled.next.kind, Next::Kind::kFailed);
  EXPECT_GT(failed.settled.next.after, seconds(283)) << "the schedule timeout";
  EXPECT_LE(failed.settled.next.after, seconds(292));
}

TEST(GroupVisit, WhatStaysInTheWayIsLookedAtEverMoreRarelyAndTold) {
  Scene scene(Mixed());
  const Error in_the_way = MakeError(Code::kConflict, "Job ml/mix-0-j of an earlier owner is still being removed");
  GroupMemory memory;
  for (const Duration after :
       {milliseconds(200), milliseconds(400), milliseconds(800), milliseconds(1600), milliseconds(3200)}) {
    const Visited visited = VisitGroup(scene, memory, At(1), "create Job", in_the_way);
    EXPECT_EQ(visited.settled.next.after, after);
    memory = visited.memory;
  }
  memory = VisitGroup(scene, memory, At(2), "create Job", in_the_way).memory;
  ASSERT_NE(memory.refused_writes.First(), nullptr);
  EXPECT_EQ(memory.refused_writes.First()->message,
            "Job ml/mix-0-j cannot be created: Job ml/mix-0-j of an earlier owner is still being removed");
  EXPECT_EQ(VisitGroup(scene, memory, At(60)).memory.stale, 0);
}

TEST(GroupVisit, OneThatIsNoMoreIsLeftAloneForAMoment) {
  Scene scene = RunningScene(Mixed());
  scene.group().spec.run = api::Run::kHold;
  const GroupMemory memory = VisitGroup(scene, {}, At(3), "status", MakeError(Code::kNotFound, "gone")).memory;
  EXPECT_EQ(PauseOf(memory, At(4)), seconds(4));
  EXPECT_EQ(PauseOf(memory, At(9)), Duration(0));
  EXPECT_EQ(PauseOf(GroupMemory{}, At(4)), Duration(0));
}

TEST(GroupVisit, ComesAgainWhenThePlanSays) {
  Scene scene(Mixed());
  const Visited refused = VisitGroup(scene, {}, At(1), "create Job", Forbidden());
  scene.Child("s", Hold::kHeld);
  const Visited told = VisitGroup(scene, refused.memory, At(2));
  EXPECT_EQ(told.settled.next.kind, Next::Kind::kAfter);
  EXPECT_EQ(told.settled.next.after, seconds(4));
}

// ---- Of Workloads

class WorkloadVisitTest : public ::testing::Test {
 protected:
  WorkloadVisitTest() {
    observed_.workload = std::make_shared<const api::Workload>(Decoded(Mixed()));
    observed_.revisions = {RevisionOf(Mixed())};
  }

  // It runs.
  void AddGroup() {
    Scene scene = RunningScene(Mixed());
    observed_.groups = {std::make_shared<const api::PodGroup>(scene.group())};
    observed_.children["mix-0"] = scene.observed().children;
  }

  Settled Visit(Instant now, const std::string& failing = {}, const Error& error = {}, bool foreign = false) {
    WorkloadVisit visit(observed_, memory_, now, {});
    plan_ = Describe(visit.plan());
    if (foreign) {
      // Found by looking whose it is.
      (void)visit.execution().OnAnswer(MakeError(Code::kAlreadyExists, "taken"));
      json::Value other = json::Object{{"metadata", json::Object{{"name", "mix-0"}, {"uid", "other"}}}};
      (void)visit.execution().OnAnswer(other);
    } else {
      Carry(visit.execution(), failing, error);
    }
    Settled settled = visit.Settle(now);
    memory_ = visit.memory();
    return settled;
  }

  ObservedWorkload observed_;
  WorkloadMemory memory_;
  std::string plan_;
};

TEST_F(WorkloadVisitTest, RemembersItsStatus) {
  AddGroup();
  const Settled settled = Visit(At(1));
  EXPECT_EQ(settled.statuses.size(), 1U);
  EXPECT_EQ(memory_.last_write, At(1));
}

TEST_F(WorkloadVisitTest, ANameThatSomebodyElseHasIsLookedAtAgainAfterAWhile) {
  const Settled settled = Visit(At(1), {}, {}, true);
  EXPECT_EQ(settled.next.after, Duration(0)) << "to tell it";
  ASSERT_TRUE(memory_.foreign_groups.contains(0)) << plan_;
  EXPECT_THAT(memory_.foreign_groups.at(0), HasSubstr("PodGroup ml/mix-0 exists and is not ours"));
  EXPECT_EQ(Visit(At(5)).next.after, seconds(6));
  EXPECT_EQ(plan_.find("create PodGroup"), std::string::npos);
  (void)Visit(At(12));
  EXPECT_THAT(plan_, HasSubstr("create PodGroup ml/mix-0"));
  EXPECT_FALSE(memory_.foreign_groups.contains(0));
}

TEST_F(WorkloadVisitTest, ARefusedWriteIsRemembered) {
  const Settled settled = Visit(At(1), "create PodGroup", Forbidden());
  EXPECT_NE(memory_.refused_writes.First(), nullptr);
  EXPECT_EQ(settled.log->message, "Write was refused");
  EXPECT_EQ(settled.next.after, Duration(0));
}

TEST_F(WorkloadVisitTest, OneThatIsNoMoreIsLeftAloneForAMoment) {
  AddGroup();
  (void)Visit(At(1), "status Workload", MakeError(Code::kNotFound, "gone"));
  EXPECT_EQ(PauseOf(memory_, At(2)), seconds(4));
}

// A group that runs, of another revision: it is tried dry before anything is stopped.
class RolloutVisitTest : public WorkloadVisitTest {
 protected:
  RolloutVisitTest() {
    AddGroup();
    const json::Value changed = MakeWorkload("mix").Job("j", 2).StatefulSet("s", 1).Build();
    observed_.workload = std::make_shared<const api::Workload>(Decoded(changed));
    observed_.revisions.push_back(RevisionOf(changed, 2));
  }
};

TEST_F(RolloutVisitTest, ARefusedDryRunStandsUntilItIsTimeToTryAgain) {
  const Settled settled = Visit(At(10), "dry-run", MakeError(Code::kInvalid, "spec.x: no"));
  EXPECT_EQ(settled.next.after, Duration(0));
  ASSERT_EQ(memory_.refused_revisions.size(), 1U) << plan_;
  EXPECT_THAT(memory_.refused_revisions.begin()->second, HasSubstr(": spec.x: no"));
  EXPECT_EQ(memory_.refused_until, At(10) + minutes(5));
  EXPECT_EQ(Visit(At(11)).next.kind, Next::Kind::kAfter);
  EXPECT_EQ(plan_.find("dry-run"), std::string::npos);
  EXPECT_EQ(memory_.refused_revisions.size(), 1U);
  (void)Visit(At(10) + minutes(5));
  EXPECT_THAT(plan_, HasSubstr("dry-run"));
}

TEST_F(RolloutVisitTest, AForbiddenOneIsTriedAgainSooner) {
  (void)Visit(At(10), "dry-run", Forbidden());
  EXPECT_EQ(memory_.refused_until, At(10) + seconds(30));
}

}  // namespace
}  // namespace muster::core
