// Several operators and one API server that comes and goes: somebody goes on, and never two at a time (I11).
#include <algorithm>
#include <csignal>
#include <optional>

#include "tests/e2e/support/fixture.h"

namespace muster::e2e {
namespace {

class Operators : public E2e {
 protected:
  // Of one operator, told apart by its token; those that the server let through.
  std::vector<AuditedWrite> WritesOfOperator(const AuditLog& audit, const OperatorProcess& op, int64_t since = 0) {
    std::vector<AuditedWrite> of;
    for (const AuditedWrite& write : audit.WritesSince(since)) {
      if (write.credential == op.credential() && write.code < 400) of.push_back(write);
    }
    return of;
  }

  // "" when every write of `first` came before every write of `second`.
  std::string Overlap(const AuditLog& audit, const OperatorProcess& first, const OperatorProcess& second) {
    const auto before = WritesOfOperator(audit, first);
    const auto after = WritesOfOperator(audit, second);
    if (before.empty() || after.empty()) return "one of them wrote nothing";
    const auto by_time = [](const AuditedWrite& a, const AuditedWrite& b) { return a.at < b.at; };
    const auto last = std::max_element(before.begin(), before.end(), by_time);
    const auto earliest = std::min_element(after.begin(), after.end(), by_time);
    if (last->at < earliest->at) return {};
    return first.identity() + ": " + last->Text() + " after " + second.identity() + ": " + earliest->Text();
  }

  void CreateMany(const std::string& prefix, int count) {
    for (int i = 0; i < count; ++i) {
      Create(api::kWorkloads, MakeWorkload(prefix + std::to_string(i), {JobRole("m", 1), JobRole("w", 2)}));
    }
  }

  std::string AllRun(const std::string& prefix, int count) {
    for (int i = 0; i < count; ++i) {
      if (std::string problem = NotRunning(prefix + std::to_string(i) + "-0", 3); !problem.empty()) return problem;
    }
    return {};
  }
};

// Outages that outlast the lease: for `make test-all`.
class LongOperators : public Operators {};

TEST_F(Operators, StandbyTakesOverWhenTheLeaderIsKilled) {
  if (!NeedsOwnCluster()) return;
  AddNodes({.prefix = "takeover", .count = 20});
  OperatorProcess& first = StartOperator({.identity = "first"});
  OperatorProcess& second = LaunchOperator({.identity = "second"});
  ASSERT_TRUE(second.WaitReady(20s));
  CreateMany("a", 10);
  ASSERT_TRUE(Eventually(10s, [&] { return seen().groups.Live().size() >= 3 ? "" : "no groups yet"; }));
  first.Signal(SIGKILL);  // in the middle of it
  const Instant killed = runtime::RealClock().Wall();
  CreateMany("b", 10);
  ASSERT_TRUE(Eventually(25s, [&] { return Differs("holder", LeaseHolder(cluster()), "second"); }));
  PrintFigure("seconds from kill -9 of the leader to the standby holding the lease",
              Seconds(runtime::RealClock().Wall() - killed));
  ASSERT_TRUE(Eventually(15s, [&] { return AllRun("a", 10); }));
  ASSERT_TRUE(Eventually(15s, [&] { return AllRun("b", 10); }));
  PrintFigure("seconds from kill -9 of the leader to all groups running",
              Seconds(runtime::RealClock().Wall() - killed));
  const AuditLog audit(cluster().run_dir());
  EXPECT_EQ(Overlap(audit, first, second), "");
}

// Stopped as a virtual machine is: it does not know that time has passed, and must look before it acts.
TEST_F(Operators, AFrozenLeaderDoesNotActWhenItThaws) {
  if (!NeedsOwnCluster()) return;
  AddNodes({.prefix = "frozen", .count = 12});
  OperatorProcess& first = StartOperator({.identity = "freezes"});
  OperatorProcess& second = LaunchOperator({.identity = "stays"});
  ASSERT_TRUE(second.WaitReady(20s));
  CreateMany("a", 2);
  ASSERT_TRUE(Eventually(15s, [&] { return AllRun("a", 2); }));
  ASSERT_TRUE(Eventually(5s, [&] { return ConditionProblem("a1", "Ready", "True"); }));
  // What is already on its way, an Event say, would go on when it thaws: nobody can call that back.
  const AuditLog audit(cluster().run_dir());
  ASSERT_TRUE(Eventually(20s, [&]() -> std::string {
    const int64_t mark = audit.Mark();
    const auto quiet = Stays(2s, [&] { return Differs("writes", WritesOfOperator(audit, first, mark).size(), 0U); });
    return quiet ? "" : quiet.message();
  }));
  first.Signal(SIGSTOP);
  ASSERT_TRUE(Eventually(25s, [&] { return Differs("holder", LeaseHolder(cluster()), "stays"); }));
  CreateMany("b", 3);
  ASSERT_TRUE(Eventually(15s, [&] { return AllRun("b", 3); }));
  first.Signal(SIGCONT);
  CreateMany("c", 10);
  ASSERT_TRUE(Eventually(15s, [&] { return AllRun("c", 10); }));
  ASSERT_TRUE(Eventually(15s, [&] {
    return Differs("leader_election_master_status",
                   first.Metric(R"(leader_election_master_status{name="muster-operator"})").value_or(-1), 0.0);
  }));
  EXPECT_TRUE(first.Running());
  EXPECT_EQ(LeaseHolder(cluster()), "stays");
  EXPECT_EQ(Overlap(audit, first, second), "");
}

TEST_F(Operators, HandsOverAtOnceWhenAskedToStop) {
  AddNodes({.prefix = "handover"});
  OperatorProcess& first = StartOperator({.identity = "goes"});
  OperatorProcess& second = LaunchOperator({.identity = "comes"});
  ASSERT_TRUE(second.WaitReady(20s));
  const Instant asked = runtime::RealClock().Wall();
  first.Signal(SIGTERM);
  const auto code = first.Wait(5s);
  ASSERT_TRUE(code.has_value());
  EXPECT_EQ(*code, 0);
  EXPECT_NE(LeaseHolder(cluster()), "goes") << "the lease was not given back";
  PrintFigure("seconds from SIGTERM to exit", Seconds(runtime::RealClock().Wall() - asked));
  ASSERT_TRUE(Eventually(8s, [&] { return Differs("holder", LeaseHolder(cluster()), "comes"); }));
  PrintFigure("seconds from SIGTERM to the standby holding the lease", Seconds(runtime::RealClock().Wall() - asked));
}

TEST_F(Operators, GoesOnAfterARestartOfTheApiServer) {
  if (!NeedsOwnCluster()) return;
  AddNodes({.prefix = "restart", .count = 1});
  OperatorProcess& op = StartOperator();
  Apply(MakeWorkload("runs", {JobRole("m", 1), JobRole("w", 2)}));
  Apply(MakeWorkload("waits", {JobRole("m", 1), JobRole("w", 2)}));
  ASSERT_TRUE(Eventually(10s, [&] { return NotRunning("runs-0", 3); }));
  ASSERT_TRUE(Eventually(10s, [&] { return Missing("waits-0", "Waiting"); }));
  for (const char* how : {"stop", "kill"}) {
    cluster().Component(how, "kube-apiserver");
    cluster().StartApiServer();
    const Instant back = runtime::RealClock().Wall();
    if (how == std::string("stop")) {
      AddNodes({.prefix = "restart-more", .count = 1});
      ASSERT_TRUE(Eventually(30s, [&] { return NotRunning("waits-0", 3); }));
    } else {
      // Deleted before the operator has seen the server again: nothing of it may be made anew.
      Delete(api::kWorkloads, "runs");
      Apply(MakeWorkload("last", {JobRole("m", 1), JobRole("w", 2)}));
      ASSERT_TRUE(Eventually(30s, [&] { return NotRunning("last-0", 3); }));
      EXPECT_EQ(seen().PodsEverOf("runs-0"), 3);
    }
    PrintFigure("seconds from the API server's return to the next group running",
                Seconds(runtime::RealClock().Wall() - back));
    EXPECT_TRUE(op.Running());
  }
}

// Longer than the lease may go without renewal: it stops acting, and comes back as a candidate.
TEST_F(LongOperators, LeadsAgainAfterALongOutage) {
  if (!NeedsOwnCluster()) return;
  AddNodes({.prefix = "outage"});
  OperatorProcess& op = StartOperator();
  cluster().Component("pause", "kube-apiserver");
  ASSERT_TRUE(Eventually(20s, [&] {
    return Differs("leader_election_master_status",
                   op.Metric(R"(leader_election_master_status{name="muster-operator"})").value_or(-1), 0.0);
  }));
  cluster().Component("resume", "kube-apiserver");
  const Instant back = runtime::RealClock().Wall();
  Apply(MakeWorkload("a", {JobRole("m", 1), JobRole("w", 2)}));
  ASSERT_TRUE(Eventually(40s, [&] { return NotRunning("a-0", 3); }));
  PrintFigure("seconds from the end of a long outage to a new group running",
              Seconds(runtime::RealClock().Wall() - back));
  EXPECT_TRUE(op.Running());
}

}  // namespace
}  // namespace muster::e2e
