// The operator without a right that it needs: the log or a condition names it, other work goes on, and it recovers when
// the right is given back.
#include <algorithm>
#include <csignal>
#include <set>

#include "lib/json/text.h"
#include "tests/e2e/hands/hands.h"

namespace muster::e2e {
namespace {

inline constexpr api::Resource kClusterRoles{"rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", false};
constexpr const char* kRole = "muster-operator";

class Rights : public Hands {
 protected:
  void SetUp() override {
    Hands::SetUp();
    if (!IsSkipped() && !HasFatalFailure()) whole_ = Get(kClusterRoles, kRole)["rules"];
  }
  void TearDown() override {
    if (!whole_.IsNull()) GiveBack();
    Hands::TearDown();
  }

  // Takes the verbs away from every rule that has the resource.
  void Take(const std::string& resource, const std::set<std::string>& taken) {
    json::Array rules;
    for (json::Value rule : whole_.Items()) {
      json::Array resources;
      bool named = false;
      for (const json::Value& each : rule["resources"].Items()) {
        if (each.Text() == resource) {
          named = true;
        } else {
          resources.push_back(each);
        }
      }
      if (named) {
        json::Array verbs;
        for (const json::Value& each : rule["verbs"].Items()) {
          if (!taken.contains(each.Text())) verbs.push_back(each);
        }
        json::Value less = rule;
        less.Set("resources", json::Array{json::Value(resource)});
        less.Set("verbs", std::move(verbs));
        if (!less["verbs"].Items().empty()) rules.push_back(std::move(less));
        rule.Set("resources", std::move(resources));
      }
      if (!rule["resources"].Items().empty()) rules.push_back(std::move(rule));
    }
    Patch(kClusterRoles, kRole, json::Object{{"rules", std::move(rules)}});
    for (const std::string& verb : taken) AwaitRight(resource, verb, "no");
  }
  void GiveBack() { Patch(kClusterRoles, kRole, json::Object{{"rules", whole_}}); }

  // The authorizer hears of a changed role a moment later.
  void AwaitRight(const std::string& resource, const std::string& verb, const std::string& answer) {
    EXPECT_TRUE(Eventually(10s, [&] {
      std::vector<std::string> ask = {"auth", "can-i", verb, Qualified(resource), "--as", kOperatorUser, "-n", ns()};
      const size_t slash = resource.find('/');
      if (slash != std::string::npos) {
        ask[3] = Qualified(resource.substr(0, slash));
        ask.push_back("--subresource=" + resource.substr(slash + 1));
      }
      const std::string said = cluster().Kubectl(ask).out;
      return Differs("the right to " + verb + " " + resource, said.substr(0, said.find('\n')), answer);
    }));
  }

  // The object's Stalled condition is WriteRefused, and says all of this.
  std::string Refusal(const std::string& object, const std::vector<std::string>& parts) {
    const std::string path = R"(jsonpath={.status.conditions[?(@.type=="Stalled")].reason} )"
                             R"({.status.conditions[?(@.type=="Stalled")].message})";
    std::vector<std::string> all = {"WriteRefused"};
    all.insert(all.end(), parts.begin(), parts.end());
    return Lacks(Kubectl({"get", object, "-o", path}).out, all);
  }
  static std::string LogLacks(const OperatorProcess& op, const std::vector<std::string>& parts) {
    return Lacks(op.LogTail(400), parts);
  }

 private:
  static std::string Qualified(const std::string& resource) {
    if (resource == "podgroups" || resource == "workloads") return resource + ".muster.dev";
    return resource.starts_with("podgroups") || resource.starts_with("workloads") ? resource + ".muster.dev" : resource;
  }

  json::Value whole_;
};

// One kind cannot be made: groups with it say so, the others run.
TEST_F(Rights, ToMakeJobs) {
  AddNodes({.prefix = "rights-jobs", .count = 2});
  StartOperator();
  Take("jobs", {"create"});
  Apply(MakeWorkload("a", {JobRole("j", 1), StatefulSetRole("s", 1)}));
  Apply(MakeWorkload("one", {JobRole("j", 1)}));
  Apply(MakeWorkload("b", {StatefulSetRole("s", 1), DeploymentRole("d", 1)}));
  const std::vector<std::string> words = {"jobs.batch", "forbidden", "cannot create resource \"jobs\""};
  ASSERT_TRUE(Eventually(10s, [&] { return StalledProblem("a-0", words); }));
  ASSERT_TRUE(Eventually(10s, [&] { return StalledProblem("one-0", words); }));
  ASSERT_TRUE(Eventually(10s, [&] { return NotRunning("b-0", 2); }));
  EXPECT_EQ(seen().MembersOf("a-0").size(), 0U);
  GiveBack();
  EXPECT_TRUE(Eventually(40s, [&] { return NotRunning("a-0", 2); }));
  EXPECT_TRUE(Eventually(40s, [&] { return NotRunning("one-0", 1); }));
  ExpectWholeOrNothing();
}

// Releasing is a patch: without that right a group may not be left partly running.
TEST_F(Rights, ToChangeStatefulSets) {
  AddNodes({.prefix = "rights-patch"});
  OperatorProcess& op = StartOperator();
  Take("statefulsets", {"patch"});
  Apply(MakeWorkload("a", {StatefulSetRole("s", 2), JobRole("j", 1)}, {.gang = {{"scheduleTimeoutSeconds", 4}}}));
  Apply(MakeWorkload("b", {JobRole("j", 1)}));
  ASSERT_TRUE(Eventually(10s, [&] { return NotRunning("b-0", 1); }));
  ASSERT_TRUE(Eventually(20s, [&] { return LogLacks(op, {"cannot patch resource \\\"statefulsets\\\""}); }));
  ASSERT_TRUE(Eventually(20s, [&] {
    return Refusal("podgroups.muster.dev/a-0", {"StatefulSet", "cannot be changed"});
  }));
  EXPECT_EQ(seen().MembersOf("a-0").size(), 0U) << "the Job waits for the StatefulSet";
  ASSERT_TRUE(
      Eventually(20s, [&] { return seen().Group("a-0")->status.timeouts > 0 ? "" : "no attempt has timed out yet"; }));
  EXPECT_EQ(Lacks(seen().Group("a-0")->status.last_stop.message, {"cannot patch resource \"statefulsets\""}), "");
  PrintFigure("without the right to patch StatefulSets the group is", seen().StateOf("a-0"));
  if (cluster().is_ours()) {
    // Tried again with back-off, not in a loop.
    int64_t refused = 0;
    for (const AuditedWrite& write : AuditLog(cluster().run_dir()).WritesSince(0)) {
      refused += write.ns == ns() && write.resource == "statefulsets" && write.code == 403 ? 1 : 0;
    }
    PrintFigure("refused patches of the StatefulSet", std::to_string(refused));
    EXPECT_GE(refused, 1);
    EXPECT_LE(refused, 40);
  }
  GiveBack();
  EXPECT_TRUE(Eventually(60s, [&] { return NotRunning("a-0", 3); }));
  ExpectWholeOrNothing();
}

// What the Workload itself needs is told by the Workload.
TEST_F(Rights, ToMakeRevisionsAndGroups) {
  AddNodes({.prefix = "rights-make"});
  StartOperator();
  for (const auto& [resource, kind] :
       {std::pair("controllerrevisions", "ControllerRevision"), std::pair("podgroups", "PodGroup")}) {
    SCOPED_TRACE(resource);
    Take(resource, {"create"});
    const std::string name = std::string("w-") + resource;
    const std::string of_kind = kind;
    Apply(MakeWorkload(name, {JobRole("j", 1)}));
    ASSERT_TRUE(Eventually(20s, [&] {
      return Refusal("workloads.muster.dev/" + name, {of_kind, "cannot be created", "cannot create resource"});
    }));
    GiveBack();
    EXPECT_TRUE(Eventually(40s, [&] { return NotRunning(name + "-0", 1); }));
    EXPECT_TRUE(Eventually(10s, [&] { return ConditionProblem(name, "Ready", "True"); }));
  }
  ExpectWholeOrNothing();
}

// A Job of the old roles that may not be deleted: the group says so.
TEST_F(Rights, ToDeleteJobs) {
  AddNodes({.prefix = "rights-delete"});
  StartOperator();
  Apply(MakeWorkload("a", {JobRole("j", 1), StatefulSetRole("s", 1)}, {.suspend = true}));
  ASSERT_TRUE(Eventually(10s, [&] { return Missing("a-0", "Held"); }));
  Take("jobs", {"delete"});
  Apply(MakeWorkload("a", {JobRole("j", 2), StatefulSetRole("s", 1)}, {.suspend = true}));
  ASSERT_TRUE(Eventually(20s, [&] {
    return Refusal("podgroups.muster.dev/a-0", {"Job", "cannot be deleted", "cannot delete resource"});
  }));
  GiveBack();
  Apply(MakeWorkload("a", {JobRole("j", 2), StatefulSetRole("s", 1)}));
  EXPECT_TRUE(Eventually(90s, [&] { return NotRunning("a-0", 3); }));
  ExpectWholeOrNothing();
}

// Without its record nothing is decided: nothing starts.
TEST_F(Rights, ToWriteTheStatusOfGroups) {
  AddNodes({.prefix = "rights-status"});
  OperatorProcess& op = StartOperator();
  Take("podgroups/status", {"patch"});
  Apply(MakeWorkload("a", {StatefulSetRole("s", 2), JobRole("j", 1)}));
  Apply(MakeWorkload("one", {JobRole("j", 1)}));
  ASSERT_TRUE(Eventually(20s, [&] { return LogLacks(op, {"podgroups", "forbidden", "cannot patch resource"}); }));
  EXPECT_TRUE(Stays(2s, [&] { return Differs("pods", seen().pods.Live().size(), 0U); }));
  EXPECT_TRUE(op.Running());
  GiveBack();
  EXPECT_TRUE(Eventually(60s, [&] { return NotRunning("a-0", 3); }));
  EXPECT_TRUE(Eventually(60s, [&] { return NotRunning("one-0", 1); }));
  ExpectWholeOrNothing();
}

TEST_F(Rights, ToWriteEvents) {
  AddNodes({.prefix = "rights-events"});
  OperatorProcess& op = StartOperator();
  Take("events", {"create"});
  Apply(MakeWorkload("a", {StatefulSetRole("s", 2), JobRole("j", 1)}));
  ASSERT_TRUE(Eventually(10s, [&] { return NotRunning("a-0", 3); }));
  EXPECT_TRUE(op.Running());
  ExpectWholeOrNothing();
}

// It cannot see what it must know: it does not act, and says what it waits for.
TEST_F(Rights, ToSeeNodes) {
  AddNodes({.prefix = "rights-nodes"});
  Take("nodes", {"list", "watch"});
  OperatorProcess& op = LaunchOperator();
  Apply(MakeWorkload("a", {JobRole("j", 1), JobRole("k", 1)}));
  ASSERT_TRUE(Eventually(20s, [&] { return Lacks(op.Health("/readyz?verbose").body, {"nodes"}); }));
  ASSERT_TRUE(Eventually(20s, [&] { return LogLacks(op, {"nodes", "forbidden"}); }));
  EXPECT_NE(op.Health("/readyz").status, 200);
  EXPECT_EQ(op.Health("/healthz").status, 200);
  EXPECT_EQ(seen().pods.Live().size(), 0U);
  GiveBack();
  EXPECT_TRUE(Eventually(60s, [&] { return NotRunning("a-0", 2); }));
  ExpectWholeOrNothing();
}

}  // namespace
}  // namespace muster::e2e
