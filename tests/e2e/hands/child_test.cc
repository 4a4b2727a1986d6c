// A child edited, scaled, rolled back, let go or deleted by hand. What holds it is Muster's and is put right;
// everything else on it is left as it is (docs/concepts.md).
#include <algorithm>

#include "lib/json/text.h"
#include "tests/e2e/hands/hands.h"

namespace muster::e2e {
namespace {

class Child : public Hands {
 protected:
  void StartAll(const std::string& nodes) {
    AddNodes({.prefix = nodes, .count = 2});
    StartOperator();
    Apply(
        MakeWorkload("a", {JobRole("j", 2), StatefulSetRole("s", 2), DeploymentRole("d", 2), ReplicaSetRole("r", 1)}));
    ASSERT_TRUE(Eventually(10s, [&] { return NotRunning("a-0", 7); }));
  }
  // One that waits for room, with its children held.
  void StartWaiting(const std::string& nodes) {
    AddNodes({.prefix = nodes});
    StartOperator();
    Apply(MakeWorkload("a", {JobRole("j", 2), DeploymentRole("d", 3)}));
    ASSERT_TRUE(Eventually(10s, [&] { return Missing("a-0", "Waiting"); }));
    ExcuseFromLaws("a-0");
  }

  std::string Replicas(const api::Resource& resource, const std::string& name, int64_t wanted) {
    return Differs("replicas of " + name, Get(resource, name)["spec"]["replicas"].Integer(-1), wanted);
  }
  std::string NotHeld() {
    if (!Get(api::kJobs, "a-0-j")["spec"]["suspend"].Bool()) return "the Job is not suspended";
    if (std::string problem = Replicas(api::kDeployments, "a-0-d", 0); !problem.empty()) return problem;
    if (std::string problem = Differs("members", seen().MembersOf("a-0").size(), 0U); !problem.empty()) return problem;
    return Missing("a-0", "Waiting");
  }
};

TEST_F(Child, ScaledWhileItRunsIsPutRight) {
  StartAll("child-scale");
  Do({"scale", "deployment", "a-0-d", "--replicas=5"});
  Do({"scale", "statefulset", "a-0-s", "--replicas=1"});
  Do({"scale", "replicaset", "a-0-r", "--replicas=0"});
  ASSERT_TRUE(Eventually(15s, [&] { return Replicas(api::kDeployments, "a-0-d", 2); }));
  ASSERT_TRUE(Eventually(15s, [&] { return Replicas(api::kStatefulSets, "a-0-s", 2); }));
  ASSERT_TRUE(Eventually(15s, [&] { return Replicas(api::kReplicaSets, "a-0-r", 1); }));
  ASSERT_TRUE(Eventually(15s, [&] { return NotRunning("a-0", 7); }));
  EXPECT_TRUE(Eventually(10s, [&] {
    return EventLacks(
        {"StatefulSet a-0-s was changed by another client: spec.replicas is 1, not 2; the operator restores it",
         "kubectl edit workloads.muster.dev a -n " + ns()});
  }));
  ExpectWholeOrNothing();
}

TEST_F(Child, SuspendedWhileItRunsIsLetGoOn) {
  StartAll("child-suspend");
  Do({"patch", "job", "a-0-j", "--type=merge", "-p", R"({"spec":{"suspend":true}})"});
  ASSERT_TRUE(Eventually(15s, [&]() -> std::string {
    if (Get(api::kJobs, "a-0-j")["spec"]["suspend"].Bool()) return "the Job is still suspended";
    return NotRunning("a-0", 7);
  }));
  // Let go before its controller has looked, it has lost nobody.
  const int64_t ever = seen().PodsEverOf("a-0");
  EXPECT_TRUE(ever == 7 || ever == 9) << ever;
  ExpectWholeOrNothing();
}

TEST_F(Child, LetGoWhileItIsHeldIsHeldAgain) {
  StartWaiting("child-release");
  Do({"patch", "job", "a-0-j", "--type=merge", "-p", R"({"spec":{"suspend":false}})"});
  Do({"scale", "deployment", "a-0-d", "--replicas=3"});
  // What its controller had begun to make may still come up, and go, after the hold.
  ASSERT_TRUE(Eventually(30s, [&]() -> std::string {
    const auto stays = Stays(2s, [&] { return NotHeld(); });
    return stays ? "" : stays.message();
  }));
  AddNodes({.prefix = "child-release-more"});
  ASSERT_TRUE(Eventually(15s, [&] { return NotRunning("a-0", 5); }));
  ExpectWholeOrNothing();
}

// The rollback stays until the group starts anew: then it is the Workload's roles that run.
TEST_F(Child, RolledBackByHandStaysUntilTheNextStart) {
  AddNodes({.prefix = "child-undo", .count = 2});
  StartOperator();
  Apply(MakeWorkload("a", {JobRole("j", 1), DeploymentRole("d", 2, {.image = "registry.example/app:1"})}));
  ASSERT_TRUE(Eventually(10s, [&] { return NotRunning("a-0", 3); }));
  Apply(MakeWorkload("a", {JobRole("j", 1), DeploymentRole("d", 2, {.image = "registry.example/app:2"})}));
  const auto image = [&] {
    return Get(api::kDeployments, "a-0-d")["spec"]["template"]["spec"]["containers"].At(0)["image"].Text();
  };
  ASSERT_TRUE(Eventually(20s, [&] { return Differs("image", image(), "registry.example/app:2"); }));
  ASSERT_TRUE(Eventually(20s, [&] { return NotRunning("a-0", 3); }));
  Do({"rollout", "undo", "deployment/a-0-d"});
  ASSERT_TRUE(Eventually(10s, [&] { return Differs("image", image(), "registry.example/app:1"); }));
  ASSERT_TRUE(Eventually(20s, [&] { return NotRunning("a-0", 3); }));
  ExpectWholeOrNothing();
  Apply(MakeWorkload("a", {JobRole("j", 1), DeploymentRole("d", 2, {.image = "registry.example/app:2"})},
                     {.suspend = true}));
  ASSERT_TRUE(Eventually(20s, [&] { return Missing("a-0", "Held"); }));
  Apply(MakeWorkload("a", {JobRole("j", 1), DeploymentRole("d", 2, {.image = "registry.example/app:2"})}));
  ASSERT_TRUE(Eventually(20s, [&] { return NotRunning("a-0", 3); }));
  EXPECT_EQ(image(), "registry.example/app:2");
  ExpectWholeOrNothing();
}

TEST_F(Child, AStatefulSetRolledBackByHandStaysWhole) {
  AddNodes({.prefix = "child-undo-s", .count = 2});
  StartOperator();
  Apply(MakeWorkload("a", {JobRole("j", 1), StatefulSetRole("s", 2, {.image = "registry.example/app:1"})}));
  ASSERT_TRUE(Eventually(10s, [&] { return NotRunning("a-0", 3); }));
  // By hand too: what a held StatefulSet is given leaves no history to go back to.
  Do({"set", "image", "statefulset/a-0-s", "app=registry.example/app:2"});
  const auto rolled = [&]() -> std::string {
    const json::Value set = Get(api::kStatefulSets, "a-0-s");
    const bool seen_it = set["status"]["observedGeneration"] == set["metadata"]["generation"];
    const bool done = set["status"]["currentRevision"] == set["status"]["updateRevision"];
    return seen_it && done ? NotRunning("a-0", 3) : "it is still rolling";
  };
  ASSERT_TRUE(Eventually(20s, rolled));
  Do({"rollout", "undo", "statefulset/a-0-s"});
  ASSERT_TRUE(Eventually(20s, rolled));
  EXPECT_EQ(Get(api::kStatefulSets, "a-0-s")["spec"]["template"]["spec"]["containers"].At(0)["image"].Text(),
            "registry.example/app:1");
  ExpectWholeOrNothing();
}

TEST_F(Child, EditedByHandIsLeftAsItIs) {
  StartAll("child-edit");
  Do({"set", "image", "deployment/a-0-d", "app=registry.example/other:3"});
  Do({"annotate", "statefulset", "a-0-s", "example.com/note=mine"});
  Do({"label", "job", "a-0-j", "example.com/note=mine"});
  Do({"set", "env", "statefulset/a-0-s", "NOTE=mine"});
  ASSERT_TRUE(Eventually(20s, [&]() -> std::string {
    const json::Value deployment = Get(api::kDeployments, "a-0-d");
    if (deployment["status"]["updatedReplicas"].Integer() != 2) return "it is still rolling";
    return NotRunning("a-0", 7);
  }));
  ExpectWholeOrNothing();
  EXPECT_EQ(Get(api::kDeployments, "a-0-d")["spec"]["template"]["spec"]["containers"].At(0)["image"].Text(),
            "registry.example/other:3");
  EXPECT_EQ(Get(api::kStatefulSets, "a-0-s")["metadata"]["annotations"]["example.com/note"].Text(), "mine");
  EXPECT_EQ(Get(api::kJobs, "a-0-j")["metadata"]["labels"]["example.com/note"].Text(), "mine");
}

TEST_F(Child, DeletedByHandIsMadeAnew) {
  StartAll("child-delete");
  Do({"delete", "deployment/a-0-d", "job/a-0-j", "statefulset/a-0-s", "replicaset/a-0-r"});
  ASSERT_TRUE(Eventually(20s, [&]() -> std::string {
    const int64_t pods = seen().PodsEverOf("a-0");
    return pods >= 14 ? NotRunning("a-0", 7) : Differs("pods ever", pods, 14);
  }));
  for (const char* child : {"Deployment a-0-d", "Job a-0-j", "StatefulSet a-0-s", "ReplicaSet a-0-r"}) {
    EXPECT_TRUE(Eventually(10s, [&] { return EventLacks({std::string(child) + " was deleted by another client"}); }));
  }
  ExpectWholeOrNothing();
}

TEST_F(Child, DeletedByHandWhileItIsHeldIsMadeAnew) {
  StartWaiting("child-delete-held");
  Do({"delete", "deployment/a-0-d", "job/a-0-j"});
  ASSERT_TRUE(Eventually(20s, [&] { return NotHeld(); }));
  AddNodes({.prefix = "child-delete-held-more"});
  ASSERT_TRUE(Eventually(15s, [&] { return NotRunning("a-0", 5); }));
  ExpectWholeOrNothing();
}

// Deleted without its pods: they go on, and a second set beside them would be the worst of all ends.
TEST_F(Child, DeletedWithoutItsPodsStartsNoneBesideThem) {
  StartAll("child-orphan");
  Do({"delete", "job/a-0-j", "--cascade=orphan"});
  EXPECT_TRUE(Stays(4s, [&]() -> std::string {
    const auto members = seen().MembersOf("a-0");
    const auto of_role =
        std::count_if(members.begin(), members.end(), [](const api::Pod& pod) { return pod.role == "j"; });
    return of_role <= 2 ? "" : std::to_string(of_role) + " members of role j";
  }));
  for (const api::Pod& pod : seen().MembersOf("a-0")) {
    if (pod.role == "j") Do({"delete", "pod", pod.meta.name, "--force", "--grace-period=0"});
  }
  ASSERT_TRUE(Eventually(20s, [&]() -> std::string {
    if (Get(api::kJobs, "a-0-j").IsNull()) return "the Job is not there";
    return NotRunning("a-0", 7);
  }));
  ExpectWholeOrNothing();
}

// By its labels Muster finds a child. Taken away while it is held, they are put back.
TEST_F(Child, RobbedOfItsLabelsWhileItIsHeldIsFoundAgain) {
  StartWaiting("child-labels");
  Do({"label", "deployment", "a-0-d", "muster.dev/pod-group-", "muster.dev/role-", "muster.dev/workload-"});
  EXPECT_TRUE(Eventually(20s, [&]() -> std::string {
    const json::Value labels = Get(api::kDeployments, "a-0-d")["metadata"]["labels"];
    return labels["muster.dev/role"].Text() == "d" ? NotHeld() : "the labels are " + json::Write(labels);
  }));
  EXPECT_TRUE(Eventually(10s, [&] { return EventLacks({"Deployment a-0-d had lost labels", "they are put back"}); }));
  AddNodes({.prefix = "child-labels-more"});
  ASSERT_TRUE(Eventually(15s, [&] { return NotRunning("a-0", 5); }));
  ExpectWholeOrNothing();
}

TEST_F(Child, ChangedWhileItRunsIsReported) {
  StartAll("child-report");
  Do({"set", "env", "deployment/a-0-d", "NOTE=mine"});
  EXPECT_TRUE(Eventually(15s, [&] {
    return EventLacks(
        {"Deployment a-0-d was changed by another client, but not its size", "change role d of the Workload"});
  }));
  EXPECT_NE(EventLacks({"Job a-0-j was changed"}), "");
  EXPECT_NE(EventLacks({"StatefulSet a-0-s was changed"}), "");
  ExpectWholeOrNothing();
}

TEST_F(Child, RobbedOfItsLabelsWhileItRunsIsFoundAgain) {
  StartAll("child-run-labels");
  ExcuseFromLaws("a-0");
  for (const auto& [kind, name] : {std::pair("deployment", "a-0-d"), std::pair("job", "a-0-j")}) {
    Do({"label", kind, name, "muster.dev/pod-group-", "muster.dev/role-", "muster.dev/workload-"});
  }
  ASSERT_TRUE(Eventually(20s, [&] {
    return Differs("the role", Get(api::kDeployments, "a-0-d")["metadata"]["labels"]["muster.dev/role"].Text(), "d");
  }));
  Do({"scale", "deployment", "a-0-d", "--replicas=5"});
  ASSERT_TRUE(Eventually(15s, [&] { return Replicas(api::kDeployments, "a-0-d", 2); }));
  Do({"patch", "workloads.muster.dev/a", "--type=merge", "-p", R"({"spec":{"suspend":true}})"});
  ASSERT_TRUE(Eventually(20s, [&] { return Missing("a-0", "Held"); }));
}

// A paused Deployment scales the ReplicaSet that is there: the group starts with the template it was paused at, and
// what was changed is told, with the child and what to do.
TEST_F(Child, PausedByHandWhileItIsHeldStartsAsItIs) {
  AddNodes({.prefix = "child-pause"});
  StartOperator();
  Apply(MakeWorkload("a", {JobRole("j", 2), DeploymentRole("d", 3, {.cpu = "3"})}));
  ASSERT_TRUE(Eventually(10s, [&] { return Missing("a-0", "Waiting"); }));
  Do({"rollout", "pause", "deployment/a-0-d"});
  Do({"set", "env", "deployment/a-0-d", "NOTE=newer"});
  EXPECT_TRUE(Eventually(10s, [&] {
    return EventLacks({"Deployment a-0-d was changed by another client, but not its size",
                       "change role d of the Workload: kubectl edit workloads.muster.dev a -n " + ns()});
  }));
  AddNodes({.prefix = "child-pause-more", .count = 3});
  ASSERT_TRUE(Eventually(20s, [&] { return NotRunning("a-0", 5); }));
  EXPECT_TRUE(Get(api::kDeployments, "a-0-d")["spec"]["paused"].Bool());
  for (const api::Pod& pod : seen().MembersOf("a-0")) {
    const json::Value container = Get(api::kPods, pod.meta.name)["spec"]["containers"].At(0);
    EXPECT_TRUE(container["env"].IsNull()) << pod.meta.name << ": " << json::Write(container);
  }
  Do({"rollout", "resume", "deployment/a-0-d"});
  ASSERT_TRUE(Eventually(30s, [&]() -> std::string {
    const json::Value deployment = Get(api::kDeployments, "a-0-d");
    if (deployment["status"]["updatedReplicas"].Integer() != 3) return "it is still rolling";
    return NotRunning("a-0", 5);
  }));
  ExpectWholeOrNothing();
}

// Without a ReplicaSet a paused Deployment makes no pods: the timeout holds the group again, until it is resumed.
TEST_F(Child, PausedByHandWithoutItsReplicaSetIsHeldAgain) {
  AddNodes({.prefix = "child-paused"});
  StartOperator();
  Apply(MakeWorkload("a", {JobRole("j", 2), DeploymentRole("d", 3, {.cpu = "3"})},
                     {.gang = {{"scheduleTimeoutSeconds", 3}}}));
  ASSERT_TRUE(Eventually(10s, [&] { return Missing("a-0", "Waiting"); }));
  Do({"rollout", "pause", "deployment/a-0-d"});
  Do({"delete", "replicasets", "--all"});
  EXPECT_TRUE(Eventually(10s, [&] {
    return EventLacks(
        {"Deployment a-0-d was changed by another client, but not its size", "change role d of the Workload"});
  }));
  AddNodes({.prefix = "child-paused-more", .count = 3});
  ASSERT_TRUE(Eventually(20s, [&]() -> std::string {
    const api::LastStop stop = seen().Group("a-0")->status.last_stop;
    if (stop.reason != "ScheduleTimeout") return "not held again, but stopped for '" + stop.reason + "'";
    return Lacks(stop.message,
                 {"2 of 5 members were scheduled within 3s of their admission",
                  "role d: Deployment a-0-d has created 0 of 3 pods; it is paused: kubectl rollout resume"});
  }));
  Do({"rollout", "resume", "deployment/a-0-d"});
  ASSERT_TRUE(Eventually(60s, [&] { return NotRunning("a-0", 5); }));
  ExpectWholeOrNothing();
}

// A pod with a group's labels that no child of the group controls is no member: the group runs, and an event says so.
TEST_F(Child, APodWithTheGroupsLabelsIsIgnoredAndReported) {
  AddNodes({.prefix = "child-foreign"});
  json::Value pod = MakePod("impostor", {.cpu = "100m"});
  pod.Mutable("metadata").Set("labels", json::Object{{"muster.dev/pod-group", "a-0"}, {"muster.dev/role", "j"}});
  Create(api::kPods, pod);
  ExcuseFromLaws("impostor");
  StartOperator();
  Apply(MakeWorkload("a", {JobRole("j", 2), JobRole("k", 1)}));
  EXPECT_TRUE(Eventually(20s, [&] { return Missing("a-0", "Running"); }));
  EXPECT_EQ(Get(api::kPodGroups, "a-0")["status"]["scheduled"].Integer(), 3);
  EXPECT_TRUE(Eventually(60s, [&] { return EventLacks({"ignored Pod impostor"}); }));
  (void)api().Delete(api::kPods, {ns(), "impostor"}, {.grace_seconds = 0});
  EXPECT_TRUE(Eventually(20s, [&] { return NotRunning("a-0", 3); }));
  ExpectWholeOrNothing();
}

}  // namespace
}  // namespace muster::e2e
