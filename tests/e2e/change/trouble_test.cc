// What keeps a group from running besides room: told by name, and gone on with when it is mended.
#include "lib/base/strings.h"
#include "tests/e2e/support/fixture.h"

namespace muster::e2e {
namespace {

class Trouble : public E2e {
 protected:
  json::Value ForeignJob(const std::string& name) {
    json::Value job = JobRole("x", 1)["job"];
    job.Set("apiVersion", "batch/v1");
    job.Set("kind", "Job");
    job.Set("metadata", json::Object{{"name", name}, {"labels", json::Object{{"owner", "somebody"}}}});
    job.Mutable("spec").Set("suspend", true);
    return job;
  }

  static bool Says(const json::Value& condition, const std::vector<std::string>& parts) {
    for (const std::string& part : parts) {
      if (condition["message"].Text().find(part) == std::string::npos) return false;
    }
    return true;
  }

  std::string Stalled(const std::string& group, const std::vector<std::string>& parts) {
    if (std::string problem = Missing(group, "Stalled"); !problem.empty()) return problem;
    const json::Value condition = ConditionOf(Get(api::kPodGroups, group), "Stalled");
    return Says(condition, parts) ? "" : "Stalled says: " + condition["message"].Text();
  }
};

TEST_F(Trouble, LeavesAForeignObjectOfOurChildsNameAlone) {
  AddNodes({.prefix = "foreign"});
  Create(api::kJobs, ForeignJob("one-0-worker"));
  Create(api::kJobs, ForeignJob("two-0-launcher"));
  const json::Value before_one = Get(api::kJobs, "one-0-worker");
  const json::Value before_two = Get(api::kJobs, "two-0-launcher");
  StartOperator();
  Apply(MakeWorkload("one", {JobRole("worker", 1)}));
  Apply(MakeWorkload("two", {JobRole("launcher", 1), StatefulSetRole("workers", 1)}));
  ASSERT_TRUE(Eventually(10s, [&] { return Stalled("one-0", {"one-0-worker", "not ours"}); }));
  ASSERT_TRUE(Eventually(10s, [&] { return Stalled("two-0", {"launcher", "not ours"}); }));
  EXPECT_TRUE(Eventually(5s, [&] { return ConditionProblem("one", "Stalled", "True"); }));
  EXPECT_EQ(seen().Group("two-0")->status.explanation->blockers.at(0).code, "NameConflict");
  EXPECT_TRUE(Stays(2s, [&] { return Differs("pods", seen().pods.Live().size(), 0U); }));
  EXPECT_EQ(Get(api::kJobs, "one-0-worker")["spec"], before_one["spec"]);
  EXPECT_EQ(Get(api::kJobs, "two-0-launcher")["spec"], before_two["spec"]);
  EXPECT_EQ(Get(api::kJobs, "one-0-worker")["metadata"]["ownerReferences"].Items().size(), 0U);

  // The deletion of a workload leaves it alone too.
  Delete(api::kWorkloads, "two");
  ASSERT_TRUE(Eventually(10s, [&] { return seen().Group("two-0") ? "two-0 is there" : ""; }));
  EXPECT_EQ(Get(api::kJobs, "two-0-launcher")["metadata"]["uid"], before_two["metadata"]["uid"]);
  Delete(api::kJobs, "two-0-launcher");

  Delete(api::kJobs, "one-0-worker");
  EXPECT_TRUE(Eventually(30s, [&] { return NotRunning("one-0", 1); }));
  EXPECT_TRUE(Eventually(5s, [&] { return ConditionProblem("one", "Stalled", "absent"); }));
}

TEST_F(Trouble, LeavesAForeignPodGroupAlone) {
  AddNodes({.prefix = "foreigngroup"});
  const json::Value theirs = json::Object{{"apiVersion", "muster.dev/v1alpha1"},
                                          {"kind", "PodGroup"},
                                          {"metadata", json::Object{{"name", "a-1"}}},
                                          {"spec", json::Object{{"index", 1}, {"revision", "nothing"}}}};
  LiftOperatorWrites();
  Create(api::kPodGroups, theirs);
  StartOperator();
  Apply(MakeWorkload("a", {JobRole("worker", 1)}, {.replicas = 2}));
  ASSERT_TRUE(Eventually(10s, [&] { return NotRunning("a-0", 1); }));
  ASSERT_TRUE(Eventually(10s, [&] { return ConditionProblem("a", "Stalled", "True"); }));
  EXPECT_TRUE(Says(ConditionOf(Workload("a"), "Stalled"), {"a-1"}));
  EXPECT_EQ(seen().Group("a-1")->spec.revision, "nothing");
  Delete(api::kPodGroups, "a-1");
  EXPECT_TRUE(Eventually(30s, [&] { return NotRunning("a-1", 1); }));
}

TEST_F(Trouble, NamesRoleAndFieldsOfARefusedTemplate) {
  AddNodes({.prefix = "invalid"});
  StartOperator();
  json::Value bad = MakeWorkload("a", {JobRole("launcher", 1), StatefulSetRole("workers", 1)});
  json::Value& pod = bad.Mutable("spec")
                         .Mutable("roles")
                         .MutableItems()[1]
                         .Mutable("statefulSet")
                         .Mutable("spec")
                         .Mutable("template")
                         .Mutable("spec");
  pod.Mutable("containers").MutableItems()[0].Set("imagePullPolcy", "Always");
  pod.Set("shareProces", true);
  Apply(bad);
  ASSERT_TRUE(Eventually(10s, [&] { return Stalled("a-0", {"workers", "imagePullPolcy", "shareProces"}); }));
  EXPECT_EQ(seen().Group("a-0")->status.explanation->blockers.at(0).code, "InvalidRole");
  EXPECT_TRUE(Get(api::kJobs, "a-0-launcher")["spec"]["suspend"].Bool());
  EXPECT_TRUE(Stays(1s, [&] { return Differs("pods", seen().pods.Live().size(), 0U); }));
  const CommandResult explain = Plugin({"explain", "a"});
  EXPECT_NE(explain.out.find("imagePullPolcy"), std::string::npos) << explain.Text();

  Apply(MakeWorkload("a", {JobRole("launcher", 1), StatefulSetRole("workers", 1)}));
  ASSERT_TRUE(Eventually(10s, [&] { return NotRunning("a-0", 2); }));
  EXPECT_TRUE(Eventually(5s, [&] { return ConditionProblem("a", "Ready", "True"); }));
}

// Of one role, which is created released when it fits: a refusal must leave nothing admitted.
TEST_F(Trouble, RefusedTemplateOfASingleRoleIsNotAdmitted) {
  AddNodes({.prefix = "invalidone"});
  StartOperator();
  json::Value bad = MakeWorkload("a", {JobRole("worker", 2)});
  bad.Mutable("spec")
      .Mutable("roles")
      .MutableItems()[0]
      .Mutable("job")
      .Mutable("spec")
      .Mutable("template")
      .Mutable("spec")
      .Set("restartPolicy", "Always");
  Apply(bad);
  ASSERT_TRUE(Eventually(10s, [&] { return Stalled("a-0", {"worker", "restartPolicy"}); }));
  EXPECT_EQ(Workload("a")["status"]["admitted"].Integer(), 0);
  Apply(MakeWorkload("a", {JobRole("worker", 2)}));
  EXPECT_TRUE(Eventually(10s, [&] { return NotRunning("a-0", 2); }));
}

TEST_F(Trouble, ExplainsPodsThatPodSecurityRefuses) {
  AddNodes({.prefix = "security"});
  const std::string label = "pod-security.kubernetes.io/enforce";
  Patch(kNamespaces, ns(), json::Object{{"metadata", json::Object{{"labels", json::Object{{label, "restricted"}}}}}});
  StartOperator();
  Apply(MakeWorkload("a", {JobRole("launcher", 1), StatefulSetRole("workers", 2)},
                     {.gang = {{"scheduleTimeoutSeconds", 5}}}));
  ASSERT_TRUE(Eventually(5s, [&]() -> std::string {
    const auto group = seen().Group("a-0");
    if (!group || !group->status.explanation) return "no explanation";
    const api::Blocker& blocker = group->status.explanation->blockers.at(0);
    if (blocker.code != "PodsRefused") return "the blocker is " + blocker.code;
    return blocker.message.find("PodSecurity") == std::string::npos ? "it says: " + blocker.message : "";
  }));
  const CommandResult explain = Plugin({"explain", "a"});
  EXPECT_NE(explain.out.find("restricted"), std::string::npos) << explain.Text();
  ASSERT_TRUE(Eventually(10s, [&] { return Missing("a-0", "Waiting"); }));
  EXPECT_NE(seen().Group("a-0")->status.last_stop.message.find("PodSecurity"), std::string::npos)
      << seen().Group("a-0")->status.last_stop.message;
  EXPECT_EQ(seen().PodsEverOf("a-0"), 0);

  Patch(kNamespaces, ns(), json::Object{{"metadata", json::Object{{"labels", json::Object{{label, nullptr}}}}}});
  EXPECT_TRUE(Eventually(40s, [&] { return NotRunning("a-0", 3); }));
}

TEST_F(Trouble, DeletionLeavesNothingBehind) {
  AddNodes({.prefix = "delete", .count = 2});
  OperatorProcess& op = StartOperator();
  Apply(MakeWorkload("runs", {JobRole("j", 1), StatefulSetRole("s", 1), DeploymentRole("d", 1), ReplicaSetRole("r", 1)},
                     {.replicas = 2}));
  Apply(MakeWorkload("waits", {JobRole("j", 1, {.cpu = "64"}), StatefulSetRole("s", 1)}));
  ASSERT_TRUE(Eventually(10s, [&] { return NotRunning("runs-1", 4); }));
  ASSERT_TRUE(Eventually(10s, [&] { return Missing("waits-0", "Waiting"); }));
  const CommandResult removed =
      Kubectl({"delete", "workloads.muster.dev", "runs", "waits", "--cascade=foreground", "--timeout=30s"});
  EXPECT_EQ(removed.exit_code, 0) << removed.Text();
  // Foreground: when the Workloads are gone, so is all that was theirs.
  for (const api::Resource& resource : {api::kPodGroups, api::kControllerRevisions, api::kJobs, api::kStatefulSets,
                                        api::kDeployments, api::kReplicaSets, api::kPods}) {
    EXPECT_EQ(List(resource).size(), 0U) << resource.kind;
  }
  // And the operator makes none of it anew.
  EXPECT_TRUE(Stays(2s, [&] { return Differs("groups", seen().groups.Live().size(), 0U); }));
  EXPECT_EQ(List(api::kJobs).size(), 0U);
  EXPECT_TRUE(op.Running());
}

TEST_F(Trouble, RecordsTheResultOfAGroupAndNeverRunsItAgain) {
  AddNodes({.prefix = "result"});
  StartOperator();
  json::Value done = MakeWorkload("done", {JobRole("j", 2, {.annotations = {{"finish-after", "500ms"}}})});
  // The Job goes away by itself soon; the group must remember.
  done.Mutable("spec").Mutable("roles").MutableItems()[0].Mutable("job").Mutable("spec").Set("ttlSecondsAfterFinished",
                                                                                             3);
  Apply(done);
  json::Value fails =
      MakeWorkload("fails", {JobRole("j", 1, {.annotations = {{"fail-after", "500ms"}}}), StatefulSetRole("s", 1)});
  fails.Mutable("spec").Mutable("roles").MutableItems()[0].Mutable("job").Mutable("spec").Set("backoffLimit", 0);
  Apply(fails);
  ASSERT_TRUE(Eventually(15s, [&] { return Missing("done-0", "Succeeded"); }));
  ASSERT_TRUE(Eventually(15s, [&] { return Missing("fails-0", "Failed"); }));
  EXPECT_TRUE(Eventually(5s, [&] { return ConditionProblem("done", "Complete", "True"); }));
  EXPECT_TRUE(Eventually(5s, [&] { return ConditionProblem("fails", "Failed", "True"); }));
  // A failed group holds what is left of it.
  EXPECT_TRUE(Eventually(10s, [&] { return Differs("members of fails-0", seen().MembersOf("fails-0").size(), 0U); }));
  ASSERT_TRUE(Eventually(15s, [&] { return Get(api::kJobs, "done-0-j").IsNull() ? "" : "the Job is still there"; }));
  EXPECT_TRUE(Stays(3s, [&] { return Missing("done-0", "Succeeded"); }));
  EXPECT_TRUE(Get(api::kJobs, "done-0-j").IsNull());
  EXPECT_EQ(seen().PodsEverOf("done-0"), 2);
}

}  // namespace
}  // namespace muster::e2e
