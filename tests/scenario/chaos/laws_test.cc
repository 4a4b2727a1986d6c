// The laws themselves: to each a history made by hand that breaks it, which it must report, and beside it what is
// allowed. A law that cannot be broken proves nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/base/check.h"
#include "lib/base/strings.h"
#include "operator/core/render.h"
#include "tests/support/sim/builders.h"
#include "tests/support/sim/law.h"
#include "tests/support/sim/world.h"

namespace muster::sim {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;

// Writes as the operator would, rightly or wrongly; there is no other one, and no controllers.
class LawsTest : public ::testing::Test {
 protected:
  LawsTest() {
    Must(api_.Create(api::kNodes,
                     json::Object{{"metadata", json::Object{{"name", "n1"}}},
                                  {"status", json::Object{{"allocatable", json::Object{{"cpu", 4}, {"pods", 9}}},
                                                          {"conditions", json::Array{Ready(true)}}}}}));
    SetSpec(MakeWorkload("w").Job("j", 2).StatefulSet("s", 2).Build());
  }

  static json::Value Ready(bool ready) { return json::Object{{"type", "Ready"}, {"status", ready ? "True" : "False"}}; }

  json::Value Must(const Result<json::Value>& done) {
    CHECK(done.has_value());
    return *done;
  }
  json::Value AsOperator(const std::function<Result<json::Value>()>& request) {
    return Must(api_.AsOperator("request", request));
  }

  // The Workload with its revision, as the operator would have stored it.
  void SetSpec(const json::Value& object) {
    if (api_.Find(api::kWorkloads, {"ml", "w"}) == nullptr) Must(api_.Create(api::kWorkloads, object));
    api_.Edit(api::kWorkloads, {"ml", "w"}, [&](json::Value& stored) { stored.Set("spec", object["spec"]); });
    workload_ = *api::DecodeWorkload(*api_.Find(api::kWorkloads, {"ml", "w"}));
    const json::Value revision = core::EncodeRevision(workload_, core::WantRevision(workload_), ++number_);
    const json::Value stored = AsOperator([&] { return api_.Create(api::kControllerRevisions, revision); });
    revision_ = *core::DecodeRevision(stored);
  }

  void AddGroup(int64_t index) {
    const std::string name = "w-" + std::to_string(index);
    AsOperator([&] {
      return api_.Create(
          api::kPodGroups,
          json::Object{{"metadata", json::Object{{"namespace", "ml"},
                                                 {"name", name},
                                                 {"labels", json::Object{{std::string(api::kLabelWorkload), "w"}}},
                                                 {"ownerReferences", json::Array{api::EncodeOwnerReference(
                                                                         api::kWorkloads, workload_.meta)}}}},
                       {"spec", api::EncodePodGroupSpec({.index = index, .revision = revision_.meta.name})}});
    });
  }
  api::PodGroup Group(const std::string& name) {
    return *api::DecodePodGroup(*api_.Find(api::kPodGroups, {"ml", name}));
  }

  void SetStatus(const std::string& name, const std::function<void(api::PodGroupStatus&)>& change) {
    api::PodGroupStatus status = Group(name).status;
    change(status);
    AsOperator([&] {
      return api_.Patch(
          api::kPodGroups, {"ml", name},
          {json::Object{{"op", "add"}, {"path", "/status"}, {"value", api::EncodePodGroupStatus(status)}}}, "status");
    });
  }
  void Set(const std::string& name, std::string_view type, api::Truth truth, const std::string& reason = "Reason") {
    SetStatus(name, [&](api::PodGroupStatus& status) {
      status.revision = Group(name).spec.revision;
      api::SetCondition(status.conditions, {.type = std::string(type), .status = truth, .reason = reason},
                        events_.now());
    });
  }
  void Admit(const std::string& name) { Set(name, api::condition::kAdmitted, api::Truth::kTrue); }
  void Stop(const std::string& name, const std::string& reason) {
    Set(name, api::condition::kAdmitted, api::Truth::kFalse, reason);
  }
  void PatchGroup(const std::string& name, const std::string& path, const json::Value& value) {
    AsOperator([&] {
      return api_.Patch(api::kPodGroups, {"ml", name}, {json::Object{{"op", "add"}, {"path", path}, {"value", value}}});
    });
  }

  json::Value ChildOf(const std::string& group, size_t role, core::Hold hold) {
    return core::RenderChild(Group(group), revision_, revision_.roles[role], hold, Group(group).status.attempt);
  }
  void CreateChild(const std::string& group, size_t role, core::Hold hold) {
    AsOperator(
        [&] { return api_.Create(api::ResourceOf(revision_.roles[role].role.kind), ChildOf(group, role, hold)); });
  }
  void PatchChild(const std::string& name, const json::Value& operation) {
    AsOperator([&] { return api_.Patch(api::kStatefulSets, {"ml", name}, {operation}); });
  }
  // A member of role s, as its StatefulSet would make it.
  void AddPod(const std::string& group, const std::string& name, const std::string& node = "n1") {
    const Document set = api_.Find(api::kStatefulSets, {"ml", group + "-s"});
    CHECK(set != nullptr);
    json::Value pod = (*set)["spec"]["template"];
    pod.Mutable("metadata").Set("namespace", "ml");
    pod.Mutable("metadata").Set("name", name);
    pod.Mutable("metadata")
        .Set("ownerReferences",
             json::Array{json::Object{
                 {"kind", "StatefulSet"}, {"name", group + "-s"}, {"uid", UidOf(*set)}, {"controller", true}}});
    if (!node.empty()) pod.Mutable("spec").Set("nodeName", node);
    pod.Set("status", json::Object{{"phase", "Running"}});
    Must(api_.Create(api::kPods, pod));
  }

  std::string Broken() { return Join(laws_.broken(), "\n"); }

  Events events_{1};
  ApiServer api_{events_};
  Laws laws_{api_, events_, Duration(0)};
  api::Workload workload_;
  core::Revision revision_;
  int64_t number_ = 0;
};

TEST_F(LawsTest, AProperStartBreaksNone) {
  AddGroup(0);
  CreateChild("w-0", 0, core::Hold::kHeld);
  CreateChild("w-0", 1, core::Hold::kHeld);
  Admit("w-0");
  PatchChild("w-0-s", json::Object{{"op", "add"}, {"path", "/spec/replicas"}, {"value", 2}});
  AddPod("w-0", "p0");
  AddPod("w-0", "p1");
  events_.RunFor(seconds(60));
  EXPECT_EQ(Broken(), "");
}

TEST_F(LawsTest, I1AChildReleasedBeforeTheRecord) {
  AddGroup(0);
  CreateChild("w-0", 0, core::Hold::kReleased);
  EXPECT_THAT(Broken(), HasSubstr("w-0-j: released while its group is not admitted"));
}

TEST_F(LawsTest, I1APodOfAGroupThatWasNeverAdmitted) {
  AddGroup(0);
  CreateChild("w-0", 1, core::Hold::kHeld);
  AddPod("w-0", "p0");
  EXPECT_THAT(Broken(), HasSubstr("p0: created while its group is not admitted"));
}

TEST_F(LawsTest, I1APodLongAfterTheHold) {
  AddGroup(0);
  CreateChild("w-0", 1, core::Hold::kHeld);
  Admit("w-0");
  Stop("w-0", "Suspended");
  events_.RunFor(seconds(2));
  AddPod("w-0", "p0");  // on its way
  (void)api_.Delete(api::kPods, {"ml", "p0"});
  api_.Remove(api::kPods, {"ml", "p0"});
  EXPECT_EQ(Broken(), "");
  events_.RunFor(seconds(20));
  AddPod("w-0", "p1");
  EXPECT_THAT(Broken(), HasSubstr("p1: created while its group is not admitted"));
}

TEST_F(LawsTest, I2PartlyScheduledForLongerThanItsTimeout) {
  AddGroup(0);
  PatchGroup("w-0", "/spec/gang", api::EncodeGang({.schedule_timeout_seconds = 20}));
  CreateChild("w-0", 1, core::Hold::kHeld);
  Admit("w-0");
  AddPod("w-0", "p0");
  events_.RunFor(seconds(25));
  EXPECT_EQ(Broken(), "");
  events_.RunFor(seconds(10));
  EXPECT_THAT(Broken(), HasSubstr("w-0: partly scheduled for longer than its timeout"));
}

TEST_F(LawsTest, I3AdmittedBeyondTheRoom) {
  AddGroup(0);
  AddGroup(1);
  Admit("w-0");
  EXPECT_EQ(Broken(), "");
  Must(api_.Create(api::kPods, json::Object{{"metadata", json::Object{{"namespace", "other"}, {"name", "o"}}},
                                            {"spec", json::Object{{"nodeName", "n1"},
                                                                  {"containers", PodTemplate()["spec"]["containers"]}}},
                                            {"status", json::Object{{"phase", "Running"}}}}));
  Admit("w-1");
  EXPECT_THAT(Broken(), HasSubstr("w-1: admitted though 5000 cpu millis are missing"));
}

TEST_F(LawsTest, I4AdmittedOverAMemberThatIsLeft) {
  AddGroup(0);
  CreateChild("w-0", 1, core::Hold::kHeld);
  Admit("w-0");
  AddPod("w-0", "p0");
  Stop("w-0", "Suspended");
  events_.RunFor(seconds(1));
  EXPECT_EQ(Broken(), "");
  Admit("w-0");
  EXPECT_THAT(Broken(), HasSubstr("w-0: admitted while pod p0 is still there"));
}

TEST_F(LawsTest, I4HeldWithAMemberLeft) {
  AddGroup(0);
  CreateChild("w-0", 1, core::Hold::kHeld);
  Admit("w-0");
  AddPod("w-0", "p0");
  Stop("w-0", "Suspended");
  events_.RunFor(seconds(5));
  EXPECT_EQ(Broken(), "");
  events_.RunFor(seconds(10));
  EXPECT_THAT(Broken(), HasSubstr("w-0: not admitted, and pod p0 is still there"));
}

TEST_F(LawsTest, I4NotOfALostNode) {
  AddGroup(0);
  CreateChild("w-0", 1, core::Hold::kHeld);
  Admit("w-0");
  AddPod("w-0", "p0");
  api_.Edit(api::kNodes, {{}, "n1"},
            [](json::Value& node) { node.Mutable("status").Set("conditions", json::Array{Ready(false)}); });
  Stop("w-0", "Suspended");
  events_.RunFor(seconds(30));
  EXPECT_EQ(Broken(), "");
}

TEST_F(LawsTest, AFinishedJobMadeAgain) {
  AddGroup(0);
  Admit("w-0");
  SetStatus("w-0", [](api::PodGroupStatus& status) { status.roles = {{.name = "j", .result = "Succeeded"}}; });
  CreateChild("w-0", 0, core::Hold::kHeld);
  EXPECT_THAT(Broken(), HasSubstr("w-0-j: a Job whose result is recorded is made again"));
}

TEST_F(LawsTest, ARecordedResultLost) {
  AddGroup(0);
  Admit("w-0");
  SetStatus("w-0", [](api::PodGroupStatus& status) { status.roles = {{.name = "j", .result = "Succeeded"}}; });
  SetStatus("w-0", [](api::PodGroupStatus& status) { status.roles = {{.name = "j"}}; });
  EXPECT_THAT(Broken(), HasSubstr("w-0: the recorded result of role j is lost"));
}

class Rollout : public LawsTest {
 protected:
  Rollout() {
    SetSpec(MakeWorkload("w").StatefulSet("s", 1).Build());
    for (const int64_t index : {0, 1}) {
      const std::string name = "w-" + std::to_string(index);
      AddGroup(index);
      Admit(name);
      Set(name, api::condition::kReady, api::Truth::kTrue);
    }
    SetSpec(MakeWorkload("w").StatefulSet("s", 2).Build());
  }
};

TEST_F(Rollout, I7TwoGroupsTakenDownAtOnce) {
  PatchGroup("w-0", "/spec/revision", revision_.meta.name);
  EXPECT_EQ(Broken(), "");
  PatchGroup("w-1", "/spec/revision", revision_.meta.name);
  EXPECT_THAT(Broken(), HasSubstr("a new spec has taken down at the same time: w-0, w-1"));
}

TEST_F(Rollout, I7NotWhenTheFirstIsUpAgainOrTheSecondWasNot) {
  PatchGroup("w-0", "/spec/revision", revision_.meta.name);
  Set("w-0", api::condition::kReady, api::Truth::kTrue);  // of the new revision
  PatchGroup("w-1", "/spec/revision", revision_.meta.name);
  EXPECT_EQ(Broken(), "");
  SetSpec(MakeWorkload("w").StatefulSet("s", 3).Build());
  PatchGroup("w-1", "/spec/revision", revision_.meta.name);  // it was down
  PatchGroup("w-0", "/spec/revision", revision_.meta.name);
  EXPECT_THAT(Broken(), HasSubstr("w-0, w-1"));
}

TEST_F(LawsTest, I8AdmittedBeforeItsBackOffIsOver) {
  AddGroup(0);
  Admit("w-0");
  Stop("w-0", "ScheduleTimeout");
  events_.RunFor(seconds(10));
  Admit("w-0");
  EXPECT_EQ(Broken(), "");
  Stop("w-0", "ScheduleTimeout");
  events_.RunFor(seconds(10));
  Admit("w-0");
  EXPECT_THAT(Broken(), HasSubstr("w-0: admitted 10000 ms after timeout number 2 in a row"));
}

TEST_F(LawsTest, I8ReleasedMoreOftenThanAdmitted) {
  AddGroup(0);
  CreateChild("w-0", 1, core::Hold::kHeld);
  Admit("w-0");
  const json::Value release = json::Object{{"op", "add"}, {"path", "/spec/replicas"}, {"value", 2}};
  const json::Value hold = json::Object{{"op", "add"}, {"path", "/spec/replicas"}, {"value", 0}};
  PatchChild("w-0-s", release);
  api_.Edit(api::kStatefulSets, {"ml", "w-0-s"}, [](json::Value& set) { set.Mutable("spec").Set("replicas", 0); });
  PatchChild("w-0-s", release);  // held by hand, so once more
  EXPECT_EQ(Broken(), "");
  PatchChild("w-0-s", hold);
  PatchChild("w-0-s", release);
  EXPECT_THAT(Broken(), HasSubstr("w-0-s: released 2 times, its group admitted 1 times"));
}

TEST_F(LawsTest, I8RefusedAndSentInALoop) {
  api_.SetJudge([](const api::Resource& resource, const json::Value&) -> std::optional<Error> {
    return resource == api::kJobs ? std::optional(MakeError(Code::kForbidden, "no")) : std::nullopt;
  });
  AddGroup(0);
  for (int i = 0; i < 21; ++i) {
    EXPECT_EQ(Broken(), "") << i;
    (void)api_.AsOperator("create jobs ml/w-0-j",
                          [&] { return api_.Create(api::kJobs, ChildOf("w-0", 0, core::Hold::kHeld)); });
    events_.RunFor(seconds(1));
  }
  EXPECT_THAT(Broken(), HasSubstr("create jobs ml/w-0-j: refused, and sent 21 times within a minute"));
}

TEST_F(LawsTest, I9WhatIsLeftBehind) {
  AddGroup(0);
  CreateChild("w-0", 1, core::Hold::kHeld);
  (void)api_.Delete(api::kWorkloads, {"ml", "w"});
  events_.RunFor(seconds(5));
  EXPECT_EQ(Broken(), "");
  events_.RunFor(seconds(10));
  EXPECT_THAT(Broken(), HasSubstr("PodGroup w-0: left behind by its owner"));
  EXPECT_THAT(Broken(), HasSubstr("ControllerRevision"));
}

TEST_F(LawsTest, I10AFieldOfTheUsersSpec) {
  AsOperator([&] {
    return api_.Patch(api::kWorkloads, {"ml", "w"},
                      {json::Object{{"op", "add"}, {"path", "/spec/suspend"}, {"value", true}}});
  });
  EXPECT_THAT(Broken(), HasSubstr("Workload w: /spec/suspend is not the operator's to change: nothing became true"));
}

TEST_F(LawsTest, I10AFieldOfAChildThatIsNoHold) {
  AddGroup(0);
  CreateChild("w-0", 1, core::Hold::kHeld);
  PatchChild("w-0-s", json::Object{{"op", "add"}, {"path", "/spec/minReadySeconds"}, {"value", 5}});
  EXPECT_THAT(Broken(), HasSubstr("StatefulSet w-0-s: /spec/minReadySeconds is not the operator's to change"));
}

TEST_F(LawsTest, I10AnotherRevisionMayChangeTheSpecButNotWhatOthersHavePutThere) {
  AddGroup(0);
  CreateChild("w-0", 1, core::Hold::kHeld);
  api_.Edit(api::kStatefulSets, {"ml", "w-0-s"}, [](json::Value& set) {
    set.Mutable("metadata").Mutable("annotations").Set("team/note", "keep");
    set.Mutable("metadata").Mutable("labels").Set("cost", "42");
  });
  SetSpec(MakeWorkload("w").Job("j", 2).StatefulSet("s", 3).Build());
  json::Array change = core::ChangePatch({.annotated = true}, Group("w-0"), revision_, revision_.roles[1]);
  AsOperator([&] { return api_.Patch(api::kStatefulSets, {"ml", "w-0-s"}, change); });
  EXPECT_EQ(Broken(), "");
  SetSpec(MakeWorkload("w").Job("j", 2).StatefulSet("s", 4).Build());
  change = core::ChangePatch({.annotated = true}, Group("w-0"), revision_, revision_.roles[1]);
  change.push_back(json::Object{{"op", "remove"}, {"path", "/metadata/annotations/team~1note"}});
  AsOperator([&] { return api_.Patch(api::kStatefulSets, {"ml", "w-0-s"}, change); });
  EXPECT_THAT(Broken(), HasSubstr("/metadata/annotations/team/note is not the operator's to change: \"keep\" became"));
}

TEST_F(LawsTest, I10AnObjectOfOthers) {
  Must(api_.Create(api::kJobs, json::Object{{"metadata", json::Object{{"namespace", "ml"}, {"name", "theirs"}}},
                                            {"spec", JobSpec(1)}}));
  AsOperator([&] {
    return api_.Patch(api::kJobs, {"ml", "theirs"},
                      {json::Object{{"op", "add"}, {"path", "/spec/suspend"}, {"value", true}}});
  });
  EXPECT_THAT(Broken(), HasSubstr("Job theirs: not the operator's to change"));
  AsOperator([&]() -> Result<json::Value> {
    (void)api_.Delete(api::kNodes, {{}, "n1"});
    return json::Value();
  });
  EXPECT_THAT(Broken(), HasSubstr("Node n1: not the operator's to delete"));
}

}  // namespace
}  // namespace muster::sim
