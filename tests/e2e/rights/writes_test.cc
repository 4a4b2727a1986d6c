// What is the operator's alone to write, what Kubernetes' garbage collector may do to it, and what the operator may
// not.
#include <cctype>

#include "lib/json/text.h"
#include "tests/e2e/support/people.h"

namespace muster::e2e {
namespace {

constexpr const char* kGarbageCollector = "system:serviceaccount:kube-system:generic-garbage-collector";
constexpr const char* kReplicaSetController = "system:serviceaccount:kube-system:replicaset-controller";
constexpr const char* kNoOwners = R"([{"op":"remove","path":"/metadata/ownerReferences"}])";

json::Value OwnedBy(const char* kind, const json::Value& owner) {
  return json::Array{json::Object{{"apiVersion", "muster.dev/v1alpha1"},
                                  {"kind", kind},
                                  {"name", owner["metadata"]["name"]},
                                  {"uid", owner["metadata"]["uid"]},
                                  {"controller", true},
                                  {"blockOwnerDeletion", true}}};
}

json::Value MakeGroup(const std::string& name, const json::Value& owners) {
  json::Object meta{{"name", name}};
  if (!owners.IsNull()) meta.Append("ownerReferences", owners);
  return json::Object{{"apiVersion", "muster.dev/v1alpha1"},
                      {"kind", "PodGroup"},
                      {"metadata", std::move(meta)},
                      {"spec", json::Object{{"index", 0}, {"revision", "none"}, {"run", "Hold"}}}};
}

json::Value MakeRevision(const std::string& name, const json::Value& owners, bool labelled) {
  json::Object meta{{"name", name}};
  if (labelled) meta.Append("labels", json::Object{{std::string(api::kLabelRolesOf), "w"}});
  if (!owners.IsNull()) meta.Append("ownerReferences", owners);
  return json::Object{{"apiVersion", "apps/v1"},
                      {"kind", "ControllerRevision"},
                      {"metadata", std::move(meta)},
                      {"data", json::Object{{"renderer", 1}, {"roles", json::Array{}}}},
                      {"revision", 1}};
}

json::Value MakeJob(const std::string& name, const json::Value& owners) {
  const json::Value container = json::Object{{"name", "c"}, {"image", "registry.example/none"}};
  const json::Value pod = json::Object{{"restartPolicy", "Never"}, {"containers", json::Array{container}}};
  json::Object meta{{"name", name}};
  if (!owners.IsNull()) meta.Append("ownerReferences", owners);
  return json::Object{{"apiVersion", "batch/v1"},
                      {"kind", "Job"},
                      {"metadata", std::move(meta)},
                      {"spec", json::Object{{"suspend", true}, {"template", json::Object{{"spec", pod}}}}}};
}

class Writes : public People {
 protected:
  void SetUp() override {
    People::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    LetDoEverything("everything");
    Create(api::kWorkloads, MakeWorkload("w", {JobRole("r", 1)}, {.suspend = true}));
    owners_ = OwnedBy("Workload", Workload("w"));
    Allowed(kOperatorUser, {"create", "-f", "-"}, json::Write(MakeGroup("g", owners_)));
  }

  static std::string Group(const std::string& name) { return "podgroups.muster.dev/" + name; }
  static std::vector<std::string> Patch(const std::string& object, const std::string& patch) {
    return {"patch", object, patch.front() == '[' ? "--type=json" : "--type=merge", "-p", patch};
  }

  // To somebody with every right in the namespace, and to a cluster's admin, whom RBAC refuses nothing.
  void RefusedToAll(const std::vector<std::string>& saying, const std::vector<std::string>& arguments,
                    const std::string& input = {}) {
    Refused(saying, "everything", arguments, input);
    std::vector<std::string> as_admin = arguments;
    as_admin.insert(as_admin.end(), {"-n", ns()});
    const CommandResult done = cluster().Kubectl(as_admin, input);
    EXPECT_NE(done.exit_code, 0) << "admin: kubectl " << arguments.front() << ": " << done.Text();
    EXPECT_NE(done.err.find(saying.front()), std::string::npos) << done.Text();
  }

  json::Value owners_;  // what makes an object the Workload's
};

TEST_F(Writes, OfPodGroupsAndStatusesAreTheOperatorsAlone) {
  const std::vector<std::string> saying = {"written by the operator alone", "in namespace " + ns(), "the Workload"};
  const std::string status = R"({"status":{"observedGeneration":1}})";
  RefusedToAll(saying, {"create", "-f", "-"}, json::Write(MakeGroup("other", owners_)));
  RefusedToAll(saying, {"apply", "--server-side", "-f", "-"}, json::Write(MakeGroup("other", owners_)));
  RefusedToAll(saying, Patch(Group("g"), R"({"spec":{"run":"Run"}})"));
  RefusedToAll(saying, {"label", Group("g"), "a=b"});
  RefusedToAll(saying, {"annotate", Group("g"), "a=b"});
  RefusedToAll(saying, Patch(Group("g"), kNoOwners));
  RefusedToAll(saying, Patch(Group("g"), R"([{"op":"replace","path":"/metadata/ownerReferences/0/uid","value":"u"}])"));
  for (const std::string& object : {Group("g"), std::string("workloads.muster.dev/w")}) {
    std::vector<std::string> patch = Patch(object, status);
    patch.emplace_back("--subresource=status");
    RefusedToAll(saying, patch);
  }
  // Rights of a controller that has no business with PodGroups do not help it, whichever namespace it is from.
  LetDoEverything(kReplicaSetController);
  Refused(saying, kReplicaSetController, Patch(Group("g"), kNoOwners));
  Allowed(kOperatorUser, Patch(Group("g"), R"({"spec":{"run":"Run"}})"));
  // A stuck finalizer can be taken off by whoever has the right.
  Allowed("everything", Patch(Group("g"), R"({"metadata":{"finalizers":["example.com/stuck"]}})"));
  Allowed("everything", Patch(Group("g"), R"({"metadata":{"finalizers":null}})"));
  Allowed("everything", {"delete", Group("g")});
}

TEST_F(Writes, OfRevisionsOfAWorkloadAreTheOperatorsAlone) {
  const std::vector<std::string> saying = {"the revisions of a Workload are written by the operator alone",
                                           "in namespace " + ns(), "change spec of the Workload"};
  const std::string ours = "controllerrevision/w-1";
  const std::string other = "controllerrevision/of-a-stateful-set";
  Allowed(kOperatorUser, {"create", "-f", "-"}, json::Write(MakeRevision("w-1", owners_, true)));
  RefusedToAll(saying, {"create", "-f", "-"}, json::Write(MakeRevision("w-2", owners_, true)));
  RefusedToAll(saying, {"label", ours, "muster.dev/roles-of-"});
  RefusedToAll(saying, {"annotate", ours, "a=b"});
  RefusedToAll(saying, Patch(ours, R"({"revision":7})"));
  RefusedToAll(saying, Patch(ours, kNoOwners));
  // Nor one that becomes ours.
  Allowed("everything", {"create", "-f", "-"}, json::Write(MakeRevision("of-a-stateful-set", nullptr, false)));
  RefusedToAll(saying, {"label", other, "muster.dev/roles-of=w"});
  Allowed("everything", Patch(other, R"({"revision":7})"));
  Allowed(kOperatorUser, {"annotate", ours, "a=b"});
  Allowed(kOperatorUser, {"delete", ours, "--wait=false"});
}

// The real garbage collector, and what it may not do either.
TEST_F(Writes, LeaveGarbageCollectionAlone) {
  for (const std::string cascade : {"background", "foreground", "orphan"}) {
    Create(api::kWorkloads, MakeWorkload(cascade, {JobRole("r", 1)}, {.suspend = true}));
    const json::Value owners = OwnedBy("Workload", Workload(cascade));
    Allowed(kOperatorUser, {"create", "-f", "-"}, json::Write(MakeGroup(cascade + "-0", owners)));
    Allowed(kOperatorUser, {"create", "-f", "-"}, json::Write(MakeRevision(cascade + "-1", owners, true)));
    const CommandResult deleted =
        Kubectl({"delete", "workloads.muster.dev/" + cascade, "--cascade=" + cascade, "--timeout=40s"});
    EXPECT_EQ(deleted.exit_code, 0) << cascade << ": " << deleted.Text();
    const auto remains = [&](const api::Resource& resource, const std::string& name) -> std::string {
      const json::Value left = Get(resource, name);
      if (cascade != "orphan") return left.IsNull() ? "" : "it is still there: " + json::Write(left);
      return left.IsNull() || left["metadata"].Has("ownerReferences") ? "not orphaned: " + json::Write(left) : "";
    };
    EXPECT_TRUE(Eventually(40s, [&] { return remains(api::kPodGroups, cascade + "-0"); }));
    EXPECT_TRUE(Eventually(40s, [&] { return remains(api::kControllerRevisions, cascade + "-1"); }));
  }
  // A PodGroup's own orphans.
  const CommandResult deleted = Kubectl({"delete", Group("orphan-0"), "--cascade=orphan", "--timeout=40s"});
  EXPECT_EQ(deleted.exit_code, 0) << deleted.Text();
  EXPECT_EQ(Kubectl({"delete", "controllerrevision/orphan-1"}).exit_code, 0);
  // Owner references go; nothing else, and none comes.
  const std::vector<std::string> saying = {"podgroups.muster.dev are written by the operator alone"};
  Refused(saying, kGarbageCollector, Patch(Group("g"), R"({"spec":{"run":"Run"}})"));
  Refused(saying, kGarbageCollector, Patch(Group("g"), R"([{"op":"add","path":"/metadata/ownerReferences/-",
      "value":{"apiVersion":"v1","kind":"Pod","name":"p","uid":"u"}}])"));
  Allowed(kGarbageCollector, Patch(Group("g"), kNoOwners));
  Allowed("everything", {"delete", Group("g")});
}

// RBAC lets the operator write every Job of the cluster. The policy holds it to those that a PodGroup of ours controls.
TEST_F(Writes, OfTheOperatorAreBoundToWhatIsOurs) {
  const std::string changes = "the operator may change and delete only what a PodGroup of Muster controls";
  const std::string makes = "the operator may make only what a PodGroup of Muster controls, and leave it so";
  const json::Value of_group = OwnedBy("PodGroup", Get(api::kPodGroups, "g"));
  Allowed("everything", {"create", "-f", "-"}, json::Write(MakeJob("theirs", nullptr)));
  Refused({changes, "jobs theirs in namespace " + ns()}, kOperatorUser, {"label", "job/theirs", "a=b"});
  Refused({changes}, kOperatorUser,
          Patch("job/theirs", json::Write(json::Object{{"metadata", json::Object{{"ownerReferences", of_group}}}})));
  Refused({changes}, kOperatorUser, {"delete", "job/theirs", "--wait=false"});
  Refused({makes, "jobs mine in namespace " + ns()}, kOperatorUser, {"create", "-f", "-"},
          json::Write(MakeJob("mine", nullptr)));
  Refused({makes}, kOperatorUser, {"create", "-f", "-"}, json::Write(MakeJob("mine", owners_)));
  Allowed(kOperatorUser, {"create", "-f", "-"}, json::Write(MakeJob("mine", of_group)));
  Refused({makes}, kOperatorUser, Patch("job/mine", kNoOwners));
  Allowed(kOperatorUser, {"label", "job/mine", "a=b"});
  Allowed(kOperatorUser, {"delete", "job/mine", "--wait=false"});
  for (const RoleKind& kind : RoleKinds()) {
    const std::string object = std::string(kind.resource) + "/none-of-ours";
    const json::Value pod_template = MakeJob("", nullptr)["spec"]["template"];
    if (kind.field == "job") continue;
    json::Value spec = json::Object{{"replicas", 0},
                                    {"selector", json::Object{{"matchLabels", json::Object{{"a", "b"}}}}},
                                    {"template", pod_template}};
    spec.Mutable("template").Set("metadata", json::Object{{"labels", json::Object{{"a", "b"}}}});
    spec.Mutable("template").Mutable("spec").Set("restartPolicy", "Always");
    std::string kind_name(kind.field);
    kind_name.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(kind_name.front())));
    const json::Value made = json::Object{{"apiVersion", "apps/v1"},
                                          {"kind", kind_name},
                                          {"metadata", json::Object{{"name", "none-of-ours"}}},
                                          {"spec", spec}};
    Refused({makes}, kOperatorUser, {"create", "-f", "-"}, json::Write(made));
    Allowed("everything", {"create", "-f", "-"}, json::Write(made));
    Refused({changes}, kOperatorUser, {"delete", object, "--wait=false"});
    Allowed("everything", {"delete", object, "--wait=false"});
  }
  const std::string of_workload = "only what a Workload of Muster controls";
  Refused({of_workload}, kOperatorUser, {"create", "-f", "-"}, json::Write(MakeGroup("free", nullptr)));
  Refused({of_workload}, kOperatorUser, Patch(Group("g"), kNoOwners));
  Refused({of_workload}, kOperatorUser, {"create", "-f", "-"}, json::Write(MakeRevision("free", nullptr, true)));
  Allowed("everything", {"create", "-f", "-"}, json::Write(MakeRevision("of-a-stateful-set", nullptr, false)));
  Refused({of_workload}, kOperatorUser, {"annotate", "controllerrevision/of-a-stateful-set", "a=b"});
  Refused({of_workload}, kOperatorUser, {"delete", "controllerrevision/of-a-stateful-set", "--wait=false"});
  Allowed(kOperatorUser, {"delete", Group("g"), "--wait=false"});
}

}  // namespace
}  // namespace muster::e2e
