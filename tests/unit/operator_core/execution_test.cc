// Plans carried out against answers written down: what is sent, what is waited for, what a refusal means.
#include "operator/core/execution.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/base/strings.h"
#include "lib/json/text.h"

namespace muster::core {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const Actor kGroup{.key = {"ml", "train-0"}, .resource = api::kPodGroups, .uid = "uid-g"};

json::Value Object(const std::string& name, const std::string& version = "7") {
  return json::Object{{"metadata", json::Object{{"namespace", "ml"},
                                                {"name", name},
                                                {"uid", "uid-" + name},
                                                {"resourceVersion", version},
                                                {"generation", 3}}}};
}

json::Value Owned(json::Value object, const std::string& kind, const std::string& name, const std::string& uid) {
  object.Mutable("metadata")
      .Set("ownerReferences",
           json::Array{json::Object{{"apiVersion", kind == "Deployment" ? "apps/v1" : "muster.dev/v1alpha1"},
                                    {"kind", kind},
                                    {"name", name},
                                    {"uid", uid},
                                    {"controller", true}}});
  return object;
}
json::Value Ours(const std::string& name) { return Owned(Object(name), "PodGroup", "train-0", "uid-g"); }

json::Value Labelled(json::Value object) {
  object.Mutable("metadata")
      .Set("labels", json::Object{{std::string(api::kLabelPodGroup), "train-0"}, {std::string(api::kLabelRole), "w"}});
  return object;
}

Create CreateJob(Mode mode = Mode::kReal) {
  return {.resource = api::kJobs, .object = Labelled(Ours("j")), .role = "w", .mode = mode};
}
Patch PatchJob() { return {.resource = api::kJobs, .key = {"ml", "j"}, .uid = "uid-j", .operations = {}}; }
WriteStatus Status() {
  return {.resource = api::kPodGroups, .key = {"ml", "train-0"}, .uid = "uid-g", .resource_version = "6"};
}
const EmitEvent kEvent{EventType::kNormal, "Running", "Run", "it runs"};

Plan PlanOf(std::initializer_list<Action> actions) {
  Plan plan;
  for (const Action& action : actions) plan.Add(action, {});
  return plan;
}

using Answers = std::vector<Result<json::Value>>;

// Everything that was done, until it was over or the answers were.
std::vector<std::string> Drive(Execution& execution, const Answers& answers) {
  std::vector<std::string> done;
  auto answer = answers.begin();
  while (!execution.Over()) {
    if (const EmitEvent* event = execution.event()) {
      done.push_back("event " + event->reason);
      execution.Emitted();
      continue;
    }
    const Request request = execution.request();
    const std::string name = std::string(request.resource.plural) + " " + request.key.name;
    static constexpr const char* kVerbs[] = {"get ", "create ", "patch ", "delete "};
    done.push_back(kVerbs[static_cast<size_t>(request.verb)] + name + (request.mode == Mode::kDryRun ? " dry" : "") +
                   (request.subresource.empty() ? "" : "/" + request.subresource));
    if (answer == answers.end()) return done;
    if (const auto touched = execution.OnAnswer(*answer++)) {
      done.push_back(touched->deleted ? "wait until " + touched->object.name + " is gone"
                                      : "wait for " + touched->object.name + " " + touched->resource_version);
    }
  }
  return done;
}

TEST(Execution, DoesAllOfItInOrderAndSaysWhatToWaitFor) {
  const Plan plan = PlanOf({CreateJob(), PatchJob(), kEvent, Status(),
                            Delete{.resource = api::kJobs, .key = {"ml", "old"}, .uid = "uid-old"}});
  std::map<std::string, KnownChild> known = {{"uid-old", {.name = "Job old"}}};
  Execution execution(plan, kGroup, &known);
  EXPECT_THAT(
      Drive(execution, {Labelled(Object("j", "7")), Labelled(Object("j", "8")), Object("train-0", "9"), json::Value()}),
      ElementsAre("create jobs j", "wait for j 7", "patch jobs j", "wait for j 8", "event Running",
                  "patch podgroups train-0/status", "wait for train-0 9", "delete jobs old", "wait until old is gone"));
  EXPECT_FALSE(execution.failure().has_value());
  EXPECT_EQ(execution.step(), nullptr);
  ASSERT_EQ(known.size(), 1U) << "what is written is known, the group itself is no child, what is deleted is forgotten";
  EXPECT_EQ(known["uid-j"].generation, 3);
  EXPECT_EQ(known["uid-j"].name, "Job j");
  EXPECT_EQ(known["uid-j"].role, "w");
}

TEST(Execution, AnEmptyPlanIsOverAtOnce) {
  const Plan plan;
  EXPECT_TRUE(Execution(plan, kGroup, nullptr).Over());
}

TEST(Execution, WritesTestWhatTheyWereDecidedOn) {
  Patch patch = PatchJob();
  patch.generation = 4;
  const Plan plan = PlanOf(
      {patch, Status(), Delete{.resource = api::kJobs, .key = {"ml", "j"}, .uid = "u", .resource_version = "5"}});
  Execution execution(plan, kGroup, nullptr);
  EXPECT_EQ(execution.request().uid, "uid-j");
  EXPECT_THAT(json::Write(execution.request().operations), HasSubstr("/metadata/generation"));
  (void)execution.OnAnswer(Object("j"));
  EXPECT_EQ(execution.request().uid, "uid-g");
  EXPECT_THAT(json::Write(execution.request().operations), HasSubstr(R"("test","path":"/metadata/resourceVersion")"));
  (void)execution.OnAnswer(Object("train-0"));
  EXPECT_EQ(execution.request().uid, "u");
  EXPECT_EQ(execution.request().resource_version, "5");
}

TEST(Execution, StopsAtTheFirstFailure) {
  const Plan plan = PlanOf({CreateJob(), PatchJob()});
  Execution execution(plan, kGroup, nullptr);
  EXPECT_THAT(Drive(execution, {MakeError(Code::kForbidden, "no")}), ElementsAre("create jobs j"));
  ASSERT_TRUE(execution.failure().has_value());
  EXPECT_EQ(execution.failure()->step, &plan.steps[0]);
  EXPECT_EQ(execution.failure()->error.code, Code::kForbidden);
  EXPECT_FALSE(execution.failure()->foreign);
}

TEST(Execution, GivenUpItFailsTheStepInHand) {
  const Plan plan = PlanOf({CreateJob(), PatchJob()});
  Execution execution(plan, kGroup, nullptr);
  (void)execution.OnAnswer(Object("j"));
  execution.GiveUp(MakeError(Code::kCancelled, "no longer the leader"));
  EXPECT_TRUE(execution.Over());
  EXPECT_EQ(execution.failure()->step, &plan.steps[1]);
}

TEST(Execution, AGuardIsLookedUpBeforeTheFirstStep) {
  Plan plan = PlanOf({CreateJob()});
  plan.guard = Guard{.resource = api::kPodGroups, .key = kGroup.key, .uid = "uid-train-0", .resource_version = "7"};
  Execution holds(plan, kGroup, nullptr);
  EXPECT_TRUE(holds.IsGuarding());
  EXPECT_THAT(Drive(holds, {Object("train-0", "7"), Object("j")}),
              ElementsAre("get podgroups train-0", "create jobs j", "wait for j 7"));
  Execution behind(plan, kGroup, nullptr);
  EXPECT_THAT(Drive(behind, {Object("train-0", "8")}), ElementsAre("get podgroups train-0", "wait for train-0 8"));
  EXPECT_EQ(behind.failure()->error.code, Code::kConflict);
  EXPECT_EQ(behind.failure()->step, &plan.steps[0]);
  Execution gone(plan, kGroup, nullptr);
  EXPECT_THAT(Drive(gone, {MakeError(Code::kNotFound, "gone")}), ElementsAre("get podgroups train-0"));
  EXPECT_EQ(gone.failure()->error.code, Code::kNotFound);
}

TEST(Execution, AStatusIsItsOwnGuard) {
  Plan plan = PlanOf({Status()});
  plan.guard = Guard{.resource = api::kPodGroups, .key = kGroup.key};
  EXPECT_FALSE(Execution(plan, kGroup, nullptr).IsGuarding());
}

TEST(Execution, WhatIsGoneNeedNotBeDeleted) {
  const Plan plan = PlanOf({Delete{.resource = api::kJobs, .key = {"ml", "j"}, .uid = "uid-j"}});
  Execution execution(plan, kGroup, nullptr);
  EXPECT_THAT(Drive(execution, {MakeError(Code::kNotFound, "gone")}),
              ElementsAre("delete jobs j", "wait until j is gone"));
  EXPECT_FALSE(execution.failure().has_value());
}

TEST(Execution, TriedDryNothingIsWaitedForAndATakenNameIsNoMatter) {
  Patch patch = PatchJob();
  patch.mode = Mode::kDryRun;
  const Plan plan = PlanOf({CreateJob(Mode::kDryRun), patch});
  Execution execution(plan, kGroup, nullptr);
  EXPECT_THAT(Drive(execution, {MakeError(Code::kAlreadyExists, "taken"), Object("j")}),
              ElementsAre("create jobs j dry", "patch jobs j dry"));
  EXPECT_FALSE(execution.failure().has_value());
}

// What comes of a create whose name is taken, by what is found there.
std::optional<Failure> AfterFinding(const Result<json::Value>& found, const Create& create = CreateJob()) {
  const Plan plan = PlanOf({create});
  Execution execution(plan, kGroup, nullptr);
  (void)Drive(execution, {MakeError(Code::kAlreadyExists, "taken"), found});
  EXPECT_TRUE(execution.Over());
  std::optional<Failure> failure = execution.failure();
  if (failure) failure->step = nullptr;
  return failure;
}

TEST(ATakenName, OfOurOwnEarlierTryIsAllWeWanted) {
  const Plan plan = PlanOf({CreateJob()});
  Execution execution(plan, kGroup, nullptr);
  EXPECT_THAT(Drive(execution, {MakeError(Code::kAlreadyExists, "taken"), Labelled(Ours("j"))}),
              ElementsAre("create jobs j", "get jobs j", "wait for j 7"));
  EXPECT_FALSE(execution.failure().has_value());
}

TEST(ATakenName, OfAnEarlierOwnerWillBeFree) {
  EXPECT_EQ(AfterFinding(Owned(Object("j"), "PodGroup", "train-0", "uid-earlier"))->error.code, Code::kConflict);
  json::Value going = Ours("j");
  going.Mutable("metadata").Set("deletionTimestamp", "2026-11-01T00:00:00Z");
  EXPECT_EQ(AfterFinding(going)->error.code, Code::kConflict);
  EXPECT_EQ(AfterFinding(MakeError(Code::kNotFound, "gone"))->error.code, Code::kNotFound);
}

TEST(ATakenName, OfSomebodyElseIsTold) {
  const auto of_nobody = AfterFinding(Object("j"));
  EXPECT_TRUE(of_nobody->foreign);
  EXPECT_EQ(of_nobody->error.code, Code::kAlreadyExists);
  EXPECT_THAT(of_nobody->error.message, HasSubstr("Job ml/j exists and is not ours (it is of nobody we know)"));
  const auto of_cron = AfterFinding(Owned(Object("j"), "CronJob", "nightly", "uid-c"));
  EXPECT_TRUE(of_cron->foreign);
  EXPECT_THAT(of_cron->error.message, HasSubstr("(it is of CronJob nightly)"));
}

TEST(ATakenName, OfARevisionThatHoldsOtherRolesIsTold) {
  json::Value wanted = Ours("r");
  wanted.Set("data", json::Object{{"roles", 1}});
  json::Value found = wanted;
  const Create create{.resource = api::kControllerRevisions, .object = wanted};
  EXPECT_FALSE(AfterFinding(found, create).has_value());
  found.Set("data", json::Object{{"roles", 2}});
  const auto other = AfterFinding(found, create);
  ASSERT_TRUE(other.has_value());
  EXPECT_TRUE(other->foreign);
}

TEST(AnOrphan, IsAdoptedAsItIs) {
  const Plan plan = PlanOf({CreateJob(Mode::kReal), kEvent});
  json::Value found = Labelled(Ours("j"));
  found.Mutable("metadata").Erase("ownerReferences");
  found.Mutable("metadata").Set("resourceVersion", "7");
  Execution execution(plan, kGroup, nullptr);
  execution.OnAnswer(MakeError(Code::kAlreadyExists, "there"));
  EXPECT_FALSE(execution.OnAnswer(found).has_value());
  const json::Value operations = execution.request().operations;
  EXPECT_EQ(json::Write(operations.At(0)), R"({"op":"test","path":"/metadata/resourceVersion","value":"7"})");
  EXPECT_EQ(operations.At(1)["path"].Text(), "/metadata/ownerReferences");
  EXPECT_EQ(operations.At(1)["value"].At(0)["uid"].Text(), kGroup.uid);
  EXPECT_EQ(operations.Items().size(), 2U) << "nothing else is changed";
  ASSERT_TRUE(execution.OnAnswer(Labelled(Ours("j"))).has_value());
  ASSERT_NE(execution.event(), nullptr);
  EXPECT_EQ(execution.event()->reason, "Adopted");
}

TEST(AnOrphan, OfAnotherGroupIsNotOurs) {
  json::Value found = Labelled(Ours("j"));
  found.Mutable("metadata").Erase("ownerReferences");
  found.Mutable("metadata").Mutable("labels").Set(api::kLabelPodGroup, "other-0");
  const auto failure = AfterFinding(found, CreateJob(Mode::kReal));
  ASSERT_TRUE(failure.has_value());
  EXPECT_TRUE(failure->foreign);
}

// A Job whose annotation says that it is made from the wanted role, of that image.
json::Value Claiming(json::Value job, const std::string& image) {
  job.Mutable("metadata").Set("annotations", json::Object{{std::string(api::kAnnotationRoleHash), "hash"}});
  const json::Value container = json::Object{{"name", "c"}, {"image", image}};
  const json::Value pod = json::Object{{"containers", json::Array{container}}};
  job.Set("spec", json::Object{{"suspend", true}, {"template", json::Object{{"spec", pod}}}});
  return job;
}
json::Value Orphan(json::Value job) {
  job.Mutable("metadata").Erase("ownerReferences");
  return job;
}
// What the API server fills in.
json::Value Filled(json::Value job, const std::string& uid) {
  job.Mutable("spec").Set("backoffLimit", 6);
  job.Mutable("spec").Set("selector", json::Object{{"matchLabels", json::Object{{"controller-uid", uid}}}});
  job.Mutable("spec").Mutable("template").Mutable("metadata").Set("labels", json::Object{{"controller-uid", uid}});
  return job;
}

Create CreateClaimed() {
  Create create = CreateJob();
  create.object = Claiming(create.object, "good");
  return create;
}

TEST(AnOrphan, ThatClaimsTheRoleMustHaveTheSpecThatTheServerMakesOfIt) {
  const json::Value wanted = CreateClaimed().object;
  json::Value released = Filled(Orphan(wanted), "theirs");
  released.Mutable("spec").Set("suspend", false);
  json::Value more = released;
  more.Mutable("spec").Mutable("template").Mutable("spec").Set("hostNetwork", true);
  const struct {
    const char* what;
    json::Value found;
    bool adopted;
  } kCases[] = {
      {"the same, released", released, true},
      {"another image", Filled(Orphan(Claiming(wanted, "evil")), "theirs"), false},
      {"a field more", more, false},
  };
  for (const auto& [what, found, adopted] : kCases) {
    const Plan plan = PlanOf({CreateClaimed()});
    Execution execution(plan, kGroup, nullptr);
    const auto done =
        Drive(execution, {MakeError(Code::kAlreadyExists, "there"), found, Filled(wanted, "probe"), wanted});
    if (adopted) {
      EXPECT_THAT(done, ElementsAre("create jobs j", "get jobs j", "create jobs x dry", "patch jobs j", "wait for j 7",
                                    "event Adopted"))
          << what;
      continue;
    }
    EXPECT_THAT(done, ElementsAre("create jobs j", "get jobs j", "create jobs x dry")) << what;
    ASSERT_TRUE(execution.failure().has_value()) << what;
    EXPECT_TRUE(execution.failure()->foreign) << what;
    EXPECT_THAT(execution.failure()->error.message, HasSubstr("its spec is another one: delete it")) << what;
  }
}

TEST(AnOrphan, ThatCannotBeComparedIsNotAdopted) {
  const json::Value found = Filled(Orphan(CreateClaimed().object), "theirs");
  for (const Code code : {Code::kForbidden, Code::kInvalid, Code::kAlreadyExists, Code::kUnavailable}) {
    const Plan plan = PlanOf({CreateClaimed()});
    Execution execution(plan, kGroup, nullptr);
    Drive(execution, {MakeError(Code::kAlreadyExists, "there"), found, MakeError(code, "no")});
    ASSERT_TRUE(execution.failure().has_value());
    EXPECT_EQ(execution.failure()->foreign, code != Code::kUnavailable) << "what passes is tried again";
  }
}

TEST(AnOrphan, OfAnotherRoleIsAdoptedAndBroughtUpToDateLater) {
  json::Value found = Orphan(Claiming(CreateClaimed().object, "evil"));
  found.Mutable("metadata").Mutable("annotations").Set(api::kAnnotationRoleHash, "older");
  const Plan plan = PlanOf({CreateClaimed()});
  Execution execution(plan, kGroup, nullptr);
  EXPECT_THAT(Drive(execution, {MakeError(Code::kAlreadyExists, "there"), found, CreateClaimed().object}),
              ElementsAre("create jobs j", "get jobs j", "patch jobs j", "wait for j 7", "event Adopted"));
}

TEST(Found, IsOursOnlyWhenItsOwnerIsNamedInFull) {
  const char* kOwners[][3] = {{"apps/v1", "PodGroup", "train-0"},
                              {"muster.dev/v1alpha1", "Workload", "train-0"},
                              {"muster.dev/v1alpha1", "PodGroup", "train-1"}};
  for (const auto& [api_version, kind, name] : kOwners) {
    json::Value found = Labelled(Owned(Object("j"), kind, name, "uid-g"));
    found.Mutable("metadata").Mutable("ownerReferences").MutableItems()[0].Set("apiVersion", api_version);
    const auto failure = AfterFinding(found, CreateJob());
    ASSERT_TRUE(failure.has_value()) << api_version << kind << name;
    EXPECT_TRUE(failure->foreign) << api_version << kind << name;
  }
}

TEST(LostLabels, ArePutBackAndTold) {
  const Plan plan = PlanOf({CreateJob(Mode::kLook), kEvent});
  json::Value found = Ours("j");
  found.Mutable("metadata").Set("labels", json::Object{{"team", "a"}, {std::string(api::kLabelRole), "w"}});
  Execution execution(plan, kGroup, nullptr);
  EXPECT_EQ(execution.request().verb, Request::Verb::kGet);
  EXPECT_FALSE(execution.OnAnswer(found).has_value());
  EXPECT_EQ(json::Write(execution.request().operations),
            R"([{"op":"add","path":"/metadata/labels/muster.dev~1pod-group","value":"train-0"}])");
  EXPECT_EQ(execution.request().uid, "uid-j");
  ASSERT_TRUE(execution.OnAnswer(Labelled(Ours("j"))).has_value());
  ASSERT_NE(execution.event(), nullptr);
  EXPECT_EQ(execution.event()->reason, "ChildChanged");
  EXPECT_THAT(execution.event()->note, HasSubstr("Job j had lost labels"));
  EXPECT_EQ(execution.step(), &plan.steps[0]);
  execution.Emitted();
  EXPECT_EQ(execution.step(), &plan.steps[1]);
}

TEST(LostLabels, AllOfThemAtOnce) {
  const Plan plan = PlanOf({CreateJob()});
  Execution execution(plan, kGroup, nullptr);
  EXPECT_THAT(Drive(execution, {MakeError(Code::kAlreadyExists, "taken"), Ours("j"), Labelled(Ours("j"))}),
              ElementsAre("create jobs j", "get jobs j", "patch jobs j", "wait for j 7", "event ChildChanged"));
}

TEST(LostLabels, NothingIsThereToMend) {
  const Plan plan = PlanOf({CreateJob(Mode::kLook)});
  Execution execution(plan, kGroup, nullptr);
  EXPECT_THAT(Drive(execution, {MakeError(Code::kNotFound, "none")}), ElementsAre("get jobs j"));
  EXPECT_FALSE(execution.failure().has_value());
  Execution failed(plan, kGroup, nullptr);
  (void)Drive(failed, {MakeError(Code::kUnavailable, "lost")});
  EXPECT_TRUE(failed.failure().has_value());
}

}  // namespace
}  // namespace muster::core
