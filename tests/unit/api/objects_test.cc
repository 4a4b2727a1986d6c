// Our own objects and the children: what is decoded, and that a status survives its text form unchanged; otherwise a
// steady cluster would be written for ever.
#include <gtest/gtest.h>

#include "lib/api/child.h"
#include "lib/api/creation_failure.h"
#include "lib/api/names.h"
#include "lib/api/pod_group.h"
#include "lib/api/priority_class.h"
#include "lib/json/text.h"

namespace muster::api {
namespace {

json::Value Json(std::string_view text) { return json::Parse(text).value_or(json::Value("not JSON")); }

Instant At(const char* text) { return *ParseTime(text); }

TEST(Resource, PathsAreTheServers) {
  EXPECT_EQ(kPods.Path("ns", "a"), "/api/v1/namespaces/ns/pods/a");
  EXPECT_EQ(kPodGroups.Path(""), "/apis/muster.dev/v1alpha1/podgroups");
  EXPECT_EQ(kPodGroups.Path("ns", "a", "status"), "/apis/muster.dev/v1alpha1/namespaces/ns/podgroups/a/status");
  EXPECT_EQ(kNodes.Path("ignored", "n"), "/api/v1/nodes/n");
}

TEST(Meta, KeepsTheControllerAndOurLabels) {
  const auto meta = DecodeMeta(Json(R"({"metadata":{"name":"a","namespace":"n","uid":"u","resourceVersion":"7",
      "creationTimestamp":"2026-11-22T10:00:00Z","labels":{"muster.dev/role":"w","app":"x"},
      "ownerReferences":[{"kind":"Other","name":"o","uid":"1"},{"apiVersion":"batch/v1","kind":"Job","name":"j","uid":"2",
      "controller":true}]}})"),
                               KeepLabels::kOurs);
  ASSERT_TRUE(meta.has_value());
  EXPECT_EQ(meta->owner, (OwnerRef{"Job", "j", "2", "batch"}));
  EXPECT_EQ(meta->labels, (std::map<std::string, std::string>{{"muster.dev/role", "w"}}));
  EXPECT_FALSE(meta->deleted.has_value());
  EXPECT_EQ(DecodeMeta(Json(R"({"metadata":{"name":"a"}})"), KeepLabels::kNone).error().code, Code::kDecode);
}

TEST(Condition, TheTransitionTimeMovesWithTheStatusAlone) {
  Conditions conditions;
  SetCondition(conditions, {.type = "Ready", .status = Truth::kFalse, .reason = "A"}, At("2026-01-01T00:00:00Z"));
  SetCondition(conditions, {.type = "Ready", .status = Truth::kFalse, .reason = "B"}, At("2026-01-01T00:01:00Z"));
  EXPECT_EQ(FindCondition(conditions, "Ready")->reason, "B");
  EXPECT_EQ(FindCondition(conditions, "Ready")->last_transition, At("2026-01-01T00:00:00Z"));
  SetCondition(conditions, {.type = "Ready", .status = Truth::kTrue, .reason = "C"}, At("2026-01-01T00:02:00Z"));
  EXPECT_EQ(FindCondition(conditions, "Ready")->last_transition, At("2026-01-01T00:02:00Z"));
  EXPECT_TRUE(IsTrue(conditions, "Ready"));
  EXPECT_FALSE(IsFalse(conditions, "Absent"));
}

TEST(PodGroup, TheWholeStatusSurvivesItsText) {
  PodGroup group;
  PodGroupStatus& status = group.status;
  status.observed_generation = 3;
  status.state = GroupState::kWaiting;
  status.revision = "train-abc";
  status.members = 9;
  status.scheduled = 2;
  status.ready = 1;
  status.roles = {{.name = "w",
                   .kind = "Job",
                   .desired = 4,
                   .created = 3,
                   .scheduled = 2,
                   .ready = 1,
                   .succeeded = 5,
                   .failed = 6,
                   .result = "Failed"}};
  status.attempt = 2;
  status.timeouts = 1;
  status.asked_time = At("2026-01-01T00:00:00Z");
  status.next_attempt_time = At("2026-01-01T00:00:10Z");
  status.last_stop = {At("2026-01-01T00:00:05Z"), "ScheduleTimeout", "pod-1", "too late"};
  status.explanation = Explanation{.summary = "needs 4 x 1 cpu, room for 2",
                                   .roles = {{"w", 2, 4}},
                                   .blockers = {{"InsufficientCpu", "w", "cpu", "2", 3, "cpu: 2 more needed"}},
                                   .changes = {{"AddNodes", "1 more node like n-0 (4 cpu)"}},
                                   .not_considered = {"volumes of role w"},
                                   .nodes = 3};
  SetCondition(status.conditions,
               {.type = "Admitted", .status = Truth::kFalse, .reason = "R", .message = "m", .observed_generation = 3},
               At("2026-01-01T00:00:00Z"));
  json::Value object = Json(R"({"metadata":{"name":"train-0","namespace":"n","uid":"u"}})");
  object.Set("spec", EncodePodGroupSpec(group.spec));
  object.Set("status", EncodePodGroupStatus(status));
  const auto decoded = DecodePodGroup(Json(json::Write(object)));
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(decoded->status, status);
  EXPECT_EQ(decoded->spec, group.spec);
}

TEST(PodGroup, AnEmptyStatusSurvivesToo) {
  json::Value object = Json(R"({"metadata":{"name":"a","uid":"u"}})");
  object.Set("status", EncodePodGroupStatus({}));
  EXPECT_EQ(DecodePodGroup(object)->status, PodGroupStatus());
}

TEST(Workload, DefaultsAreTheSchemas) {
  const auto workload = DecodeWorkload(Json(R"({"metadata":{"name":"a","uid":"u"},
      "spec":{"roles":[{"name":"w","minAvailable":2,"job":{"spec":{"parallelism":3}}}]}})"));
  ASSERT_TRUE(workload.has_value());
  EXPECT_EQ(workload->spec.replicas, 1);
  EXPECT_FALSE(workload->spec.suspend);
  EXPECT_EQ(workload->spec.gang, Gang());
  EXPECT_EQ(workload->spec.roles[0].kind, RoleKind::kJob);
  EXPECT_EQ(workload->spec.roles[0].min_available, 2);
  EXPECT_EQ(*DecodeRoles(EncodeRoles(workload->spec.roles)), workload->spec.roles);
}

TEST(Workload, ARoleOfNoOrTwoKindsIsNamed) {
  const auto none = DecodeRoles(Json(R"([{"name":"w"}])"));
  EXPECT_NE(none.error().message.find("role w has 0 kinds"), std::string::npos);
  const auto two = DecodeRoles(Json(R"([{"name":"w","job":{"spec":{}},"deployment":{"spec":{}}}])"));
  EXPECT_NE(two.error().message.find("role w has 2 kinds"), std::string::npos);
  EXPECT_FALSE(DecodeRoles(Json("[]")).has_value());
}

TEST(Child, AJobIsCaughtUpWhenItsConditionSaysSo) {
  json::Value job =
      Json(R"({"metadata":{"name":"j","uid":"u","labels":{"muster.dev/role":"w"}},"spec":{"suspend":true}})");
  EXPECT_TRUE(DecodeChild(RoleKind::kJob, job)->Held());
  EXPECT_FALSE(DecodeChild(RoleKind::kJob, job)->CaughtUp());
  job.Set("status", Json(R"({"conditions":[{"type":"Suspended","status":"True"}],"succeeded":2})"));
  EXPECT_TRUE(DecodeChild(RoleKind::kJob, job)->CaughtUp());
  EXPECT_EQ(DecodeChild(RoleKind::kJob, job)->succeeded, 2);
  job.Set("status", Json(R"({"conditions":[{"type":"Failed","status":"True","reason":"BackoffLimitExceeded"}]})"));
  EXPECT_EQ(DecodeChild(RoleKind::kJob, job)->result, JobResult::kFailed);
  EXPECT_EQ(DecodeChild(RoleKind::kJob, job)->result_reason, "BackoffLimitExceeded");
}

TEST(Child, AScaledOneIsCaughtUpByGeneration) {
  const auto child = DecodeChild(RoleKind::kStatefulSet, Json(R"({"metadata":{"name":"s","uid":"u","generation":2},
      "spec":{"replicas":0,"persistentVolumeClaimRetentionPolicy":{"whenScaled":"Delete"}},
      "status":{"observedGeneration":1}})"));
  EXPECT_TRUE(child->Held());
  EXPECT_FALSE(child->CaughtUp());
  EXPECT_FALSE(child->volumes_kept_on_scale);
  EXPECT_FALSE(DecodeChild(RoleKind::kDeployment, Json(R"({"metadata":{"name":"d","uid":"u"},"spec":{}})"))->Held());
}

TEST(CreationFailure, TakesTheLatestTimeThereIs) {
  const auto failure = DecodeCreationFailure(Json(R"({"metadata":{"name":"e","uid":"u",
      "creationTimestamp":"2026-01-01T00:00:00Z"},"involvedObject":{"kind":"Job","namespace":"n","name":"j"},
      "message":"exceeded quota","lastTimestamp":"2026-01-01T00:00:09Z"})"));
  EXPECT_EQ(failure->object, (Key{"n", "j"}));
  EXPECT_EQ(failure->last_seen, At("2026-01-01T00:00:09Z"));
}

TEST(PriorityClass, HasANumber) {
  const auto decoded =
      DecodePriorityClass(Json(R"({"metadata":{"name":"p","uid":"u"},"value":1000,"globalDefault":true})"));
  EXPECT_EQ(decoded->value, 1000);
  EXPECT_TRUE(decoded->global_default);
}

TEST(Names, AreWhatPeopleSee) {
  EXPECT_EQ(GroupName("train", 3), "train-3");
  EXPECT_EQ(ChildName("train-3", "workers"), "train-3-workers");
  EXPECT_EQ(RevisionName("train", "{}"), RevisionName("train", "{}"));
  EXPECT_NE(RevisionName("train", "{}"), RevisionName("train", "[]"));
}

}  // namespace
}  // namespace muster::api
