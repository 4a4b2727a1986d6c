// What the planner does not consider, or what the Job controller never creates: groups that a quota refuses do not keep
// one another from running, and an index that has failed for good is no member.
#include "tests/e2e/support/fixture.h"

namespace muster::e2e {
namespace {

constexpr api::Resource kQuotas{"", "v1", "resourcequotas", "ResourceQuota"};

class Refused : public E2e {};

TEST_F(Refused, OfTwoGroupsThatAQuotaHasRoomForOneOfOneRuns) {
  AddNodes({.prefix = "collide", .count = 4});
  Create(kQuotas, json::Object{{"apiVersion", "v1"},
                               {"kind", "ResourceQuota"},
                               {"metadata", json::Object{{"name", "team"}}},
                               {"spec", json::Object{{"hard", json::Object{{"requests.cpu", "6"}}}}}});
  ASSERT_TRUE(Eventually(
      20s, [&] { return Get(kQuotas, "team")["status"]["hard"].IsObject() ? "" : "the quota is not in force"; }));
  StartOperator();
  const json::Object gang{{"scheduleTimeoutSeconds", 60}};
  Apply(MakeWorkload("a", {JobRole("w", 4)}, {.gang = gang}));
  Apply(MakeWorkload("b", {JobRole("w", 4)}, {.gang = gang}));
  std::string runs;
  ASSERT_TRUE(Eventually(20s, [&]() -> std::string {
    for (const char* name : {"a", "b"}) {
      if (NotRunning(name + std::string("-0"), 4).empty()) runs = name;
    }
    return runs.empty() ? "neither runs" : "";
  }));
  const std::string other = runs == "a" ? "b" : "a";
  // The other one holds no pod, but for a moment at each attempt, and names the quota.
  ASSERT_TRUE(Eventually(20s, [&] { return Missing(other + "-0", "Waiting"); }));
  const auto group = seen().Group(other + "-0");
  EXPECT_EQ(group->status.last_stop.reason, "PodsRefused");
  EXPECT_NE(group->status.last_stop.message.find("exceeded quota: team"), std::string::npos)
      << group->status.last_stop.message;
  EXPECT_EQ(NotRunning(runs + "-0", 4), "");
  Delete(api::kWorkloads, runs);
  EXPECT_TRUE(Eventually(60s, [&] { return NotRunning(other + "-0", 4); }));
}

TEST_F(Refused, AnIndexThatHasFailedForGoodIsNoMember) {
  AddNodes({.prefix = "indexes", .count = 1});  // four cpus
  StartOperator();
  json::Value role =
      JobRole("w", 4, {.annotations = {{"fail-after", "1s"}, {"only-index", "0"}}}, Completion::kIndexed);
  role.Mutable("job").Mutable("spec").Set("backoffLimitPerIndex", 0);
  Apply(MakeWorkload("a", {role}));
  ASSERT_TRUE(Eventually(15s, [&] {
    return Get(api::kJobs, "a-0-w")["status"]["failedIndexes"].Text() == "0" ? "" : "no index has failed";
  }));
  const auto three_run = [&]() -> std::string {
    const auto group = seen().Group("a-0");
    if (!group || group->status.members != 3) return "it does not have three members";
    return NotRunning("a-0", 3);
  };
  EXPECT_TRUE(Eventually(10s, three_run));
  // The room of the fourth is free.
  Apply(MakeWorkload("b", {JobRole("w", 1)}));
  EXPECT_TRUE(Eventually(10s, [&] { return NotRunning("b-0", 1); }));
  ASSERT_EQ(Plugin({"suspend", "a"}).exit_code, 0);
  ASSERT_TRUE(Eventually(15s, [&] { return Missing("a-0", "Held"); }));
  ASSERT_EQ(Plugin({"resume", "a"}).exit_code, 0);
  EXPECT_TRUE(Eventually(15s, three_run));
}

}  // namespace
}  // namespace muster::e2e
