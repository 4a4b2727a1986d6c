// Room that goes after it was promised, and nodes that are lost.
// These come before the tests of outages (operators_test.cc; programs run their files in the order of their names): for
// minutes after one, kube-scheduler may be slow to see new pods, and here its pace matters.
#include <algorithm>

#include "tests/e2e/support/fixture.h"

namespace muster::e2e {
namespace {

class LostRoom : public E2e {
 protected:
  // As if another scheduler had put it there.
  void BindForeignPod(const std::string& name, const std::string& node, const std::string& cpu) {
    json::Value pod = MakePod(name, {.cpu = cpu});
    pod.Mutable("spec").Set("nodeName", node);
    Create(api::kPods, pod);
  }
};

TEST_F(LostRoom, HoldsAgainAGroupWhoseRoomWasStolenBeforeItWasScheduled) {
  if (!NeedsOwnCluster()) return;
  AddNodes({.prefix = "stolen"});
  StartOperator();
  // kube-scheduler must be there before its pace can matter.
  Apply(MakeWorkload("probe", {JobRole("worker", 1)}));
  ASSERT_TRUE(Eventually(30s, [&] { return NotRunning("probe-0", 1); }));
  Delete(api::kWorkloads, "probe");
  ASSERT_TRUE(Eventually(30s, [&] { return Differs("members", seen().MembersOf("probe-0").size(), 0U); }));
  // Not paused: it hears of pods with a node and of pods without on two ways, and the members could come first. When it
  // starts, it knows the thief before it places anything.
  cluster().Component("kill", "kube-scheduler");
  Apply(MakeWorkload("a", {StatefulSetRole("worker", 4)}, {.gang = {{"scheduleTimeoutSeconds", 30}}}));
  ASSERT_TRUE(Eventually(10s, [&] { return Differs("members", seen().MembersOf("a-0").size(), 4U); }));
  BindForeignPod("thief", "stolen-0", "2");
  cluster().Component("start", "kube-scheduler");
  ASSERT_TRUE(Eventually(4s, [&] {
    const auto members = seen().MembersOf("a-0");
    return Differs("bound members",
                   std::count_if(members.begin(), members.end(), [](const api::Pod& pod) { return pod.IsBound(); }), 2);
  }));
  ASSERT_TRUE(Eventually(35s, [&] { return Missing("a-0", "Waiting"); }));
  EXPECT_TRUE(Eventually(5s, [&] { return Differs("members", seen().MembersOf("a-0").size(), 0U); }));
  const auto held = seen().Group("a-0");
  EXPECT_EQ(held->status.last_stop.reason, "ScheduleTimeout");
  EXPECT_NE(held->status.last_stop.message.find("2 of 4 members"), std::string::npos) << held->status.last_stop.message;
  const auto admitted = seen().FirstTrue("a-0", api::condition::kAdmitted);
  const auto gone = seen().pods.Last([&](const auto& event) { return event.gone && event.value.group == "a-0"; });
  ASSERT_TRUE(admitted && gone);
  PrintFigure("seconds from the admission to the last member gone, with a timeout of 30",
              Seconds(gone->seen - *admitted));

  // After the back-off it sees that there is no room, and waits instead of trying.
  ASSERT_TRUE(Eventually(20s, [&]() -> std::string {
    const auto group = seen().Group("a-0");
    return Differs("blocker", group->status.explanation ? group->status.explanation->blockers.at(0).code : "",
                   "InsufficientCpu");
  }));
  EXPECT_EQ(seen().Group("a-0")->status.attempt, 1);
  EXPECT_EQ(api().Delete(api::kPods, {ns(), "thief"}, {.grace_seconds = 0}).has_value(), true);
  ASSERT_TRUE(Eventually(10s, [&] { return NotRunning("a-0", 4); }));
  EXPECT_EQ(seen().Group("a-0")->status.attempt, 2);
}

// The room of a group that is on its way is not promised to another one, however long kube-scheduler takes.
TEST_F(LostRoom, DoesNotPromiseRoomTwiceWhileTheSchedulerIsSlow) {
  if (!NeedsOwnCluster()) return;
  AddNodes({.prefix = "slow"});
  StartOperator();
  cluster().Component("pause", "kube-scheduler");
  Apply(MakeWorkload("a", {StatefulSetRole("worker", 3)}));
  ASSERT_TRUE(Eventually(10s, [&] { return Missing("a-0", "Starting"); }));
  Apply(MakeWorkload("b", {StatefulSetRole("worker", 2)}));
  ASSERT_TRUE(Eventually(10s, [&] { return Missing("b-0", "Waiting"); }));
  Apply(MakeWorkload("c", {JobRole("worker", 1)}));  // there is room for one more
  EXPECT_TRUE(Eventually(10s, [&] { return Missing("c-0", "Starting"); }));
  EXPECT_TRUE(Stays(2s, [&] { return Missing("b-0", "Waiting"); }));
  cluster().Component("resume", "kube-scheduler");
  EXPECT_TRUE(Eventually(10s, [&] { return NotRunning("a-0", 3); }));
  EXPECT_TRUE(Eventually(10s, [&] { return NotRunning("c-0", 1); }));
  EXPECT_EQ(Unschedulable(seen()), std::vector<std::string>());
}

// A member on a node that nobody can reach may still be working: the group is not released over it.
TEST_F(LostRoom, DoesNotReleaseOverAMemberOnALostNode) {
  AddNodes({.prefix = "lost", .count = 2, .capacity = "cpu=4"});
  StartOperator();
  Apply(MakeWorkload("a", {JobRole("worker", 6, {}, Completion::kIndexed)}));
  ASSERT_TRUE(Eventually(10s, [&] { return NotRunning("a-0", 6); }));
  EXPECT_EQ(Kubectl({"label", "nodes", "lost-0", "test.muster.dev/node-"}).exit_code, 0);
  EXPECT_EQ(Plugin({"suspend", "a"}).exit_code, 0);
  const auto left = [&] {
    const auto members = seen().MembersOf("a-0");
    const bool all_lost =
        std::all_of(members.begin(), members.end(), [](const api::Pod& pod) { return pod.node_name == "lost-0"; });
    return !members.empty() && all_lost ? std::string() : std::to_string(members.size()) + " members";
  };
  ASSERT_TRUE(Eventually(10s, left));
  EXPECT_EQ(Plugin({"resume", "a"}).exit_code, 0);
  EXPECT_TRUE(Stays(4s, [&] { return Missing("a-0", "Stopping"); }));
  EXPECT_EQ(seen().PodsEverOf("a-0"), 6);
  EXPECT_EQ(Kubectl({"cordon", "lost-0"}).exit_code, 0);
  AddNodes({.prefix = "sound", .count = 2});
  EXPECT_TRUE(Stays(1s, [&] { return Missing("a-0", "Stopping"); }));
  for (const api::Pod& pod : seen().MembersOf("a-0")) {
    EXPECT_EQ(Kubectl({"delete", "pod", pod.meta.name, "--force", "--grace-period=0"}).exit_code, 0);
  }
  EXPECT_TRUE(Eventually(20s, [&] { return NotRunning("a-0", 6); }));
}

}  // namespace
}  // namespace muster::e2e
