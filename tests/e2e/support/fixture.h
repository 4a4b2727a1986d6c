// What every end-to-end test starts from: the program's cluster, a namespace of its own, a recorder of what happens in
// it, and operators that it starts. Afterwards, also after a failure: I1 is checked over the whole run, the workloads
// are deleted and must leave nothing behind (I9), the operators must end within five seconds of SIGTERM, the nodes go.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/e2e/support/audit.h"
#include "tests/e2e/support/cluster.h"
#include "tests/e2e/support/eventually.h"
#include "tests/e2e/support/invariants.h"
#include "tests/e2e/support/operator_process.h"
#include "tests/e2e/support/recorder.h"
#include "tests/e2e/support/workloads.h"

namespace muster::e2e {

class E2e : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  Cluster& cluster() { return Cluster::Get(); }
  client::Api& api() { return cluster().admin(); }
  Recorder& seen() { return *seen_; }
  const std::string& ns() const { return ns_; }

  // Skips where the cluster is not ours to break or to read the audit log of: call it first, and return when skipped.
  bool NeedsOwnCluster();

  // Starts it and waits until it acts. Stopped by TearDown.
  OperatorProcess& StartOperator(const OperatorOptions& options = {});
  // Does not wait.
  OperatorProcess& LaunchOperator(const OperatorOptions& options = {});
  // Nodes of this test's own; removed by TearDown. The prefix must be new in the program.
  void AddNodes(const NodeShape& shape);
  void RemoveNodes(const std::string& prefix);

  // kubectl apply -f - in the test's namespace.
  void Apply(const json::Value& object);
  // POST, as an admin; for many, and for what is not a Workload.
  void Create(const api::Resource& resource, const json::Value& object);
  // DELETE in the background; nothing when it is not there.
  void Delete(const api::Resource& resource, const std::string& name);
  // Null when there is none.
  json::Value Get(const api::Resource& resource, const std::string& name);
  std::vector<json::Value> List(const api::Resource& resource);
  json::Value Workload(const std::string& name) { return Get(api::kWorkloads, name); }
  // JSON merge patch, as an admin.
  void Patch(const api::Resource& resource, const std::string& name, const json::Value& patch);

  // The user lets members of this group run by hand: I1 is not checked of it.
  void ExcuseFromLaws(const std::string& group) { excused_.insert(group); }
  // The Job controller may make a pod twice (its answer was lost with the API server). The one too many was made while
  // the group was admitted; it may get a node, and run, in the moment between the Job's end and its removal.
  void ExcuseSurplusPods() { surplus_pods_ = true; }

  // What docs/security.md says for emergencies: until the end of the test people may write PodGroups and statuses.
  void LiftOperatorWrites();

  CommandResult Kubectl(std::vector<std::string> arguments);  // with -n
  CommandResult Plugin(std::vector<std::string> arguments);   // kubectl workload ..., with -n

  // For Eventually and Stays.
  std::string Missing(const std::string& group, const std::string& state) const {
    return seen_->StateProblem(group, state);
  }
  std::string NotRunning(const std::string& group, int64_t members) const;
  std::string ConditionProblem(const std::string& workload, const std::string& type, const std::string& wanted);

 private:
  void CheckLaws() const;
  void DeleteEverything();
  void StopOperators();
  std::string Remains();
  CommandResult TryToMakeGroup();  // and says whether people may; nothing is made

  std::string ns_;
  std::unique_ptr<Recorder> seen_;
  std::vector<std::unique_ptr<OperatorProcess>> operators_;
  std::set<std::string> node_prefixes_;
  std::set<std::string> excused_;
  bool surplus_pods_ = false;
  bool writes_lifted_ = false;
};

// The condition of that type, Null when there is none.
json::Value ConditionOf(const json::Value& object, const std::string& type);
// One line for the test's log: "[  figure  ] seconds to admit: 0.21".
void PrintFigure(const std::string& what, const std::string& value);
void PrintFigure(const std::string& what, double value);

}  // namespace muster::e2e
