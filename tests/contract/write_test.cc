// What the server does with our writes, and with their repetition.
#include <gmock/gmock.h>

#include <chrono>
#include <thread>

#include "lib/json/patch.h"
#include "tests/contract/fixture.h"

namespace muster::contract {
namespace {

using ::testing::HasSubstr;

const std::string kOtherUid = "11111111-2222-3333-4444-555555555555";

class Writes : public Contract {};
INSTANTIATE_TEST_SUITE_P(On, Writes, ::testing::ValuesIn(Servers()), [](const auto& i) { return i.param.name; });

TEST_P(Writes, ARepeatedCreateAlreadyExists) {
  const json::Value object = MakeConfigMap(UniqueName("twice"));
  const json::Value made = Make(kConfigMaps, object);
  EXPECT_FALSE(Uid(made).empty());
  EXPECT_OUTCOME(api_->Create(kConfigMaps, ns_, object), "AlreadyExists");
}

TEST_P(Writes, ADryRunCreatesNothing) {
  const json::Value object = MakeConfigMap(UniqueName("dry"));
  EXPECT_OUTCOME(api_->Create(kConfigMaps, ns_, object, {.dry_run = wire::DryRun::kAll}), "OK");
  EXPECT_OUTCOME(api_->Get(kConfigMaps, {ns_, object["metadata"]["name"].Text()}), "NotFound");
}

TEST_P(Writes, AnUnknownFieldIsRefusedByName) {
  json::Value job = MakeUnmanagedJob(UniqueName("strict"));
  job.Mutable("spec").Set("suspnd", true);
  job.Mutable("spec").Mutable("template").Mutable("spec").Set("fooo", 1);
  const auto made = api_->Create(api::kJobs, ns_, job);
  EXPECT_OUTCOME(made, "Invalid");
  EXPECT_THAT(made.error().message, HasSubstr("unknown field \"spec.suspnd\""));
  EXPECT_THAT(made.error().message, HasSubstr("unknown field \"spec.template.spec.fooo\""));
}

TEST_P(Writes, AnInvalidValueIsRefusedByFieldFirst) {
  json::Value job = MakeUnmanagedJob(UniqueName("invalid"));
  job.Mutable("spec").Mutable("template").Mutable("spec").Set("restartPolicy", "Always");
  job.Mutable("spec").Set("parallelism", -1);
  const auto made = api_->Create(api::kJobs, ns_, job);
  EXPECT_OUTCOME(made, "Invalid");
  EXPECT_THAT(made.error().message, ::testing::StartsWith("spec."));
  EXPECT_THAT(made.error().message, HasSubstr("spec.parallelism: "));
  EXPECT_LE(made.error().message.size(), 500U);
}

TEST_P(Writes, AChangedImmutableTemplateIsRefusedInAFewWords) {
  const json::Value job = Make(api::kJobs, MakeUnmanagedJob(UniqueName("immutable")));
  const auto patched = api_->JsonPatch(
      api::kJobs, KeyOf(job), Uid(job),
      {json::Object{{"op", "replace"}, {"path", "/spec/template/spec/containers/0/image"}, {"value", "other"}}});
  EXPECT_OUTCOME(patched, "Invalid");
  EXPECT_EQ(patched.error().message, "spec.template.spec: Invalid value: ...: field is immutable");
}

TEST_P(Writes, AStatusPatchOfAStaleVersionConflicts) {
  const json::Value job = Make(api::kJobs, MakeUnmanagedJob(UniqueName("stale")));
  const json::Value first = json::Object{{"active", 1}};
  const json::Value second = json::Object{{"active", 2}};
  const auto fresh = api_->PatchStatus(api::kJobs, KeyOf(job), Version(job), first);
  EXPECT_OUTCOME(fresh, "OK");
  EXPECT_EQ(fresh->object["status"]["active"].Integer(), 1);
  EXPECT_OUTCOME(api_->PatchStatus(api::kJobs, KeyOf(job), Version(job), second), "Conflict");
  EXPECT_OUTCOME(api_->PatchStatus(api::kJobs, KeyOf(job), Version(fresh->object), second), "OK");
}

TEST_P(Writes, TheSameStatusAgainWritesNothing) {
  const json::Value job = Make(api::kJobs, MakeUnmanagedJob(UniqueName("same")));
  const auto first = api_->PatchStatus(api::kJobs, KeyOf(job), Version(job), json::Object{{"active", 1}});
  ASSERT_TRUE(first);
  const auto again = api_->PatchStatus(api::kJobs, KeyOf(job), Version(first->object), json::Object{{"active", 1}});
  ASSERT_TRUE(again);
  EXPECT_EQ(Version(again->object), Version(first->object));
}

TEST_P(Writes, AJsonPatchOfAnotherUidConflicts) {
  const json::Value job = Make(api::kJobs, MakeUnmanagedJob(UniqueName("patch")));
  const json::Array release{json::Object{{"op", "replace"}, {"path", "/spec/suspend"}, {"value", false}}};
  EXPECT_OUTCOME(api_->JsonPatch(api::kJobs, KeyOf(job), kOtherUid, release), "Conflict");
  const auto patched = api_->JsonPatch(api::kJobs, KeyOf(job), Uid(job), release);
  EXPECT_OUTCOME(patched, "OK");
  EXPECT_FALSE(patched->object["spec"]["suspend"].Bool(true));
  EXPECT_OUTCOME(api_->JsonPatch(api::kJobs, {ns_, "no-such-job"}, kOtherUid, release), "NotFound");
}

TEST_P(Writes, RemovingWhatIsNotThereConflicts) {
  const json::Value job = Make(api::kJobs, MakeUnmanagedJob(UniqueName("remove")));
  const auto patched = api_->JsonPatch(api::kJobs, KeyOf(job), Uid(job),
                                       {json::Object{{"op", "remove"}, {"path", "/metadata/labels/none"}}});
  EXPECT_OUTCOME(patched, "Conflict");
}

TEST_P(Writes, AnEscapedPointerReachesALabelWithASlash) {
  const json::Value made = Make(kConfigMaps, MakeConfigMap(UniqueName("slash")));
  const std::string path = json::PathTo("/metadata/labels", "muster.dev/role");
  const auto patched = api_->JsonPatch(kConfigMaps, KeyOf(made), Uid(made),
                                       {json::Object{{"op", "add"}, {"path", path}, {"value", "a"}}});
  ASSERT_TRUE(patched) << patched.error().message;
  EXPECT_EQ(patched->object["metadata"]["labels"]["muster.dev/role"].Text(), "a");
}

TEST_P(Writes, APutOfAStaleVersionConflicts) {
  const json::Value lease =
      Make(api::kLeases, json::Object{{"apiVersion", "coordination.k8s.io/v1"},
                                      {"kind", "Lease"},
                                      {"metadata", json::Object{{"name", UniqueName("lease")}}},
                                      {"spec", json::Object{{"holderIdentity", "a"}, {"leaseDurationSeconds", 15}}}});
  json::Value taken = lease;
  taken.Mutable("spec").Set("holderIdentity", "b");
  const auto first = api_->Put(api::kLeases, KeyOf(lease), taken);
  EXPECT_OUTCOME(first, "OK");
  EXPECT_OUTCOME(api_->Put(api::kLeases, KeyOf(lease), taken), "Conflict");
}

TEST_P(Writes, ADeleteOfAnotherUidConflicts) {
  const json::Value made = Make(kConfigMaps, MakeConfigMap(UniqueName("delete")));
  EXPECT_OUTCOME(api_->Delete(kConfigMaps, KeyOf(made), {.uid = kOtherUid}), "Conflict");
  EXPECT_OUTCOME(api_->Delete(kConfigMaps, KeyOf(made), {.uid = Uid(made), .resource_version = "1"}), "Conflict");
  EXPECT_OUTCOME(api_->Delete(kConfigMaps, KeyOf(made), {.uid = Uid(made)}), "OK");
  EXPECT_OUTCOME(api_->Delete(kConfigMaps, KeyOf(made), {.uid = Uid(made)}), "NotFound");
}

TEST_P(Writes, ForegroundDeletionLeavesTheObjectUntilItsDependentsAreGone) {
  const json::Value made = Make(kConfigMaps, MakeConfigMap(UniqueName("foreground")));
  const auto deleted = api_->Exchange(
      wire::BuildDelete(kConfigMaps, KeyOf(made), {.uid = Uid(made), .propagation = wire::Propagation::kForeground}));
  ASSERT_TRUE(deleted);
  EXPECT_EQ(deleted->status, 200);
  EXPECT_THAT(deleted->body, HasSubstr("foregroundDeletion"));
}

TEST_P(Writes, WarningsComeWithTheAnswer) {
  json::Value job = MakeUnmanagedJob(UniqueName("warning"));
  const json::Value variable = json::Object{{"name", "A"}, {"value", "1"}};
  job.Mutable("spec")
      .Mutable("template")
      .Mutable("spec")
      .Mutable("containers")
      .MutableItems()[0]
      .Set("env", json::Array{variable, variable});
  const auto made = api_->Create(api::kJobs, ns_, job);
  ASSERT_TRUE(made) << made.error().message;
  ASSERT_EQ(made->warnings.size(), 1U);
  EXPECT_THAT(made->warnings[0], HasSubstr("env[1]: hides previous definition of \"A\""));
}

TEST_P(Writes, AnUnknownNamespaceIsNotFoundAndAQuotaIsNoRight) {
  EXPECT_OUTCOME(api_->Create(kConfigMaps, "no-such-namespace", MakeConfigMap("a")), "NotFound");
  const std::string ns = UniqueName("quota");
  MakeNamespace(ns);
  const json::Value quota =
      json::Object{{"apiVersion", "v1"},
                   {"kind", "ResourceQuota"},
                   {"metadata", json::Object{{"name", "q"}}},
                   {"spec", json::Object{{"hard", json::Object{{"count/leases.coordination.k8s.io", "0"}}}}},
                   {"status", json::Object()}};
  const auto made_quota = api_->Create(kQuotas, ns, quota);
  ASSERT_TRUE(made_quota) << made_quota.error().message;
  const json::Value lease = json::Object{
      {"apiVersion", "coordination.k8s.io/v1"}, {"kind", "Lease"}, {"metadata", json::Object{{"name", "l"}}}};
  Result<client::Written> refused = api_->Create(api::kLeases, ns, lease);
  for (int i = 0; i < 50 && refused; ++i) {  // until the quota's admission has seen it
    static_cast<void>(api_->Delete(api::kLeases, {ns, "l"}, {}));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    refused = api_->Create(api::kLeases, ns, lease);
  }
  EXPECT_OUTCOME(refused, "Forbidden");
  EXPECT_TRUE(wire::IsQuotaExceeded(refused.error())) << refused.error().message;
  EXPECT_FALSE(wire::IsNamespaceTerminating(refused.error()));
}

TEST_P(Writes, ATerminatingNamespaceSaysSo) {
  const std::string ns = UniqueName("ending");
  MakeNamespace(ns);
  json::Value keeper = MakeConfigMap("keeper");
  keeper.Mutable("metadata").Set("finalizers", json::Array{json::Value("muster.dev/contract")});
  const auto kept = api_->Create(kConfigMaps, ns, keeper);
  ASSERT_TRUE(kept) << kept.error().message;
  ASSERT_TRUE(api_->Delete(kNamespaces, {"", ns}, {}));
  const auto refused = api_->Create(kConfigMaps, ns, MakeConfigMap("late"));
  EXPECT_OUTCOME(refused, "Forbidden");
  EXPECT_TRUE(wire::IsNamespaceTerminating(refused.error())) << refused.error().message;
  const auto freed = api_->JsonPatch(kConfigMaps, {ns, "keeper"}, Uid(kept->object),
                                     {json::Object{{"op", "remove"}, {"path", "/metadata/finalizers"}}});
  EXPECT_OUTCOME(freed, "OK");
}

TEST_P(Writes, ABadTokenIsUnauthorizedAndAPoorOneForbidden) {
  const auto stranger = server_->WithToken("not-a-token");
  client::Api nobody(*stranger);
  EXPECT_OUTCOME(nobody.Get(kConfigMaps, {ns_, "a"}), "Unauthorized");

  const std::string account = UniqueName("poor");
  Make(kServiceAccounts,
       json::Object{{"apiVersion", "v1"}, {"kind", "ServiceAccount"}, {"metadata", json::Object{{"name", account}}}});
  wire::Request ask = wire::BuildCreate(kServiceAccounts, ns_,
                                        json::Object{{"apiVersion", "authentication.k8s.io/v1"},
                                                     {"kind", "TokenRequest"},
                                                     {"spec", json::Object{{"expirationSeconds", 600}}}});
  ask.path = kServiceAccounts.Path(ns_, account, "token");
  const auto answer = api_->Exchange(ask);
  ASSERT_TRUE(answer);
  const auto token = wire::DecodeObject(*answer);
  ASSERT_TRUE(token) << token.error().message;
  const auto transport = server_->WithToken((*token)["status"]["token"].Text());
  client::Api poor(*transport);
  const auto refused = poor.Create(kConfigMaps, ns_, MakeConfigMap("poor"));
  EXPECT_OUTCOME(refused, "Forbidden");
  EXPECT_THAT(refused.error().message, HasSubstr("cannot create resource \"configmaps\""));
  EXPECT_FALSE(wire::IsQuotaExceeded(refused.error()));
}

}  // namespace
}  // namespace muster::contract
