// Nobody gets through a Workload what he may not create himself.
#include "lib/json/text.h"
#include "tests/e2e/support/people.h"

namespace muster::e2e {
namespace {

constexpr const char* kAutoscaler = "system:serviceaccount:kube-system:horizontal-pod-autoscaler";
// A controller of Kubernetes that scales nothing of ours.
constexpr const char* kOtherController = "system:serviceaccount:kube-system:deployment-controller";

json::Value MakeAutoscaler(const std::string& name, const std::string& version, const std::string& kind) {
  const json::Value target = json::Object{{"apiVersion", version}, {"kind", kind}, {"name", "w"}};
  return json::Object{{"apiVersion", "autoscaling/v2"},
                      {"kind", "HorizontalPodAutoscaler"},
                      {"metadata", json::Object{{"name", name}}},
                      {"spec", json::Object{{"scaleTargetRef", target}, {"maxReplicas", 5}}}};
}

class WorkloadsTakeRights : public People {
 protected:
  static std::string Text(const std::string& name, const json::Array& roles) {
    return json::Write(MakeWorkload(name, roles, {.suspend = true}));
  }
  static std::string Of(const std::string& name) { return "workloads.muster.dev/" + name; }
  void LetAutoscale(const std::string& user) { Let(user, "autoscaler", "autoscaling", "horizontalpodautoscalers"); }
};

TEST_F(WorkloadsTakeRights, ToCreateEachKindOfRole) {
  for (const RoleKind& mine : RoleKinds()) LetWriteWorkloads("only-" + std::string(mine.resource), {mine});
  for (const RoleKind& mine : RoleKinds()) {
    const std::string user = "only-" + std::string(mine.resource);
    for (const RoleKind& asked : RoleKinds()) {
      const std::string name = std::string(mine.resource) + "-" + std::string(asked.resource);
      const std::string text = Text(name, {asked.role("r", 1, {})});
      if (asked.resource == mine.resource) {
        Allowed(user, {"create", "-f", "-"}, text);
        Allowed(user, {"apply", "--server-side", "--force-conflicts", "-f", "-"}, text);
        continue;
      }
      Refused(RefusalOf(asked, user), user, {"create", "-f", "-"}, text);
      if (asked.resource != RoleKinds()[mine.resource == "jobs" ? 0 : 3].resource) continue;
      Refused(RefusalOf(asked, user), user, {"create", "--dry-run=server", "-f", "-"}, text);
      Refused(RefusalOf(asked, user), user, {"apply", "-f", "-"}, text);
      Refused(RefusalOf(asked, user), user, {"apply", "--server-side", "-f", "-"}, text);
    }
  }
}

TEST_F(WorkloadsTakeRights, ToChangeTheSpecInWhateverWay) {
  LetWriteWorkloads("nothing", {});
  for (const RoleKind& kind : RoleKinds()) {
    const std::string name(kind.resource);
    const std::string owner = "owner-" + name;
    LetWriteWorkloads(owner, {kind});
    Create(api::kWorkloads, MakeWorkload(name, {kind.role("r", 1, {})}, {.suspend = true}));
    const auto refusal = RefusalOf(kind, "nothing");
    const std::string image = R"([{"op":"replace","path":"/spec/roles/0/)" + std::string(kind.field) +
                              R"(/spec/template/spec/containers/0/image","value":"other"}])";
    Refused(refusal, "nothing", {"patch", Of(name), "--type=json", "-p", image});
    Refused(refusal, "nothing", {"patch", Of(name), "--type=merge", "-p", R"({"spec":{"suspend":false}})"});
    json::Value changed = MakeWorkload(name, {kind.role("r", 5, {})}, {.suspend = true});
    Refused(refusal, "nothing", {"apply", "--server-side", "--force-conflicts", "-f", "-"}, json::Write(changed));
    Refused(refusal, "nothing", {"replace", "-f", "-"}, json::Write(changed));
    // What runs no pod is not asked for: metadata, and deleting.
    Allowed("nothing", {"label", Of(name), "a=b"});
    Allowed(owner, {"patch", Of(name), "--type=json", "-p", image});
    Allowed(owner, {"replace", "-f", "-"}, json::Write(changed));
    Allowed("nothing", {"delete", Of(name)});
  }
}

TEST_F(WorkloadsTakeRights, OfEveryRoleInThem) {
  const RoleKind& deployments = RoleKinds()[0];
  const RoleKind& stateful_sets = RoleKinds()[2];
  const RoleKind& jobs = RoleKinds()[3];
  LetWriteWorkloads("two", {deployments, jobs});
  const json::Array both = {deployments.role("d", 1, {}), jobs.role("j", 1, {})};
  Allowed("two", {"create", "-f", "-"}, Text("both", both));
  json::Array three = both;
  three.push_back(stateful_sets.role("r", 1, {}));
  const auto refusal = RefusalOf(stateful_sets, "two");
  Refused(refusal, "two", {"create", "-f", "-"}, Text("three", three));
  Refused(refusal, "two", {"apply", "--server-side", "--force-conflicts", "-f", "-"}, Text("both", three));
  // The right in another namespace is none here.
  Create(api::kWorkloads, MakeWorkload("three", three, {.suspend = true}));
  Refused(refusal, "two", {"patch", Of("three"), "--type=merge", "-p", R"({"spec":{"suspend":false}})"});
  // Without the role it is within these rights.
  Allowed("two", {"patch", Of("three"), "--type=json", "-p", R"([{"op":"remove","path":"/spec/roles/2"}])"});
}

// A Scale tells nothing of the roles.
TEST_F(WorkloadsTakeRights, ToScale) {
  const RoleKind& jobs = RoleKinds()[3];
  LetWriteWorkloads("jobs-alone", {jobs});
  LetWriteWorkloads("all-kinds", RoleKinds());
  Create(api::kWorkloads, MakeWorkload("w", {jobs.role("r", 1, {})}, {.suspend = true}));
  Refused({"muster-workload-scale", "jobs-alone may not create deployments.apps in namespace " + ns(),
           "or change spec.replicas of the Workload"},
          "jobs-alone", {"scale", Of("w"), "--replicas=2"});
  const std::vector<std::string> patch = {"patch",        Of("w"), "--subresource=scale",
                                          "--type=merge", "-p",    R"({"spec":{"replicas":3}})"};
  Refused({"muster-workload-scale"}, "jobs-alone", patch);
  Allowed("jobs-alone", {"patch", Of("w"), "--type=merge", "-p", R"({"spec":{"replicas":2}})"});
  // The plugin takes that way by itself.
  const CommandResult plugin = Plugin({"scale", "w", "--replicas=4", "--as=jobs-alone"});
  EXPECT_EQ(plugin.exit_code, 0) << plugin.Text();
  EXPECT_EQ(plugin.out, "workload.muster.dev/w scaled from 2 to 4\n");
  Allowed("all-kinds", {"scale", Of("w"), "--replicas=3"});
  for (size_t missing = 0; missing < RoleKinds().size(); ++missing) {
    std::vector<RoleKind> others = RoleKinds();
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(missing));
    const std::string user = "all-but-" + std::string(RoleKinds()[missing].resource);
    LetWriteWorkloads(user, others);
    Refused({user + " may not create " + std::string(RoleKinds()[missing].resource)}, user, patch);
  }
  // As the autoscaler does it: a PUT, without looking at the Workload.
  const std::string path = "/apis/muster.dev/v1alpha1/namespaces/" + ns() + "/workloads/w/scale";
  const json::Value scale = json::Object{{"apiVersion", "autoscaling/v1"},
                                         {"kind", "Scale"},
                                         {"metadata", json::Object{{"name", "w"}, {"namespace", ns()}}},
                                         {"spec", json::Object{{"replicas", 4}}}};
  Refused({"muster-workload-scale"}, "jobs-alone", {"replace", "--raw", path, "-f", "-"}, json::Write(scale));
  LetWriteWorkloads(kOtherController, {jobs});
  Refused({"muster-workload-scale"}, kOtherController, {"replace", "--raw", path, "-f", "-"}, json::Write(scale));
  Allowed(kAutoscaler, {"replace", "--raw", path, "-f", "-"}, json::Write(scale));
  EXPECT_EQ(Workload("w")["spec"]["replicas"].Integer(), 4);
}

// A HorizontalPodAutoscaler scales with its controller's rights: whoever points one at a Workload needs the same.
TEST_F(WorkloadsTakeRights, ToAutoscale) {
  for (const char* user : {"jobs-alone", "all-kinds"}) {
    LetWriteWorkloads(user, user == std::string("all-kinds") ? RoleKinds() : std::vector<RoleKind>{RoleKinds()[3]});
    LetAutoscale(user);
  }
  Create(api::kWorkloads, MakeWorkload("w", {RoleKinds()[3].role("r", 1, {})}, {.suspend = true}));
  const json::Value ours = MakeAutoscaler("ours", "muster.dev/v1alpha1", "Workload");
  const std::vector<std::string> saying = {"muster-workload-autoscalers",
                                           "jobs-alone may not create deployments.apps in namespace " + ns(),
                                           "and autoscaling a Workload takes the right to create every kind of role"};
  Refused(saying, "jobs-alone", {"create", "-f", "-"}, json::Write(ours));
  json::Value old = ours;
  old.Set("apiVersion", "autoscaling/v1");
  Refused(saying, "jobs-alone", {"create", "-f", "-"}, json::Write(old));
  // kubectl tries an older version after the refusal, and tells of that alone.
  Refused({"failed to create autoscaling/v2 HPA"}, "jobs-alone", {"autoscale", Of("w"), "--max=5"});
  Allowed("all-kinds", {"create", "-f", "-"}, json::Write(ours));
  Refused(saying, "jobs-alone", {"patch", "hpa/ours", "--type=merge", "-p", R"({"spec":{"maxReplicas":9}})"});
  Allowed("jobs-alone", {"label", "hpa/ours", "a=b"});
  // Of a Deployment, and of another group's Workload: none of ours.
  Allowed("jobs-alone", {"create", "-f", "-"}, json::Write(MakeAutoscaler("deployment", "apps/v1", "Deployment")));
  Allowed("jobs-alone", {"create", "-f", "-"}, json::Write(MakeAutoscaler("other", "example.com/v1", "Workload")));
  const json::Value aimed = MakeAutoscaler("deployment", "muster.dev/v1alpha1", "Workload");
  Refused(saying, "jobs-alone", {"replace", "-f", "-"}, json::Write(aimed));
  for (size_t missing = 0; missing < RoleKinds().size(); ++missing) {
    std::vector<RoleKind> others = RoleKinds();
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(missing));
    const std::string user = "all-but-" + std::string(RoleKinds()[missing].resource);
    LetWriteWorkloads(user, others);
    LetAutoscale(user);
    Refused({user + " may not create " + std::string(RoleKinds()[missing].resource)}, user, {"create", "-f", "-"},
            json::Write(MakeAutoscaler(user, "muster.dev/v1alpha1", "Workload")));
  }
  Allowed("all-kinds", {"delete", "hpa", "--all"});
}

TEST_F(WorkloadsTakeRights, WhichTheBuiltInRolesHave) {
  for (const char* role : {"view", "edit", "admin"}) BindClusterRole(role, role);
  json::Array all;
  for (const RoleKind& kind : RoleKinds()) all.push_back(kind.role("r-" + std::string(kind.resource), 1, {}));
  const std::string text = Text("w", all);
  const std::vector<std::string> resume = {"patch", Of("w"), "--type=merge", "-p", R"({"spec":{"suspend":false}})"};
  Refused({R"(cannot create resource "workloads")"}, "view", {"create", "-f", "-"}, text);
  // Muster's part of these roles, and nothing of Kubernetes'.
  for (const char* role : {"muster-view", "muster-edit"}) BindClusterRole("stranger", role);
  Refused({"stranger may not create deployments.apps"}, "stranger", {"create", "-f", "-"}, text);
  Allowed("edit", {"create", "-f", "-"}, text);
  Refused({R"(cannot patch resource "workloads")"}, "view", resume);
  Refused({R"(cannot patch resource "workloads/scale")"}, "view", {"scale", Of("w"), "--replicas=2"});
  Refused({"stranger may not create"}, "stranger", {"scale", Of("w"), "--replicas=2"});
  Allowed("view", {"get", Of("w"), "-o", "name"});
  Allowed("edit", {"scale", Of("w"), "--replicas=2"});
  Allowed("admin", {"apply", "--server-side", "--force-conflicts", "-f", "-"}, text);
  Allowed("admin", resume);
  Refused({R"(cannot delete resource "workloads")"}, "view", {"delete", Of("w")});
  Allowed("edit", {"delete", Of("w")});
}

}  // namespace
}  // namespace muster::e2e
