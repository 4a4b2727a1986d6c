// The whole simulated world: API, built-in controllers, nodes, the operator, and what may go wrong. Test support.
//
//   World world({.seed = TestSeed(), .crash_at_write = 7});
//   world.nodes().Add("n1", 4);
//   world.Apply(MakeWorkload("train").Job("w", 4).Build());
//   world.RunFor(std::chrono::seconds(30));
//   EXPECT_EQ(world.Problems(), "");
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/sim/candidate.h"
#include "tests/support/sim/controllers.h"
#include "tests/support/sim/law.h"
#include "tests/support/sim/nodes.h"
#include "tests/support/sim/operator_loop.h"

namespace muster::sim {

class World {
 public:
  struct Options {
    uint64_t seed = 1;
    int64_t crash_at_write = 0;  // 0: never
    Duration restart_after = std::chrono::milliseconds(1500);
    int64_t restart_every_seconds = 0;  // another operator takes over so often; 0: never
    Faults faults;
    // Two operators, one lease. The write of that number (0: none) stays on its way for late_by, while its sender is
    // cut off for cut_off_for: longer than the lease, so that the other one acts before it arrives.
    bool two_operators = false;
    int64_t late_write = 0;
    Duration late_by = std::chrono::seconds(25);
    Duration cut_off_for = std::chrono::seconds(40);

    bool AnyFault() const { return restart_every_seconds > 0 || faults.Any(); }
  };

  explicit World(Options options);

  ApiServer& api() { return api_; }
  Nodes& nodes() { return nodes_; }
  Controllers& controllers() { return controllers_; }
  Events& events() { return events_; }

  // What a user does.
  void Apply(const json::Value& object);  // creates a Workload, or replaces its spec
  void EditSpec(const std::string& workload, const std::function<void(json::Value& spec)>& edit);
  void Delete(const api::Resource& resource, const std::string& name);
  void AddPriorityClass(const std::string& name, int64_t value);

  void RunFor(Duration time) { events_.RunFor(time); }
  // From now on nothing goes wrong any more. The operator lives on: what a fault has left it in is its own to get out
  // of.
  void StopFaults();
  void RestartOperator();

  // Writes of the operator so far, dry-runs too.
  int64_t writes() const { return writes_; }
  // What the late write was; "" when there was none.
  const std::string& late() const { return late_; }
  // Leaders so far.
  int64_t terms() const { return terms_; }
  // How often each fault was met.
  const FaultCounts& met() const { return met_; }
  // Broken laws, one per line.
  std::string Problems() const;
  // What there is, without times, versions, names that are made up, and how often things were tried.
  std::string EndState() const;
  // What a reconcile of every group and Workload, with all seen, would still do; "" in a steady state.
  std::string PlansLeft() const;
  // Runs so long and says what is wrong with its rest (I6): plans left, writes, a state that moves, and an operator
  // that starts and finds something to do; "" when nothing is.
  std::string Unrest(Duration rest);
  // What the operator did, with times.
  std::string Trace() const;
  // The same, since it was last asked for.
  std::vector<std::string> TakeTrace() { return std::exchange(trace_, {}); }

 private:
  std::shared_ptr<OperatorLoop> MakeOperator(const std::string& name);
  void StartOperator();
  void StartTwo();
  void ReplaceOperator(Duration after);
  Duration Patience() const;

  const Options options_;
  Events events_;
  ApiServer api_;
  Laws laws_;
  Controllers controllers_;
  Nodes nodes_;
  std::shared_ptr<OperatorLoop> operator_;  // the only one
  std::vector<std::shared_ptr<OperatorLoop>> operators_;
  std::vector<std::unique_ptr<Candidate>> candidates_;
  int64_t writes_ = 0;
  int64_t sent_ = 0;
  int64_t terms_ = 0;
  std::string late_;
  FaultCounts met_;
  bool faults_on_ = true;
  std::vector<std::string> trace_;
};

}  // namespace muster::sim
