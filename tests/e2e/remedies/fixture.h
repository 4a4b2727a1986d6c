// What the tests of remedies share: a Workload "g" of one group, what is said of it, and hands that do what is said.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/e2e/remedies/remedy.h"
#include "tests/e2e/support/fixture.h"

namespace muster::e2e {

class Remedies : public E2e {
 public:
  using E2e::AddNodes;
  using E2e::api;
  using E2e::Apply;
  using E2e::cluster;
  using E2e::Create;
  using E2e::Delete;
  using E2e::ExcuseFromLaws;
  using E2e::Get;
  using E2e::Kubectl;
  using E2e::LiftOperatorWrites;
  using E2e::List;
  using E2e::Missing;
  using E2e::NeedsOwnCluster;
  using E2e::ns;
  using E2e::Patch;
  using E2e::Plugin;
  using E2e::seen;
  using E2e::StartOperator;

  // What `explain -o json` says of g-0. "" while there is none of it.
  std::string Suggestion(const std::string& code);       // of that code
  std::string Behind(const std::string& beginning);      // of the advice that begins so, what follows
  std::string MessageOf(const std::string& blocker);     // of that code
  std::string NotBlockedBy(const std::string& blocker);  // for Eventually; the reason of a held group counts too
  const std::string& told() const { return told_; }      // the whole of it, when last asked

  // Does what a suggested change says; of nodes, all but one is shown not to do. Each node is added by calling
  // `add_node`.
  using AddNode = std::function<void(const std::function<void()>& add)>;
  void Do(
      const Remedy& remedy, const AddNode& add_node = [](const std::function<void()>& add) { add(); });

  void Must(const CommandResult& done) { EXPECT_EQ(done.exit_code, 0) << done.Text(); }
  void SetNodeReady(const std::string& node, bool ready);
  // "" when all of g runs.
  std::string NotReady() { return ConditionProblem("g", "Ready", "True"); }

 private:
  json::Value Told();
  void AddMore(const Remedy& remedy, const AddNode& add_node);
  void AddCopy(const std::string& name, int64_t i);
  void AddDescribed(const Remedy& remedy);
  void ChangeRole(const std::string& role, const std::function<void(json::Value& entry, json::Value& spec)>& change);
  void Free(const Remedy& remedy);
  void Reduce(const Remedy& remedy);

  std::string told_;
};

}  // namespace muster::e2e
