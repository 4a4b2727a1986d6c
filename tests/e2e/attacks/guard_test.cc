// Mallory has `edit` in a namespace of his own and asks for a group that requests all cpus of the cluster. While it
// waits, groups of others must not be stopped: not at all when it could never start, because a pod of somebody else
// runs forever; and else for --guard-time at most, also when he deletes the group and creates it again.
#include "tests/e2e/attacks/room.h"

namespace muster::e2e {
namespace {

class GuardTheCluster : public AttackOnRoom {
 protected:
  void StartGuarding() { StartOperator({.more = {"--guard-after=5s", "--guard-time=10s"}}); }
  void AskForAllCpus() {
    AsMallory({"create", "-f", "-"}, json::Write(MakeWorkload("large", {JobRole("w", 8, {.cpu = "1"})})));
    // Longer than --guard-after.
    ASSERT_TRUE(Stays(7s, [&] { return IsAdmitted("large-0") == "True" ? "all cpus were free" : ""; }));
  }
  void AskForLittle(const std::string& name) { Apply(MakeWorkload(name, {JobRole("w", 1, {.cpu = "10m"})})); }
};

TEST_F(GuardTheCluster, WithAGroupThatNeverFitsBecauseAPodOfSomebodyElseRunsForever) {
  AddNodes({.prefix = "forever", .count = 2});  // of four cpus
  Create(api::kPods, MakePod("forever", {.cpu = "1"}));
  ASSERT_TRUE(Eventually(20s, [&]() -> std::string {
    return Get(api::kPods, "forever")["spec"]["nodeName"].Text().empty() ? "the pod has no node" : "";
  }));
  StartGuarding();
  AskForAllCpus();
  AskForLittle("victim");
  EXPECT_TRUE(Eventually(5s, [&] { return NotRunning("victim-0", 1); }));
  Delete(api::kPods, "forever");
}

TEST_F(GuardTheCluster, AgainAndAgainWithAGroupThatCouldStart) {
  AddNodes({.prefix = "again", .count = 2});
  StartGuarding();
  AsMallory({"create", "-f", "-"}, json::Write(MakeWorkload("small", {DeploymentRole("w", 1, {.cpu = "1"})})));
  ASSERT_TRUE(Eventually(20s, [&] { return NotAdmitted("small-0"); }));
  AskForAllCpus();
  AskForLittle("victim");
  ASSERT_TRUE(Eventually(10s, [&]() -> std::string {
    const std::string why = json::Write(Get(api::kPodGroups, "victim-0")["status"]["explanation"]);
    const bool named = why.find("waits behind " + theirs() + "/large-0") != std::string::npos;
    return named || NotRunning("victim-0", 1).empty() ? "" : why;
  }));
  EXPECT_TRUE(Eventually(15s, [&] { return NotRunning("victim-0", 1); }));
  // His namespace has had its guard: a new group has none.
  AsMallory({"delete", "workloads.muster.dev", "large"});
  AskForAllCpus();
  AskForLittle("second");
  EXPECT_TRUE(Eventually(5s, [&] { return NotRunning("second-0", 1); }));
}

}  // namespace
}  // namespace muster::e2e
