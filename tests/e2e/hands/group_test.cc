// A PodGroup edited or deleted by hand: its spec is the Workload's and is put right; its status is Muster's memory, and
// whatever is written into it, the group ends whole or not at all.
#include <algorithm>

#include "lib/json/text.h"
#include "tests/e2e/hands/hands.h"

namespace muster::e2e {
namespace {

class Group : public Hands {
 protected:
  void SetUp() override {
    Hands::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    LiftOperatorWrites();
  }

  void StartOne(const std::string& nodes) {
    AddNodes({.prefix = nodes});
    StartOperator();
    Apply(MakeWorkload("a", {JobRole("m", 1), StatefulSetRole("w", 2)}));
    ASSERT_TRUE(Eventually(10s, [&] { return NotRunning("a-0", 3); }));
    ASSERT_TRUE(Eventually(5s, [&] { return ConditionProblem("a", "Ready", "True"); }));
  }

  void EditStatus(const std::string& group, const json::Value& status) {
    Do({"patch", "podgroups.muster.dev", group, "--subresource=status", "--type=merge", "-p",
        json::Write(json::Object{{"status", status}})});
  }

  static json::Value Condition(const std::string& type, const std::string& status) {
    return json::Object{{"type", type},
                        {"status", status},
                        {"reason", "ByHand"},
                        {"message", "somebody wrote this"},
                        {"lastTransitionTime", "2026-01-01T00:00:00Z"}};
  }

  // The spec is as the Workload has it, and nothing of it was stopped for good.
  std::string NotPutRight(const json::Value& wanted) {
    const json::Value spec = Get(api::kPodGroups, "a-0")["spec"];
    if (spec != wanted) return "spec is " + json::Write(spec) + ", not " + json::Write(wanted);
    return NotRunning("a-0", 3);
  }
};

TEST_F(Group, SpecEditedByHandIsPutRight) {
  StartOne("group-spec");
  const json::Value spec = Get(api::kPodGroups, "a-0")["spec"];
  for (const char* edit :
       {R"({"spec":{"run":"Hold"}})", R"({"spec":{"revision":"nothing"}})", R"({"spec":{"gang":{"policy":"None"}}})",
        R"({"spec":{"gang":{"scheduleTimeoutSeconds":1}}})", R"({"spec":{"priorityClassName":"none-such"}})"}) {
    SCOPED_TRACE(edit);
    Do({"patch", "podgroups.muster.dev", "a-0", "--type=merge", "-p", edit});
    ASSERT_TRUE(Eventually(20s, [&] { return NotPutRight(spec); }));
    ASSERT_TRUE(Eventually(5s, [&] { return ConditionProblem("a", "Ready", "True"); }));
  }
  EXPECT_TRUE(Eventually(10s, [&] {
    return EventLacks(
        {"PodGroup a-0 was changed by another client: spec.run is Hold, not Run; the operator restores it"});
  }));
  const CommandResult moved =
      Kubectl({"patch", "podgroups.muster.dev", "a-0", "--type=merge", "-p", R"({"spec":{"index":7}})"});
  EXPECT_NE(moved.exit_code, 0);
  EXPECT_EQ(Lacks(moved.err, {"index must not change"}), "");
  ExpectWholeOrNothing();
}

TEST_F(Group, DeletedByHandIsMadeAnewAndRuns) {
  StartOne("group-delete");
  const std::string before = seen().Group("a-0")->meta.uid;
  Do({"delete", "podgroups.muster.dev", "a-0"});
  ASSERT_TRUE(Eventually(20s, [&]() -> std::string {
    const auto group = seen().Group("a-0");
    if (!group || group->meta.uid == before) return "the group is still the old one";
    return NotRunning("a-0", 3);
  }));
  EXPECT_EQ(seen().PodsEverOf("a-0"), 6);
  EXPECT_TRUE(Eventually(10s, [&] {
    return EventLacks({"PodGroup a-0 was deleted by another client: the operator creates it again", "kubectl scale"});
  }));
  ExpectWholeOrNothing();
}

// Its children have no owner then. The group that the operator creates again has the same names and labels, so it
// adopts them; but the record of its admission is lost, so it holds them and asks again.
TEST_F(Group, OrphanedByHandIsCreatedAgainAndAdoptsItsChildren) {
  StartOne("group-orphan");
  const std::string before = seen().Group("a-0")->meta.uid;
  const std::string job = Get(api::kJobs, "a-0-m")["metadata"]["uid"].Text();
  Do({"delete", "podgroups.muster.dev", "a-0", "--cascade=orphan"});
  ASSERT_TRUE(Eventually(45s, [&]() -> std::string {
    const auto group = seen().Group("a-0");
    if (!group || group->meta.uid == before) return "the group is still the old one";
    return NotRunning("a-0", 3);
  }));
  EXPECT_EQ(Get(api::kJobs, "a-0-m")["metadata"]["uid"].Text(), job) << "created again, not adopted";
  EXPECT_EQ(seen().PodsEverOf("a-0"), 6);
  ExpectWholeOrNothing();
}

// The record is the decision: without it the members have to go, and the group asks anew.
TEST_F(Group, StatusErasedByHandStartsItAnew) {
  StartOne("group-erase");
  Do({"patch", "podgroups.muster.dev", "a-0", "--subresource=status", "--type=json", "-p",
      R"([{"op":"remove","path":"/status"}])"});
  ASSERT_TRUE(Eventually(20s, [&] { return Differs("pods ever", seen().PodsEverOf("a-0"), 6); }));
  ASSERT_TRUE(Eventually(20s, [&] { return NotRunning("a-0", 3); }));
  ExpectWholeOrNothing();
}

TEST_F(Group, AdmittedTakenAwayByHandStopsItAndItAsksAgain) {
  StartOne("group-unadmit");
  EditStatus("a-0", json::Object{{"conditions", json::Array{Condition("Admitted", "False")}}});
  ASSERT_TRUE(Eventually(20s, [&] { return Differs("pods ever", seen().PodsEverOf("a-0"), 6); }));
  ASSERT_TRUE(Eventually(20s, [&] { return NotRunning("a-0", 3); }));
  ExpectWholeOrNothing();
}

// Admitted by hand though there is no room: released, since the record says so, and held again after its timeout.
TEST_F(Group, AdmittedGivenByHandIsHeldAgainWhenItDoesNotFit) {
  AddNodes({.prefix = "group-admit", .capacity = "cpu=2"});
  StartOperator();
  Apply(MakeWorkload("a", {JobRole("m", 1), StatefulSetRole("w", 3)}, {.gang = {{"scheduleTimeoutSeconds", 3}}}));
  ASSERT_TRUE(Eventually(10s, [&] { return Missing("a-0", "Waiting"); }));
  json::Value conditions = json::Array{Condition("Admitted", "True")};
  conditions.MutableItems().at(0).Set("lastTransitionTime", FormatTime(runtime::RealClock().Wall()));
  EditStatus("a-0", json::Object{{"conditions", conditions}});
  ASSERT_TRUE(Eventually(15s, [&]() -> std::string {
    return seen().Group("a-0")->status.last_stop.reason == "ScheduleTimeout" ? "" : "not held again";
  }));
  ASSERT_TRUE(Eventually(10s, [&] { return Missing("a-0", "Waiting"); }));
  EXPECT_TRUE(Eventually(5s, [&] { return Differs("members", seen().MembersOf("a-0").size(), 0U); }));
  ExpectWholeOrNothing();
}

// Words that nobody of ours would write: the group goes its way.
TEST_F(Group, NonsenseInTheStatusIsOverwritten) {
  StartOne("group-nonsense");
  EditStatus("a-0", json::Object{{"members", 77}, {"ready", 77}, {"attempt", 9}, {"observedGeneration", 99}});
  EXPECT_TRUE(Eventually(20s, [&]() -> std::string {
    const json::Value status = Get(api::kPodGroups, "a-0")["status"];
    if (std::string problem = Differs("ready", status["ready"].Integer(), 3); !problem.empty()) return problem;
    return Differs("members", status["members"].Integer(), 3);
  }));
  EXPECT_TRUE(Eventually(20s, [&] { return NotRunning("a-0", 3); }));
  EXPECT_EQ(seen().PodsEverOf("a-0"), 3);
  ExpectWholeOrNothing();
}

}  // namespace
}  // namespace muster::e2e
