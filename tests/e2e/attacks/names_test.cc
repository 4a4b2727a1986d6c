// The tenant may not read nodes. With --node-pool-label neither status nor events of his objects tell him their names.
#include "lib/base/strings.h"
#include "lib/json/text.h"
#include "tests/e2e/support/people.h"

namespace muster::e2e {
namespace {

constexpr api::Resource kEventsOfNames{"", "v1", "events", "Event"};

class NodeNames : public People {
 protected:
  // Everything that the operator has written in the namespace.
  std::string Written() {
    std::string text;
    for (const json::Value& group : List(api::kPodGroups)) text += json::Write(group["status"]) + "\n";
    for (const json::Value& workload : List(api::kWorkloads)) text += json::Write(workload["status"]) + "\n";
    for (const json::Value& event : List(kEventsOfNames)) {
      if (event["reportingComponent"].Text() == "muster.dev/operator") text += event["message"].Text() + "\n";
    }
    return text;
  }
};

TEST_F(NodeNames, AreReplacedByPoolsInStatusAndEvents) {
  AddNodes({.prefix = "hidden", .count = 2, .capacity = "cpu=4", .labels = {"example.com/pool=gpu"}});
  AddNodes({.prefix = "hidden-small", .count = 1, .capacity = "cpu=2"});
  EXPECT_EQ(cluster().Kubectl({"cordon", "hidden-1"}).exit_code, 0);
  StartOperator({.more = {"--node-pool-label=example.com/pool"}});
  Apply(MakeWorkload("large", {JobRole("j", 1, {.cpu = "5"})}));
  Apply(MakeWorkload("many", {JobRole("j", 3, {.cpu = "3"})}));
  Apply(MakeWorkload("always", {JobRole("j", 3, {.cpu = "3"})}, {.gang = json::Object{{"admission", "Always"}}}));
  ASSERT_TRUE(Eventually(20s, [&] { return Missing("large-0", "Waiting"); }));
  ASSERT_TRUE(Eventually(20s, [&] { return Missing("many-0", "Waiting"); }));
  // kube-scheduler's own words are quoted of the group that is admitted always.
  ASSERT_TRUE(
      Eventually(30s, [&] { return Written().find("nodes are available") != std::string::npos ? "" : Written(); }));
  const std::string written = Written();
  EXPECT_NE(written.find("a node of pool gpu"), std::string::npos) << written;
  EXPECT_EQ(written.find("hidden"), std::string::npos) << written;
  Patch(api::kWorkloads, "always", json::Object{{"spec", json::Object{{"suspend", true}}}});
}

}  // namespace
}  // namespace muster::e2e
