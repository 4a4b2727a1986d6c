// 160 groups of ten one-cpu members on 800 free cpus. Exactly 80 run at a time, no group is ever partly running beyond
// its start, each that waits says what is short and by how much, and in the end all have run; also when the operator is
// killed again and again (I5). Checked over every event of the run, in the order of resource versions.
#include <algorithm>
#include <csignal>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "lib/base/strings.h"
#include "tests/e2e/support/fixture.h"
#include "tests/support/seed.h"

namespace muster::e2e {
namespace {

constexpr int kGroups = 160;
constexpr int kAtATime = 80;
constexpr int64_t kMembers = 10;
constexpr int64_t kCpus = 800;
constexpr Duration kLongest = std::chrono::seconds(60);

class Crowd : public E2e {
 protected:
  void SetUp() override {
    E2e::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    AddNodes({.prefix = ns().substr(0, 12), .count = 100, .capacity = "cpu=8"});
  }

  // Half of them have two roles, which are created held; the others one, which may be created released.
  void CreateGroups(int groups, const Texts& annotations) {
    for (int i = 0; i < groups; ++i) {
      json::Array roles = {JobRole("worker", 10, {.annotations = annotations})};
      if (i % 2 == 1) {
        roles = {JobRole("master", 1, {.annotations = annotations}),
                 JobRole("worker", 9, {.annotations = annotations})};
      }
      char name[16];
      std::snprintf(name, sizeof(name), "w%03d", i);
      Create(api::kWorkloads, MakeWorkload(name, roles));
    }
  }

  std::map<std::string, int> ByState() {
    std::map<std::string, int> count;
    for (const api::PodGroup& group : seen().groups.Live()) {
      ++count[group.status.state ? std::string(api::StateName(*group.status.state)) : "new"];
    }
    return count;
  }

  // Groups whose members all have a node, groups that have some but not all members with one.
  std::pair<int, int> FullAndPartial() {
    std::map<std::string, int64_t> bound;
    for (const api::Pod& pod : seen().pods.Live()) {
      if (pod.IsBound() && !pod.IsFinished()) ++bound[pod.group];
    }
    std::pair<int, int> count;
    for (const auto& [group, members] : bound) ++(members == kMembers ? count.first : count.second);
    return count;
  }

  void CheckTheWholeRun(int groups) {
    const std::vector<Start> starts = StartsOf(seen(), kMembers);
    EXPECT_EQ(starts.size(), static_cast<size_t>(groups));
    Duration longest{0};
    for (const Start& start : starts) {
      EXPECT_TRUE(start.complete) << start.group << " never had all of its members placed at one time";
      EXPECT_EQ(start.attempt, 1) << start.group;
      longest = std::max(longest, start.partly);
    }
    PrintFigure("longest start of a group, first to last member bound, in seconds", Seconds(longest));
    EXPECT_LT(longest, kLongest);
    const auto beyond = BeyondRoom(seen(), kMembers, kCpus);
    EXPECT_TRUE(beyond.empty()) << Join(beyond, "\n");
    PrintFigure("members that kube-scheduler found no place for at first",
                std::to_string(Unschedulable(seen()).size()));
    const auto pods = seen().PodsEver();
    for (const auto& [group, uids] : pods) EXPECT_EQ(uids.size(), static_cast<size_t>(kMembers)) << group;
  }
};

TEST_F(Crowd, RunsEightyAtATimeAndAllInTheEnd) {
  OperatorProcess& op = StartOperator();
  const AuditLog audit(cluster().run_dir());
  const int64_t mark = audit.Mark();
  const Instant began = runtime::RealClock().Wall();
  CreateGroups(kGroups, {});
  ASSERT_TRUE(Eventually(kLongest, [&]() -> std::string {
    const auto states = ByState();
    const std::map<std::string, int> wanted = {{"Running", kAtATime}, {"Waiting", kGroups - kAtATime}};
    return Differs("groups by state", states, wanted);
  }));
  PrintFigure("seconds from the first Workload to 80 groups running", Seconds(runtime::RealClock().Wall() - began));
  const auto all_placed = [&] {
    return Differs("groups with all and with some members placed", FullAndPartial(), std::make_pair(kAtATime, 0));
  };
  EXPECT_TRUE(Eventually(5s, all_placed));  // pods are heard of on another way than groups

  // Each that waits says what is short and by how much: no cpu is left, and it needs ten.
  ASSERT_TRUE(Eventually(30s, [&]() -> std::string {
    for (const api::PodGroup& group : seen().groups.Live()) {
      if (group.status.state != api::GroupState::kWaiting) continue;
      if (!group.status.explanation || group.status.explanation->blockers.empty())
        return group.meta.name + " says nothing";
      int64_t missing = 0;
      for (const api::Blocker& blocker : group.status.explanation->blockers) {
        if (blocker.code == "InsufficientCpu") missing += api::ParseQuantity(blocker.missing).value_or(0);
      }
      const bool full = group.status.explanation->blockers.size() > 1 || group.status.roles.size() == 1;
      if (missing != kMembers && (full || missing == 0)) {
        return group.meta.name + " says: " + group.status.explanation->summary;
      }
    }
    return {};
  }));
  EXPECT_TRUE(Stays(2s, all_placed));
  EXPECT_EQ(op.Metric(R"(muster_pod_groups{state="Running"})").value_or(-1), kAtATime);
  EXPECT_EQ(op.Metric(R"(muster_waiting_pod_groups{code="InsufficientCpu"})").value_or(-1), kGroups - kAtATime);

  for (const api::PodGroup& group : seen().groups.Live()) {
    if (group.status.state == api::GroupState::kRunning) Delete(api::kWorkloads, group.meta.owner->name);
  }
  const Instant made_room = runtime::RealClock().Wall();
  ASSERT_TRUE(Eventually(kLongest, [&]() -> std::string {
    const std::map<std::string, int> wanted = {{"Running", kGroups - kAtATime}};
    return Differs("groups by state", ByState(), wanted);
  }));
  PrintFigure("seconds from deleting the first 80 to the others running",
              Seconds(runtime::RealClock().Wall() - made_room));
  CheckTheWholeRun(kGroups);
  if (cluster().is_ours()) {
    PrintFigure("writes of the operator for 160 groups of ten, half of them of two roles",
                std::to_string(WritesOf(audit.WritesSince(mark), kOperatorUser).size()));
  }
}

// MUSTER_SEED replays the moments, as far as time can be replayed.
TEST_F(Crowd, EndsTheSameWhenTheOperatorIsKilledAtRandom) {
  const uint64_t seed = testing::TestSeed();
  SCOPED_TRACE(testing::ReplayHint(seed));
  PrintFigure("MUSTER_SEED", std::to_string(seed));
  std::mt19937_64 random(seed);
  constexpr int kMostKills = 10;
  constexpr int kKilledGroups = 100;  // 80 have room at a time
  OperatorProcess* op = &StartOperator({.elect = Elect::kNo});
  CreateGroups(kKilledGroups, {{"finish-after", "2s"}});
  const auto all_done = [&]() -> std::string {
    const std::map<std::string, int> wanted = {{"Succeeded", kKilledGroups}};
    return Differs("groups by state", ByState(), wanted);
  };
  const Instant began = runtime::RealClock().Wall();
  int kills = 0;
  while (kills < kMostKills && !all_done().empty()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(std::uniform_int_distribution<>(100, 2000)(random)));
    op->Signal(SIGKILL);
    ASSERT_EQ(op->Wait(5s), 128 + SIGKILL);
    ++kills;
    op = &LaunchOperator({.elect = Elect::kNo});
  }
  ASSERT_TRUE(Eventually(kLongest, all_done));
  PrintFigure("seconds until all had run, with " + std::to_string(kills) + " kills",
              Seconds(runtime::RealClock().Wall() - began));
  CheckTheWholeRun(kKilledGroups);
  for (const api::PodGroup& group : seen().groups.Live()) {
    EXPECT_EQ(group.status.attempt, 1) << group.meta.name;
    EXPECT_EQ(group.status.timeouts, 0) << group.meta.name;
  }
}

}  // namespace
}  // namespace muster::e2e
