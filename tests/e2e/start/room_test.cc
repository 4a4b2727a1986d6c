// Groups and room: what fits runs, what does not is held without a pod, and goes when room appears.
#include <algorithm>

#include "tests/e2e/support/fixture.h"

namespace muster::e2e {
namespace {

class Room : public E2e {
 protected:
  // Seconds from the moment the node was seen to the moment `at`.
  double SecondsSinceNode(const std::string& prefix, Instant at) {
    const auto node = seen().nodes.Last(
        [&](const auto& event) { return !event.gone && event.value.meta.name.starts_with(prefix + "-"); });
    return node ? Seconds(at - node->seen) : -1;
  }

  // When the last member of the group began to run.
  Instant LastRunning(const std::string& group) {
    const auto last = seen().pods.Last([&](const auto& event) {
      return !event.gone && event.value.group == group && event.value.phase == api::PodPhase::kRunning;
    });
    return last ? last->seen : Instant();
  }
};

TEST_F(Room, RunsAGroupThatFits) {
  AddNodes({.prefix = "fits", .count = 3});
  StartOperator();
  const AuditLog audit(cluster().run_dir());
  const int64_t mark = audit.Mark();
  const Instant applied = runtime::RealClock().Wall();
  Apply(MakeWorkload("a", {JobRole("worker", 10)}));
  ASSERT_TRUE(Eventually(10s, [&] { return NotRunning("a-0", 10); }));
  ASSERT_TRUE(Eventually(5s, [&] { return ConditionProblem("a", "Ready", "True"); }));
  PrintFigure("seconds from kubectl apply to the last of ten members running", Seconds(LastRunning("a-0") - applied));

  const json::Value status = Workload("a")["status"];
  EXPECT_EQ(status["replicas"].Integer(), 1);
  EXPECT_EQ(status["admitted"].Integer(), 1);
  EXPECT_EQ(status["ready"].Integer(), 1);
  EXPECT_EQ(status["observedGeneration"].Integer(), 1);
  EXPECT_TRUE(Unschedulable(seen()).empty());
  if (cluster().is_ours()) {
    const auto ours = WritesOf(audit.WritesSince(mark), kOperatorUser);
    PrintFigure("writes of the operator for one group of ten", std::to_string(ours.size()));
    for (const AuditedWrite& write : ours) EXPECT_LT(write.code, 400) << write.Text();
    EXPECT_LE(ours.size(), 8U);  // revision, group, Admitted, child, Running, event, and the Workload's status
  }
}

TEST_F(Room, HoldsAGroupThatDoesNotFitWithoutAPod) {
  AddNodes({.prefix = "small", .count = 2});  // eight cpus
  StartOperator();
  Apply(MakeWorkload("a", {JobRole("launcher", 1), StatefulSetRole("workers", 6, {.cpu = "2"})}));
  ASSERT_TRUE(Eventually(10s, [&] { return Missing("a-0", "Waiting"); }));

  // The children exist, held.
  EXPECT_TRUE(Get(api::kJobs, "a-0-launcher")["spec"]["suspend"].Bool());
  EXPECT_EQ(Get(api::kStatefulSets, "a-0-workers")["spec"]["replicas"].Integer(-1), 0);
  EXPECT_TRUE(Stays(3s, [&] { return Missing("a-0", "Waiting"); }));
  EXPECT_EQ(seen().PodsEverOf("a-0"), 0);

  // What is short, and by how much: 13 cpus are asked for, 8 are there.
  const api::Explanation why = seen().Group("a-0")->status.explanation.value_or(api::Explanation());
  EXPECT_EQ(why.nodes, 2);
  ASSERT_FALSE(why.blockers.empty());
  EXPECT_EQ(why.blockers[0].code, "InsufficientCpu");
  EXPECT_EQ(why.blockers[0].resource, "cpu");
  int64_t missing = 0;
  for (const api::Blocker& blocker : why.blockers) missing += api::ParseQuantity(blocker.missing).value_or(0);
  EXPECT_EQ(missing, 5) << why.summary;
  EXPECT_FALSE(why.changes.empty());
  EXPECT_EQ(ConditionOf(Workload("a"), "Ready")["status"].Text(), "False");

  const CommandResult explain = Plugin({"explain", "a"});
  EXPECT_EQ(explain.exit_code, 0) << explain.Text();
  EXPECT_NE(explain.out.find(why.blockers[0].missing + " more needed"), std::string::npos) << explain.Text();
  EXPECT_NE(explain.out.find("more node"), std::string::npos) << explain.Text();
  PrintFigure("explanation", why.summary);
}

TEST_F(Room, RunsAGroupSoonAfterRoomAppears) {
  AddNodes({.prefix = "early", .count = 1});
  StartOperator();
  Apply(MakeWorkload("a", {JobRole("launcher", 1), StatefulSetRole("workers", 8)}));
  ASSERT_TRUE(Eventually(10s, [&] { return Missing("a-0", "Waiting"); }));
  EXPECT_EQ(seen().PodsEverOf("a-0"), 0);

  AddNodes({.prefix = "late", .count = 2});
  ASSERT_TRUE(Eventually(10s, [&] { return NotRunning("a-0", 9); }));
  const double admitted = SecondsSinceNode("late", *seen().FirstTrue("a-0", api::condition::kAdmitted));
  const double running = SecondsSinceNode("late", LastRunning("a-0"));
  PrintFigure("seconds from the node to Admitted", admitted);
  PrintFigure("seconds from the node to all nine members running", running);
  EXPECT_LT(admitted, 2 * kPatience);
  EXPECT_LT(running, 5 * kPatience);
}

TEST_F(Room, RunsAllKindsOfChildrenTogether) {
  AddNodes({.prefix = "kinds", .count = 1});
  StartOperator();
  Apply(MakeWorkload("mix", {JobRole("launcher", 1), StatefulSetRole("server", 2), DeploymentRole("router", 2),
                             ReplicaSetRole("cache", 3)}));
  ASSERT_TRUE(Eventually(10s, [&] { return Missing("mix-0", "Waiting"); }));
  EXPECT_EQ(seen().PodsEverOf("mix-0"), 0);
  EXPECT_EQ(Get(api::kDeployments, "mix-0-router")["spec"]["replicas"].Integer(-1), 0);
  EXPECT_EQ(Get(api::kReplicaSets, "mix-0-cache")["spec"]["replicas"].Integer(-1), 0);

  AddNodes({.prefix = "kinds-more", .count = 1});
  ASSERT_TRUE(Eventually(10s, [&] { return NotRunning("mix-0", 8); }));
  const auto group = seen().Group("mix-0");
  ASSERT_EQ(group->status.roles.size(), 4U);
  for (const api::RoleStatus& role : group->status.roles) EXPECT_EQ(role.ready, role.desired) << role.name;
  EXPECT_EQ(group->status.attempt, 1);
}

// Nodes of 1, 3, 5 and 7 cpus, most of it taken: groups of different sizes and member sizes are let in together or
// wait, and kube-scheduler never says that one of them has no place.
TEST_F(Room, AdmitsSeveralGroupsTogetherOnANearlyFullClusterOfMixedSizes) {
  for (const int cpus : {1, 3, 5, 7}) {
    AddNodes({.prefix = "mixed" + std::to_string(cpus), .count = 3, .capacity = "cpu=" + std::to_string(cpus)});
  }
  for (int i = 0; i < 10; ++i) Create(api::kPods, MakePod("user-" + std::to_string(i), {.cpu = "1500m"}));
  ASSERT_TRUE(Eventually(20s, [&] {
    const auto pods = seen().pods.Live();
    const auto running = std::count_if(pods.begin(), pods.end(),
                                       [](const api::Pod& pod) { return pod.phase == api::PodPhase::kRunning; });
    return Differs("running pods of users", running, 10);
  }));
  StartOperator();
  constexpr int kGroups = 12;
  for (int i = 0; i < kGroups; ++i) {
    const std::string cpu[] = {"500m", "1", "1700m", "2"};
    Create(api::kWorkloads,
           MakeWorkload("w" + std::to_string(i),
                        {JobRole("big", 1 + i % 3, {.cpu = cpu[i % 4], .annotations = {{"finish-after", "2s"}}}),
                         JobRole("small", 2 + i % 4, {.cpu = "300m", .annotations = {{"finish-after", "2s"}}})}));
  }
  ASSERT_TRUE(Eventually(60s, [&]() -> std::string {
    for (int i = 0; i < kGroups; ++i) {
      const std::string name = "w" + std::to_string(i) + "-0";
      if (std::string problem = Missing(name, "Succeeded"); !problem.empty()) return problem;
    }
    return {};
  }));
  EXPECT_EQ(Unschedulable(seen()), std::vector<std::string>());
  for (const api::PodGroup& group : seen().groups.Live()) {
    EXPECT_EQ(group.status.timeouts, 0) << group.meta.name;
    EXPECT_EQ(group.status.attempt, 1) << group.meta.name;
  }
}

}  // namespace
}  // namespace muster::e2e
