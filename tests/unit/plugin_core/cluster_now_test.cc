#include "kubectl-plugin/core/cluster_now.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "lib/json/text.h"

namespace muster::plugin {
namespace {

json::Value Document(const std::string& text) {
  Result<json::Value> document = json::Parse(text);
  EXPECT_TRUE(document.has_value()) << document.error().message;
  return document ? *document : json::Value();
}

// A node with room, and a group of one Job that waits and names that priority class.
ClusterNow ClusterOf(const std::string& priority_class) {
  ClusterNow cluster;
  cluster.AddNode(Document(R"({"metadata":{"name":"n1","uid":"u-n1"},"status":{
      "allocatable":{"cpu":"8","memory":"8Gi","pods":"110"},"conditions":[{"type":"Ready","status":"True"}]}})"));
  cluster.AddRevision(Document(R"({"metadata":{"namespace":"ml","name":"r","uid":"u-r"},"data":{"roles":[
      {"name":"w","job":{"spec":{"template":{"spec":{"containers":[{"name":"c","image":"i",
       "resources":{"requests":{"cpu":"1"}}}]}}}}}]}})"));
  json::Value group = Document(R"({"metadata":{"namespace":"ml","name":"a-0","uid":"u-a"},
      "spec":{"index":0,"revision":"r","run":"Run"},
      "status":{"state":"Waiting","revision":"r","observedGeneration":1}})");
  if (!priority_class.empty()) group.Mutable("spec").Set("priorityClassName", priority_class);
  cluster.AddGroup(group);
  return cluster;
}

TEST(ClusterNow, AdmitsWhatHasRoom) {
  const auto decisions = ClusterOf("").Plan(Instant());
  ASSERT_TRUE(decisions.contains({"ml", "a-0"}));
  EXPECT_TRUE(decisions.at({"ml", "a-0"}).admitted);
}

// As the operator does, whatever room there is.
TEST(ClusterNow, AGroupWhosePriorityClassIsMissingIsNotAdmitted) {
  ClusterNow cluster = ClusterOf("gold");
  const auto decisions = cluster.Plan(Instant());
  ASSERT_TRUE(decisions.contains({"ml", "a-0"}));
  const placement::Decision& decision = decisions.at({"ml", "a-0"});
  EXPECT_FALSE(decision.admitted);
  ASSERT_EQ(decision.explanation.blockers.size(), 1U);
  EXPECT_EQ(decision.explanation.blockers[0].code, "PriorityClassNotFound");
  EXPECT_EQ(decision.explanation.summary,
            "priority class gold does not exist: create it, or name another in spec.priorityClassName of the Workload");
  cluster.AddPriorityClass(Document(R"({"metadata":{"name":"gold","uid":"u-g"},"value":1000})"));
  EXPECT_TRUE(cluster.Plan(Instant()).at({"ml", "a-0"}).admitted);
}

const api::Key kGroup{"ml", "a-0"};

TEST(ClusterNow, NamesTheQuotasAndLimitRangesOfTheNamespace) {
  ClusterNow cluster = ClusterOf("");
  cluster.AddResourceQuota(Document(R"({"metadata":{"namespace":"ml","name":"team","uid":"u"},
      "spec":{"hard":{"pods":"4"}},"status":{"used":{"pods":"1"}}})"));
  cluster.AddLimitRange(Document(R"({"metadata":{"namespace":"ml","name":"range","uid":"u"},
      "spec":{"limits":[{"type":"Container","max":{"cpu":"4"}}]}})"));
  cluster.AddResourceQuota(Document(R"({"metadata":{"namespace":"other","name":"not-ours","uid":"u"},
      "spec":{"hard":{"pods":"0"}}})"));
  const ClusterNow::Answer answer = cluster.Plan(Instant()).at(kGroup);
  EXPECT_TRUE(answer.admitted);
  EXPECT_EQ(answer.explanation.not_considered, (std::vector<std::string>{"quota team", "limit range range"}));
  EXPECT_TRUE(answer.beyond_quota.empty());
}

// What was admitted before it counts: a quota for one of the two.
TEST(ClusterNow, SaysWhichGroupsAQuotaWouldRefuse) {
  ClusterNow cluster = ClusterOf("");
  cluster.AddResourceQuota(Document(R"({"metadata":{"namespace":"ml","name":"team","uid":"u"},
      "spec":{"hard":{"requests.cpu":"3"}},"status":{"used":{"requests.cpu":"1500m"}}})"));
  const Result<std::vector<api::Role>> roles = api::DecodeRoles(Document(R"([{"name":"w","job":{"spec":{"template":
      {"spec":{"containers":[{"name":"c","image":"i","resources":{"requests":{"cpu":"1"}}}]}}}}}])"));
  ASSERT_TRUE(roles.has_value());
  cluster.Ask({"ml", "b-0"}, "", {api::ShapeOf(roles->front())});
  const ClusterNow::Decisions decisions = cluster.Plan(Instant(std::chrono::hours(1)));
  EXPECT_TRUE(decisions.at(kGroup).beyond_quota.empty());
  EXPECT_TRUE(decisions.at({"ml", "b-0"}).admitted);
  EXPECT_EQ(decisions.at({"ml", "b-0"}).beyond_quota,
            (std::vector<std::string>{"quota team (500m requests.cpu left, 1 requested)"}));
}

TEST(ClusterNow, CountsWhatALimitRangeGives) {
  ClusterNow cluster;
  cluster.AddLimitRange(Document(R"({"metadata":{"namespace":"ml","name":"range","uid":"u"},
      "spec":{"limits":[{"type":"Container","defaultRequest":{"cpu":"1"}}]}})"));
  cluster.AddNode(Document(R"({"metadata":{"name":"n1","uid":"u-n1"},"status":{
      "allocatable":{"cpu":"2","pods":"110"},"conditions":[{"type":"Ready","status":"True"}]}})"));
  cluster.AddRevision(Document(R"({"metadata":{"namespace":"ml","name":"r","uid":"u-r"},"data":{"roles":[
      {"name":"w","statefulSet":{"spec":{"replicas":3,"template":{"spec":{"containers":[{"name":"c"}]}}}}}]}})"));
  cluster.AddGroup(Document(R"({"metadata":{"namespace":"ml","name":"a-0","uid":"u-a"},
      "spec":{"index":0,"revision":"r","run":"Run"},"status":{"state":"Waiting","revision":"r"}})"));
  const ClusterNow::Answer answer = cluster.Plan(Instant()).at(kGroup);
  EXPECT_FALSE(answer.admitted);
  EXPECT_EQ(answer.explanation.summary, "needs 3 x 1 cpu, room for 2");
  EXPECT_EQ(answer.explanation.not_considered,
            (std::vector<std::string>{"limit range range beyond its default requests"}));
}

TEST(ClusterNow, SaysThatRulesThatMayNotBeListedAreNotConsidered) {
  ClusterNow cluster = ClusterOf("");
  cluster.RulesAreUnknown();
  EXPECT_EQ(cluster.Plan(Instant()).at(kGroup).explanation.not_considered,
            (std::vector<std::string>{"quotas and limit ranges, which you may not list"}));
}

// The same as the operator asks: what preemptionPolicy Never says is known.
TEST(ClusterNow, AdvisesToPreemptWhereItsPodsDo) {
  for (const bool never : {false, true}) {
    ClusterNow cluster = ClusterOf("gold");
    cluster.AddPriorityClass(Document(R"({"metadata":{"name":"gold","uid":"u-g"},"value":1000)" +
                                      std::string(never ? R"(,"preemptionPolicy":"Never"})" : "}")));
    cluster.AddPod(Document(R"({"metadata":{"namespace":"x","name":"p","uid":"u-p"},"spec":{"nodeName":"n1",
        "containers":[{"resources":{"requests":{"cpu":"8"}}}]},"status":{"phase":"Running"}})"));
    const ClusterNow::Answer answer = cluster.Plan(Instant()).at(kGroup);
    EXPECT_FALSE(answer.admitted);
    const auto& changes = answer.explanation.changes;
    EXPECT_EQ(std::any_of(changes.begin(), changes.end(), [](const auto& c) { return c.code == "AdmitAlways"; }),
              !never);
  }
}

}  // namespace
}  // namespace muster::plugin
