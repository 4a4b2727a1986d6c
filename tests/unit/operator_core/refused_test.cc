// Writes that the API server refuses: left out until they are due, told, and never in the way of the others.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operator/core/refused_writes.h"
#include "operator/core/workload.h"
#include "tests/unit/operator_core/scene.h"

namespace muster::core {
namespace {

using sim::MakeWorkload;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kWhy = "statefulsets.apps \"mix-0-s\" is forbidden: User \"op\" cannot patch resource";

// Every step of the plan that changes the child `name` is refused.
void RefuseStepsOf(const std::string& name, const Plan& plan, Instant now, RefusedWrites& refused) {
  for (const Step& step : plan.steps) {
    const auto* patch = std::get_if<Patch>(&step.action);
    const auto* create = std::get_if<Create>(&step.action);
    const auto* remove = std::get_if<Delete>(&step.action);
    const std::string at = patch != nullptr    ? patch->key.name
                           : create != nullptr ? create->object["metadata"]["name"].Text()
                           : remove != nullptr ? remove->key.name
                                               : std::string();
    if (at == name) refused.Refuse(step, kWhy, now);
  }
}

TEST(RefusedWrites, AreTriedAgainEverMoreRarely) {
  RefusedWrites refused;
  const Step step{Delete{.resource = api::kJobs, .key = {"ml", "j"}, .uid = "u"}, "why"};
  std::vector<int64_t> waits;
  for (int i = 0; i < 6; ++i) {
    refused.Refuse(step, "no", At(0));
    waits.push_back((refused.Find(step)->retry_at - At(0)).count() / 1000);
  }
  EXPECT_EQ(waits, (std::vector<int64_t>{5, 10, 20, 40, 60, 60}));
  EXPECT_EQ(refused.Find(step)->message, "Job ml/j cannot be deleted: no");
  Plan other;
  other.left_out = {"delete Job ml/other"};
  refused.Retain(other);
  EXPECT_EQ(refused.Find(step), nullptr) << "nobody wants it any more";
}

TEST(RefusedWrites, AStatusADryRunAndALostConnectionAreNone) {
  const Error forbidden = MakeError(Code::kForbidden, "no");
  const Step remove{Delete{.resource = api::kJobs, .key = {"ml", "j"}, .uid = "u"}, ""};
  EXPECT_TRUE(RefusedWrites::IsRefusal(remove, forbidden, false));
  EXPECT_FALSE(RefusedWrites::IsRefusal(remove, MakeError(Code::kUnavailable, "lost"), false));
  EXPECT_TRUE(RefusedWrites::IsRefusal({Create{}, ""}, MakeError(Code::kAlreadyExists, "taken"), true));
  EXPECT_FALSE(RefusedWrites::IsRefusal({Create{.mode = Mode::kDryRun}, ""}, forbidden, false));
  EXPECT_FALSE(RefusedWrites::IsRefusal({Patch{.mode = Mode::kDryRun}, ""}, forbidden, false));
  EXPECT_FALSE(RefusedWrites::IsRefusal({WriteStatus{}, ""}, forbidden, false));
  const Step look{Create{.mode = Mode::kLook}, ""};
  EXPECT_TRUE(RefusedWrites::IsRefusal(look, MakeError(Code::kAlreadyExists, "theirs"), true));
  EXPECT_FALSE(RefusedWrites::IsRefusal(look, forbidden, false));
}

TEST(RefusedHold, TheOthersAreHeldAndItIsToldUntilItIsDone) {
  Scene scene = RunningScene(Mixed());
  scene.group().spec.run = api::Run::kHold;
  const GroupStep first = scene.Write(At(10));
  RefuseStepsOf("mix-0-s", first.plan, At(10), scene.observed().refused_writes);
  EXPECT_EQ(scene.Plan(At(11)),
            "status PodGroup ml/mix-0 (Stopping)\n"
            "patch Job ml/mix-0-j /spec/suspend=true (not admitted)\n"
            "event WriteRefused: StatefulSet ml/mix-0-s cannot be changed: " +
                std::string(kWhy) + "\n");
  scene.Write(At(11));
  EXPECT_THAT(scene.Status(), HasSubstr("Stalled=True(WriteRefused)"));
  scene.Child("j", Hold::kHeld);
  EXPECT_EQ(scene.Plan(At(12)), "") << "told once, and not due";
  EXPECT_THAT(scene.Plan(At(15)), HasSubstr("patch StatefulSet ml/mix-0-s /spec/replicas=0"));
}

TEST(RefusedRelease, NoneIsReleasedWhileOneMayNotBe) {
  Scene scene(Mixed());
  scene.Child("j", Hold::kHeld).Child("s", Hold::kHeld).Verdict(Verdict::Kind::kAdmit);
  const GroupStep admitted = scene.Write(At(2));
  RefuseStepsOf("mix-0-s", admitted.plan, At(2), scene.observed().refused_writes);
  const GroupStep waits = scene.Write(At(3));
  EXPECT_THAT(Describe(waits.plan), Not(HasSubstr("patch Job")));
  EXPECT_THAT(Describe(waits.plan), Not(HasSubstr("patch StatefulSet")));
  EXPECT_EQ(waits.plan.wake_up, At(7));
  EXPECT_THAT(scene.Status(), HasSubstr("Stalled=True(WriteRefused)"));
  EXPECT_EQ(scene.group().status.explanation->blockers.front().code, "WriteRefused");
  EXPECT_THAT(scene.group().status.explanation->summary,
              HasSubstr("StatefulSet ml/mix-0-s cannot be changed: statefulsets.apps"));
  EXPECT_THAT(scene.Plan(At(4)), "") << "told once";
  EXPECT_THAT(scene.Plan(At(7)), HasSubstr("patch StatefulSet ml/mix-0-s")) << "due";
  scene.observed().refused_writes = {};
  scene.Child("j", Hold::kReleased).Child("s", Hold::kReleased).Pods("j", 2).Pods("s", 2).Write(At(8));
  EXPECT_THAT(scene.Status(), Not(HasSubstr("Stalled")));
}

TEST(RefusedRole, ForbiddenIsNoFaultOfTheRole) {
  Scene scene(Mixed());
  scene.Child("j", Hold::kHeld).Refuse("s", "exceeded quota: team", At(300));
  scene.observed().refusals["s"].code = Code::kForbidden;
  scene.Write(At(2));
  EXPECT_THAT(scene.Status(), HasSubstr("Stalled=True(WriteRefused)"));
}

class Workloads {
 public:
  explicit Workloads(const json::Value& spec) {
    observed_.workload = std::make_shared<const api::Workload>(Decoded(spec));
  }
  Plan Reconcile(Instant now = At(100)) { return ReconcileWorkload(observed_, now, {}); }
  ObservedWorkload& observed() { return observed_; }

 private:
  ObservedWorkload observed_;
};

std::string StalledIn(const Plan& plan) {
  for (const Step& step : plan.steps) {
    const auto* write = std::get_if<WriteStatus>(&step.action);
    if (write == nullptr) continue;
    const api::Conditions conditions = api::DecodeConditions(write->status["conditions"]);
    const api::Condition* stalled = api::FindCondition(conditions, api::condition::kStalled);
    return stalled == nullptr ? "" : stalled->reason + ": " + stalled->message;
  }
  return "no status";
}

TEST(RefusedRevision, NoGroupIsMadeWithoutRoles) {
  Workloads workloads(Mixed());
  RefuseStepsOf(WantRevision(*workloads.observed().workload).name, workloads.Reconcile(), At(100),
                workloads.observed().refused_writes);
  const Plan plan = workloads.Reconcile(At(101));
  EXPECT_THAT(Describe(plan), Not(HasSubstr("create")));
  EXPECT_THAT(StalledIn(plan), HasSubstr("WriteRefused: ControllerRevision ml/mix-"));
  EXPECT_THAT(StalledIn(plan), HasSubstr("cannot be created: statefulsets.apps"));
  EXPECT_THAT(Describe(workloads.Reconcile(At(105))), HasSubstr("create ControllerRevision"));
}

TEST(RefusedGroup, TheOtherGroupsAreMade) {
  Workloads workloads(MakeWorkload("mix").Replicas(3).Job("j", 2).Build());
  workloads.observed().revisions = {RevisionOf(MakeWorkload("mix").Replicas(3).Job("j", 2).Build())};
  RefuseStepsOf("mix-1", workloads.Reconcile(), At(100), workloads.observed().refused_writes);
  const Plan plan = workloads.Reconcile(At(101));
  EXPECT_THAT(Describe(plan), HasSubstr("create PodGroup ml/mix-0\ncreate PodGroup ml/mix-2\n"));
  EXPECT_THAT(StalledIn(plan), HasSubstr("PodGroup ml/mix-1 cannot be created"));
}

TEST(Revisions, OneOfTheRightNameWithOtherRolesIsNotTheWantedOne) {
  const json::Value spec = Mixed();
  Workloads workloads(spec);
  auto impostor = std::make_shared<Revision>(*RevisionOf(spec));
  impostor->digest = "of other roles";
  workloads.observed().revisions = {impostor};
  EXPECT_THAT(Describe(workloads.Reconcile()), HasSubstr("create ControllerRevision"))
      << "the server answers that the name is taken, and the refusal is told";
}

TEST(Revisions, OneOfAnotherOwnerIsNotActedUpon) {
  Scene scene(Mixed());
  auto foreign = std::make_shared<Revision>(*scene.observed().revision);
  foreign->meta.owner->uid = "another";
  scene.observed().revision = foreign;
  EXPECT_EQ(scene.Plan(), "");
}

TEST(Revisions, OneThatIsNotNamedAfterItsDataIsRefused) {
  const api::Workload workload = Decoded(Mixed());
  json::Value object = EncodeRevision(workload, WantRevision(workload), 1);
  object.Mutable("metadata").Set("uid", "u");
  EXPECT_TRUE(DecodeRevision(object).has_value());
  object.Mutable("data").Set("priorityClassName", "urgent");
  const auto refused = DecodeRevision(object);
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().message, HasSubstr("is not named after its data: delete it"));
}

TEST(Patches, TestTheGenerationTheyWereDecidedOn) {
  Scene scene = RunningScene(Mixed());
  scene.group().spec.run = api::Run::kHold;
  int tested = 0;
  for (const Step& step : scene.Reconcile(At(10)).plan.steps) {
    const auto* patch = std::get_if<Patch>(&step.action);
    if (patch == nullptr) continue;
    const json::Array sent = Tested(*patch);
    EXPECT_EQ(sent.front()["op"].Text(), "test");
    EXPECT_EQ(sent.front()["path"].Text(), "/metadata/generation");
    EXPECT_EQ(sent.front()["value"].Integer(), 1);
    EXPECT_EQ(sent.size(), patch->operations.size() + 1);
    ++tested;
  }
  EXPECT_EQ(tested, 2);
}

}  // namespace
}  // namespace muster::core
