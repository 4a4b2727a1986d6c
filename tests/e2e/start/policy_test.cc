// The settings of the gang: priority, release at once, and what the timeout does.
#include <algorithm>

#include "tests/e2e/support/fixture.h"

namespace muster::e2e {
namespace {

class Policy : public E2e {
 protected:
  std::string Unbound(const std::string& group, int64_t bound, int64_t members) {
    const auto pods = seen().MembersOf(group);
    const auto placed = std::count_if(pods.begin(), pods.end(), [](const api::Pod& pod) { return pod.IsBound(); });
    if (std::string problem = Differs("members of " + group, static_cast<int64_t>(pods.size()), members);
        !problem.empty()) {
      return problem;
    }
    return Differs("bound members of " + group, static_cast<int64_t>(placed), bound);
  }
};

TEST_F(Policy, AdmitsTheHigherPriorityFirstThoughItAskedLater) {
  AddNodes({.prefix = "taken", .capacity = "cpu=1"});
  Create(api::kPriorityClasses, MakePriorityClass(ns() + "-high", 1000));
  StartOperator();
  Apply(MakeWorkload("low", {JobRole("worker", 4, {.annotations = {{"finish-after", "2s"}}})}));
  ASSERT_TRUE(Eventually(10s, [&] { return Missing("low-0", "Waiting"); }));
  // Long enough to be seen as it is.
  Apply(MakeWorkload("high", {JobRole("worker", 4, {.annotations = {{"finish-after", "8s"}}})},
                     {.priority_class_name = ns() + "-high"}));
  ASSERT_TRUE(Eventually(10s, [&] { return Missing("high-0", "Waiting"); }));

  AddNodes({.prefix = "room", .capacity = "cpu=4"});
  ASSERT_TRUE(Eventually(10s, [&] { return NotRunning("high-0", 4); }));
  EXPECT_EQ(seen().PodsEverOf("low-0"), 0);
  EXPECT_EQ(seen().StateOf("low-0"), "Waiting");
  const json::Value pod = List(api::kPods).at(0);
  EXPECT_EQ(pod["spec"]["priorityClassName"].Text(), ns() + "-high");

  ASSERT_TRUE(Eventually(20s, [&] { return Missing("low-0", "Succeeded"); }));
  EXPECT_LT(*seen().FirstTrue("high-0", api::condition::kAdmitted),
            *seen().FirstTrue("low-0", api::condition::kAdmitted));
  Delete(api::kPriorityClasses, ns() + "-high");
}

TEST_F(Policy, NamesAPriorityClassThatDoesNotExist) {
  AddNodes({.prefix = "classless"});
  StartOperator();
  Apply(MakeWorkload("a", {JobRole("worker", 1)}, {.priority_class_name = ns() + "-later"}));
  ASSERT_TRUE(Eventually(10s, [&] { return Missing("a-0", "Waiting"); }));
  EXPECT_EQ(seen().Group("a-0")->status.explanation->blockers.at(0).code, "PriorityClassNotFound");
  Create(api::kPriorityClasses, MakePriorityClass(ns() + "-later", 7));
  EXPECT_TRUE(Eventually(10s, [&] { return NotRunning("a-0", 1); }));
  Delete(api::kPriorityClasses, ns() + "-later");
}

TEST_F(Policy, NoneReleasesAtOnceAsTheBuiltInsWould) {
  AddNodes({.prefix = "none", .capacity = "cpu=2"});
  StartOperator();
  Apply(MakeWorkload("a", {JobRole("worker", 3), DeploymentRole("web", 1)}, {.gang = {{"policy", "None"}}}));
  ASSERT_TRUE(Eventually(10s, [&] { return Unbound("a-0", 2, 4); }));
  EXPECT_TRUE(Stays(2s, [&] { return Unbound("a-0", 2, 4); }));
  EXPECT_EQ(ConditionOf(Workload("a"), "Ready")["status"].Text(), "False");
  AddNodes({.prefix = "none-more", .capacity = "cpu=2"});
  EXPECT_TRUE(Eventually(20s, [&] { return NotRunning("a-0", 4); }));
}

// For clusters that add nodes for pending pods: released without room, held again when that did not help, and again
// released after the back-off.
TEST_F(Policy, AlwaysReleasesAtOnceAndHoldsAgainAfterTheTimeout) {
  AddNodes({.prefix = "always", .capacity = "cpu=2"});
  StartOperator();
  Apply(MakeWorkload("a", {StatefulSetRole("worker", 4)},
                     {.gang = {{"admission", "Always"}, {"scheduleTimeoutSeconds", 6}}}));
  ASSERT_TRUE(Eventually(10s, [&] { return Unbound("a-0", 2, 4); }));
  ASSERT_TRUE(Eventually(10s, [&] { return Unbound("a-0", 0, 0); }));
  ASSERT_TRUE(Eventually(5s, [&] { return Missing("a-0", "Waiting"); }));
  const auto held = seen().Group("a-0");
  EXPECT_EQ(held->status.timeouts, 1);
  EXPECT_EQ(held->status.last_stop.reason, "ScheduleTimeout");
  EXPECT_NE(held->status.last_stop.message.find("2 of 4 members were scheduled within 6s"), std::string::npos)
      << held->status.last_stop.message;
  ASSERT_TRUE(held->status.next_attempt_time.has_value());
  EXPECT_EQ(held->status.explanation->blockers.at(0).code, "BackOff");

  AddNodes({.prefix = "always-more", .capacity = "cpu=2"});
  ASSERT_TRUE(Eventually(20s, [&] { return NotRunning("a-0", 4); }));
  const auto runs = seen().Group("a-0");
  EXPECT_EQ(runs->status.attempt, 2);
  EXPECT_EQ(runs->status.timeouts, 0);
  const Instant again = seen().groups.First([](const auto& event) { return event.value.status.attempt == 2; })->seen;
  EXPECT_GE(again, *held->status.next_attempt_time);
  PrintFigure("seconds from the timeout to the next attempt", Seconds(again - *held->status.last_stop.time));
}

}  // namespace
}  // namespace muster::e2e
