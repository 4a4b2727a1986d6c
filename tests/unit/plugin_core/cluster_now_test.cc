#include "kubectl-plugin/core/cluster_now.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace muster::plugin
