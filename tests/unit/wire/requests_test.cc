#include "lib/wire/requests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/json/text.h"
#include "lib/wire/headers.h"

namespace muster::wire {
namespace {

// "POST /path?query body" of a request.
std::string Text(const Request& request) {
  std::string text = std::string(MethodName(request.method)) + " " + EncodeTarget(request);
  return request.body.empty() ? text : text + " " + request.body;
}

const api::Key kKey{"ml", "train-0"};

TEST(Requests, ReadAndList) {
  EXPECT_EQ(Text(BuildGet(api::kNodes, {"", "n1"})), "GET /api/v1/nodes/n1");
  EXPECT_EQ(Text(BuildGet(api::kWorkloads, kKey, "scale")),
            "GET /apis/muster.dev/v1alpha1/namespaces/ml/workloads/train-0/scale");
  EXPECT_EQ(Text(BuildList(api::kPods, "")), "GET /api/v1/pods");
  EXPECT_EQ(Text(BuildList(api::kPods, "ml",
                           {.label_selector = "a", .field_selector = "b", .limit = 5, .continue_token = "c"})),
            "GET /api/v1/namespaces/ml/pods?labelSelector=a&fieldSelector=b&limit=5&continue=c");
  EXPECT_EQ(Text(BuildList(api::kPods, "", {.resource_version = "7", .version_match = VersionMatch::kExact})),
            "GET /api/v1/pods?resourceVersion=7&resourceVersionMatch=Exact");
  EXPECT_EQ(Text(BuildList(api::kPods, "", {.resource_version = "0", .version_match = VersionMatch::kNotOlderThan})),
            "GET /api/v1/pods?resourceVersion=0&resourceVersionMatch=NotOlderThan");
}

TEST(Requests, CreatesAreStrict) {
  const Request request = BuildCreate(api::kJobs, "ml", json::Object{{"kind", "Job"}},
                                      {.dry_run = DryRun::kAll, .field_manager = "muster"});
  EXPECT_EQ(Text(request),
            "POST /apis/batch/v1/namespaces/ml/jobs?fieldValidation=Strict&dryRun=All&fieldManager=muster "
            "{\"kind\":\"Job\"}");
  EXPECT_EQ(request.content_type, "application/json");
}

TEST(Requests, DeletesCarryWhatTheyMustMeet) {
  EXPECT_EQ(Text(BuildDelete(api::kJobs, kKey, {.uid = "u", .propagation = Propagation::kForeground})),
            "DELETE /apis/batch/v1/namespaces/ml/jobs/train-0 "
            "{\"kind\":\"DeleteOptions\",\"apiVersion\":\"v1\",\"propagationPolicy\":\"Foreground\","
            "\"preconditions\":{\"uid\":\"u\"}}");
  EXPECT_EQ(Text(BuildDelete(api::kJobs, kKey,
                             {.resource_version = "3", .propagation = Propagation::kOrphan, .grace_seconds = 0})),
            "DELETE /apis/batch/v1/namespaces/ml/jobs/train-0 "
            "{\"kind\":\"DeleteOptions\",\"apiVersion\":\"v1\",\"propagationPolicy\":\"Orphan\","
            "\"preconditions\":{\"resourceVersion\":\"3\"},\"gracePeriodSeconds\":0}");
}

TEST(Requests, AskForMetadataAloneWhereTheObjectIsNotLookedAt) {
  const api::Key key{"ns", "w"};
  const Request metadata = BuildJsonPatch(api::kWorkloads, key, "uid", {}, {.answer = Answer::kMetadata});
  EXPECT_EQ(metadata.accept, "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json");
  EXPECT_EQ(BuildJsonPatch(api::kWorkloads, key, "uid", {}).accept, "");
}

TEST(Requests, JsonPatchesTestTheUidFirst) {
  const Request request = BuildJsonPatch(
      api::kJobs, kKey, "u", {json::Object{{"op", "replace"}, {"path", "/spec/suspend"}, {"value", false}}});
  EXPECT_EQ(Text(request),
            "PATCH /apis/batch/v1/namespaces/ml/jobs/train-0?fieldValidation=Strict "
            "[{\"op\":\"test\",\"path\":\"/metadata/uid\",\"value\":\"u\"},"
            "{\"op\":\"replace\",\"path\":\"/spec/suspend\",\"value\":false}]");
  EXPECT_EQ(request.content_type, "application/json-patch+json");
}

TEST(Requests, StatusPatchesCarryTheVersion) {
  const Request request = BuildStatusPatch(api::kPodGroups, kKey, "12", json::Object{{"ready", 1}});
  EXPECT_EQ(Text(request),
            "PATCH /apis/muster.dev/v1alpha1/namespaces/ml/podgroups/train-0/status?fieldValidation=Strict "
            "{\"metadata\":{\"resourceVersion\":\"12\"},\"status\":{\"ready\":1}}");
  EXPECT_EQ(request.content_type, "application/merge-patch+json");
}

}  // namespace
}  // namespace muster::wire
