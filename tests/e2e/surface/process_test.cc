// The operator as a process: its endpoints, its quiet, its end.
#include <csignal>
#include <thread>

#include "tests/e2e/support/fixture.h"

namespace muster::e2e {
namespace {

class OperatorRuns : public E2e {};

TEST_F(OperatorRuns, AnswersOverHttp) {
  AddNodes({.prefix = "http"});
  OperatorProcess& op = StartOperator();
  EXPECT_EQ(op.Health("/healthz").status, 200);
  EXPECT_EQ(op.Health("/readyz").status, 200);
  EXPECT_EQ(op.Health("/nothing").status, 404);
  Apply(MakeWorkload("runs", {JobRole("w", 2)}));
  Apply(MakeWorkload("waits", {JobRole("w", 200)}));
  ASSERT_TRUE(Eventually(10s, [&] { return NotRunning("runs-0", 2); }));
  ASSERT_TRUE(Eventually(10s, [&] { return Missing("waits-0", "Waiting"); }));

  const std::string page = op.Metrics().body;
  for (const char* family :
       {"controller_runtime_reconcile_total", "controller_runtime_reconcile_time_seconds", "workqueue_depth",
        "workqueue_queue_duration_seconds", "rest_client_requests_total", "rest_client_request_duration_seconds",
        "process_cpu_seconds_total", "process_resident_memory_bytes", "leader_election_master_status",
        "muster_build_info", "muster_pod_groups", "muster_waiting_pod_groups", "muster_planning_duration_seconds",
        "muster_pod_group_admission_wait_seconds", "muster_pod_group_scheduling_seconds"}) {
    EXPECT_NE(page.find(std::string("# TYPE ") + family + " "), std::string::npos) << family;
  }
  EXPECT_EQ(page.find(ns()), std::string::npos) << "a namespace is the value of a label";
  EXPECT_TRUE(Eventually(
      5s, [&] { return Differs("running", op.Metric(R"(muster_pod_groups{state="Running"})").value_or(-1), 1.0); }));
  EXPECT_EQ(op.Metric(R"(muster_pod_groups{state="Waiting"})").value_or(-1), 1);
  EXPECT_EQ(op.Metric(R"(muster_waiting_pod_groups{code="InsufficientCpu"})").value_or(-1), 1);
  EXPECT_EQ(op.Metric("muster_pod_group_admission_wait_seconds_count").value_or(-1), 1);
  EXPECT_EQ(op.Metric("muster_pod_group_scheduling_seconds_count").value_or(-1), 1);
  EXPECT_EQ(op.Metric(R"(leader_election_master_status{name="muster-operator"})").value_or(-1), 1);
  PrintFigure("resident MiB of the operator", op.Metric("process_resident_memory_bytes").value_or(0) / (1 << 20));
}

TEST_F(OperatorRuns, ShowsItsMetricsToWhomTheClusterPermitsIt) {
  OperatorProcess& op = StartOperator({.open_metrics = false});
  const auto token_of = [&](const std::string& account) {
    EXPECT_EQ(Kubectl({"create", "serviceaccount", account}).exit_code, 0);
    std::string token = Kubectl({"create", "token", account}).out;
    return token.substr(0, token.find_last_not_of('\n') + 1);
  };
  EXPECT_EQ(op.Metrics().status, 401);
  EXPECT_EQ(op.Metrics("no-token-of-this-cluster").status, 401);
  EXPECT_EQ(op.Metrics(token_of("somebody")).status, 403);
  const std::string reader = token_of("prometheus");
  const std::string binding = ns() + "-metrics";
  Kubectl({"create", "clusterrolebinding", binding, "--clusterrole=muster-metrics-reader",
           "--serviceaccount=" + ns() + ":prometheus"});
  ASSERT_TRUE(Eventually(10s, [&] {
    const auto may =
        Kubectl({"auth", "can-i", "get", "/metrics", "--as=system:serviceaccount:" + ns() + ":prometheus"});
    return Differs("can-i", may.exit_code, 0);
  }));
  EXPECT_EQ(op.Metrics(reader).status, 200);
  EXPECT_NE(op.Metrics(reader).body.find("muster_build_info"), std::string::npos);
  Kubectl({"delete", "clusterrolebinding", binding});
}

// I6: with groups that run, wait, are held and have finished, and pods that come and go beside them.
TEST_F(OperatorRuns, WritesNothingInASteadyCluster) {
  if (!NeedsOwnCluster()) return;
  AddNodes({.prefix = "steady", .count = 2});
  StartOperator();
  Apply(MakeWorkload("runs", {JobRole("m", 1), DeploymentRole("d", 1), StatefulSetRole("s", 1)}, {.replicas = 2}));
  ASSERT_TRUE(Eventually(10s, [&] { return NotRunning("runs-1", 3); }));
  Apply(MakeWorkload("done", {JobRole("j", 1, {.annotations = {{"finish-after", "500ms"}}})}));
  ASSERT_TRUE(Eventually(10s, [&] { return Missing("done-0", "Succeeded"); }));
  Apply(MakeWorkload("waits", {JobRole("m", 1), JobRole("w", 30)}, {.replicas = 3}));
  Apply(MakeWorkload("held", {JobRole("w", 2)}, {.suspend = true}));
  ASSERT_TRUE(Eventually(10s, [&] { return Missing("waits-2", "Waiting"); }));
  ASSERT_TRUE(Eventually(10s, [&] { return Missing("held-0", "Held"); }));
  const AuditLog audit(cluster().run_dir());
  // What is due anyway (counts, explanations, Workloads once a second) has been written when nothing came for a while.
  int64_t mark = audit.Mark();
  Instant since = runtime::RealClock().Wall();
  ASSERT_TRUE(Eventually(60s, [&]() -> std::string {
    const size_t writes = WritesOf(audit.WritesSince(mark), kOperatorUser).size();
    if (writes > 0) {
      mark = audit.Mark();
      since = runtime::RealClock().Wall();
    }
    return runtime::RealClock().Wall() - since > 6s ? "" : "it still writes";
  }));
  constexpr Duration kQuiet = std::chrono::seconds(20);
  EXPECT_TRUE(Stays(kQuiet, [&]() -> std::string {
    const auto writes = WritesOf(audit.WritesSince(mark), kOperatorUser);
    return writes.empty() ? "" : writes.front().Text();
  }));
}

TEST_F(OperatorRuns, GivesTheLeaseBackAndEndsWell) {
  AddNodes({.prefix = "ends", .count = 3});
  OperatorProcess& op = StartOperator();
  for (int i = 0; i < 10; ++i) Create(api::kWorkloads, MakeWorkload("w" + std::to_string(i), {JobRole("w", 1)}));
  const Instant asked = runtime::RealClock().Wall();
  op.Signal(SIGTERM);  // in the middle of work
  const auto code = op.Wait(5s);
  ASSERT_TRUE(code.has_value()) << "runs 5 s after SIGTERM";
  EXPECT_EQ(*code, 0);
  PrintFigure("seconds from SIGTERM to exit", Seconds(runtime::RealClock().Wall() - asked));
  EXPECT_EQ(LeaseHolder(cluster()), "");
  EXPECT_NE(op.LogTail(3).find("Stopped"), std::string::npos) << op.LogTail(10);
  // The next one carries on at once.
  StartOperator({.identity = "next"});
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(Eventually(15s, [&] { return NotRunning("w" + std::to_string(i) + "-0", 1); }));
  }
}

TEST_F(OperatorRuns, EndsWithAnErrorThatNamesTheRemedy) {
  const CommandResult usage = RunCommand({ProgramPath("muster-operator"), "--workers=none"});
  EXPECT_EQ(usage.exit_code, 2) << usage.Text();
  EXPECT_NE(usage.err.find("--workers"), std::string::npos) << usage.Text();
  const CommandResult missing = RunCommand({ProgramPath("muster-operator"), "--kubeconfig=/nonexistent/config"});
  EXPECT_EQ(missing.exit_code, 1) << missing.Text();
  EXPECT_NE(missing.err.find("/nonexistent/config"), std::string::npos) << missing.Text();
}

// It was given all the rights that it uses, and no more than it needs to be refused nothing.
TEST_F(OperatorRuns, IsRefusedNothing) {
  if (!NeedsOwnCluster()) return;
  AddNodes({.prefix = "rights"});
  OperatorProcess& op = StartOperator();
  const AuditLog audit(cluster().run_dir());
  const int64_t mark = audit.Mark();
  Apply(MakeWorkload("a", {JobRole("j", 1), StatefulSetRole("s", 1)}));
  ASSERT_TRUE(Eventually(10s, [&] { return NotRunning("a-0", 2); }));
  Apply(MakeWorkload("a", {JobRole("j", 1, {.image = "other"}), DeploymentRole("d", 1)}));
  ASSERT_TRUE(Eventually(20s, [&]() -> std::string {
    if (Get(api::kDeployments, "a-0-d").IsNull()) return "the new role is not there yet";
    return Get(api::kStatefulSets, "a-0-s").IsNull() ? "" : "the old role is still there";
  }));
  ASSERT_TRUE(Eventually(20s, [&] { return NotRunning("a-0", 2); }));
  for (const AuditedWrite& write : WritesOf(audit.WritesSince(mark), kOperatorUser)) {
    EXPECT_NE(write.code, 403) << write.Text();
  }
  EXPECT_EQ(op.LogTail(100000).find("orbidden"), std::string::npos);
}

}  // namespace
}  // namespace muster::e2e
