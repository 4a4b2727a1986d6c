// mallory may read the victim's namespace (view) and edit her own. In her own she makes objects with the names, labels,
// role hash and owner reference of the victim's children, and keeps them with a finalizer from the garbage collector.
// pete has rights on pods only, in the victim's own namespace. Neither may do anything to the victim's group.
#include "lib/json/text.h"
#include "tests/e2e/support/people.h"

namespace muster::e2e {
namespace {

constexpr const char* kMallory = "mallory";
constexpr const char* kPete = "pete";
constexpr const char* kFinalizer = "example.com/keep";

class Forged : public People {
 protected:
  void SetUp() override {
    People::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    evil_ = ns() + "-evil";
    Must({"create", "namespace", evil_});
    Must({"create", "rolebinding", "edit", "-n", evil_, "--clusterrole=edit", std::string("--user=") + kMallory});
    BindClusterRole(kMallory, "view");
  }

  void TearDown() override {
    for (const auto& [resource, name] : forged_) {
      cluster().Kubectl(
          {"patch", resource, name, "-n", evil_, "--type=merge", "-p", R"({"metadata":{"finalizers":null}})"});
    }
    if (!evil_.empty()) cluster().Kubectl({"delete", "namespace", evil_, "--wait=false"});
    People::TearDown();
  }

  void Must(const std::vector<std::string>& arguments) {
    const CommandResult done = cluster().Kubectl(arguments);
    EXPECT_EQ(done.exit_code, 0) << done.Text();
  }

  void Suspend(bool suspend) {
    Patch(api::kWorkloads, "v", json::Object{{"spec", json::Object{{"suspend", suspend}}}});
  }

  // The victim's child as mallory reads it, in her own namespace.
  json::Value CopyOf(const api::Resource& resource, const std::string& name) {
    const json::Value child = Get(resource, name);
    const json::Value& meta = child["metadata"];
    EXPECT_FALSE(meta["ownerReferences"].At(0)["uid"].Text().empty()) << name;
    json::Value owner = meta["ownerReferences"].At(0);
    owner.Erase("blockOwnerDeletion");
    return json::Object{{"apiVersion", resource.ApiVersion()},
                        {"kind", resource.kind},
                        {"metadata", json::Object{{"name", name},
                                                  {"namespace", evil_},
                                                  {"labels", meta["labels"]},
                                                  {"annotations", meta["annotations"]},
                                                  {"ownerReferences", json::Array{owner}},
                                                  {"finalizers", json::Array{kFinalizer}}}},
                        {"spec", child["spec"]}};
  }

  void Forge(const api::Resource& resource, const json::Value& object) {
    forged_.emplace_back(std::string(resource.plural), object["metadata"]["name"].Text());
    const CommandResult done = cluster().Kubectl({"create", "-f", "-", "--as", kMallory}, json::Write(object));
    ASSERT_EQ(done.exit_code, 0) << done.Text();
  }
  json::Value ForgedObject(const api::Resource& resource, const std::string& name) {
    const auto found = api().Get(resource, {evil_, name});
    return found.has_value() ? *found : json::Value();
  }

  std::string EventLacks(const std::string& text) {
    const std::string events =
        Kubectl({"get", "events", "-o", "jsonpath={range .items[*]}{.message}{\"\\n\"}{end}"}).out;
    return events.find(text) == std::string::npos ? "no event says '" + text + "':\n" + events : "";
  }

  // A pod of pete's that runs on one of this test's nodes, with the labels of a member.
  json::Value PodLikeMember(const std::string& name, const std::string& node) {
    json::Value pod = MakePod(name);
    pod.Mutable("metadata")
        .Set("labels", json::Object{{std::string(api::kLabelWorkload), "v"},
                                    {std::string(api::kLabelPodGroup), "v-0"},
                                    {std::string(api::kLabelRole), "j"}});
    pod.Mutable("spec").Set("nodeName", node);
    return pod;
  }

  std::string evil_;
  std::vector<std::pair<std::string, std::string>> forged_;  // resource, name
};

TEST_F(Forged, AFailedJobOfAnotherNamespaceDoesNotFailTheGroup) {
  AddNodes({.prefix = "forged-job"});
  StartOperator();
  Apply(MakeWorkload("v", {JobRole("j", 2)}));
  ASSERT_TRUE(Eventually(15s, [&] { return NotRunning("v-0", 2); }));
  json::Value job = CopyOf(api::kJobs, "v-0-j");
  json::Value& spec = job.Mutable("spec");
  spec.Erase("selector");
  spec.Mutable("template").Mutable("metadata").Erase("labels");
  spec.Set("suspend", false);
  spec.Set("activeDeadlineSeconds", 1);
  Forge(api::kJobs, job);
  ASSERT_TRUE(Eventually(20s, [&]() -> std::string {
    const json::Value forged = ForgedObject(api::kJobs, "v-0-j");
    for (const json::Value& condition : forged["status"]["conditions"].Items()) {
      if (condition["type"].Text() == "Failed" && condition["status"].Text() == "True") return "";
    }
    return "the forged Job has not failed: " + json::Write(forged["status"]);
  }));
  EXPECT_TRUE(Stays(5s, [&] { return NotRunning("v-0", 2); }));
  EXPECT_FALSE(Get(api::kJobs, "v-0-j")["spec"]["suspend"].Bool());
  EXPECT_EQ(seen().PodsEverOf("v-0"), 2);
}

TEST_F(Forged, ADeploymentOfAnotherNamespaceDoesNotKeepTheGroupHeld) {
  AddNodes({.prefix = "forged-deployment", .capacity = "cpu=8"});  // room for the forged one's pods too
  StartOperator();
  Apply(MakeWorkload("v", {DeploymentRole("d", 2)}));
  ASSERT_TRUE(Eventually(15s, [&] { return NotRunning("v-0", 2); }));
  Suspend(true);
  ASSERT_TRUE(Eventually(15s, [&] { return Missing("v-0", "Held"); }));
  json::Value deployment = CopyOf(api::kDeployments, "v-0-d");
  deployment.Mutable("spec").Set("replicas", 3);
  Forge(api::kDeployments, deployment);
  ASSERT_TRUE(Eventually(10s, [&]() -> std::string {
    return ForgedObject(api::kDeployments, "v-0-d")["status"]["observedGeneration"].Integer() > 0 ? "" : "not seen";
  }));
  Suspend(false);
  EXPECT_TRUE(Eventually(10s, [&] { return NotRunning("v-0", 2); }));
  EXPECT_TRUE(Stays(3s, [&] { return NotRunning("v-0", 2); }));
}

// The pod runs all the time: the group stops, is held and starts again beside it, and its owner is told of the pod.
TEST_F(Forged, ABarePodWithTheGroupsLabelsDoesNotKeepItStopping) {
  AddNodes({.prefix = "forged-pod", .count = 2});
  StartOperator();
  ExcuseFromLaws("v-0");
  Let(kPete, "pods", "", "pods");
  Apply(MakeWorkload("v", {JobRole("j", 2)}));
  ASSERT_TRUE(Eventually(15s, [&] { return NotRunning("v-0", 2); }));
  Allowed(kPete, {"create", "-f", "-"}, json::Write(PodLikeMember("v-0-j-bare", "forged-pod-0")));
  // This one names the victim's Job as its controller by name, but not by uid.
  json::Value stale = PodLikeMember("v-0-j-stale", "forged-pod-1");
  stale.Mutable("metadata").Set("finalizers", json::Array{kFinalizer});
  stale.Mutable("metadata")
      .Set("ownerReferences", json::Array{json::Object{{"apiVersion", "batch/v1"},
                                                       {"kind", "Job"},
                                                       {"name", "v-0-j"},
                                                       {"uid", "00000000-0000-0000-0000-000000000000"},
                                                       {"controller", true}}});
  Allowed(kPete, {"create", "-f", "-"}, json::Write(stale));
  Suspend(true);
  EXPECT_TRUE(Eventually(15s, [&] { return Missing("v-0", "Held"); }));
  EXPECT_EQ(Get(api::kPods, "v-0-j-bare")["metadata"]["deletionTimestamp"].Text(), "");
  Suspend(false);
  EXPECT_TRUE(Eventually(15s, [&] { return Missing("v-0", "Running"); }));
  EXPECT_EQ(Get(api::kPodGroups, "v-0")["status"]["scheduled"].Integer(), 2);
  EXPECT_TRUE(Eventually(45s, [&] { return EventLacks("ignored Pod v-0-j-"); }));
  Kubectl({"patch", "pod", "v-0-j-stale", "--type=merge", "-p", R"({"metadata":{"finalizers":null}})"});
  Allowed(kPete, {"delete", "pod", "v-0-j-bare", "v-0-j-stale", "--ignore-not-found", "--force", "--grace-period=0"});
}

}  // namespace
}  // namespace muster::e2e
