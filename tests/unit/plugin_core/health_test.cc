#include "kubectl-plugin/core/health.h"

#include <gtest/gtest.h>

namespace muster::plugin {
namespace {

using api::GroupState;

api::Workload MakeWorkload(int64_t replicas) {
  api::Workload workload;
  workload.meta.ns = "ml";
  workload.meta.name = "train";
  workload.meta.generation = 1;
  workload.spec.replicas = replicas;
  workload.status.observed_generation = 1;
  workload.status.replicas = workload.status.updated = replicas;
  return workload;
}

api::PodGroup MakeGroup(GroupState state) {
  api::PodGroup group;
  group.status.state = state;
  return group;
}

std::string Judge(const api::Workload& workload, std::initializer_list<GroupState> states) {
  std::vector<api::PodGroup> groups;
  for (const GroupState state : states) groups.push_back(MakeGroup(state));
  return JudgeWorkload(workload, CountGroups(workload, groups)).Text();
}

TEST(JudgeWorkload, IsTheGravestThatIsTrueOfItsGroups) {
  const api::Workload two = MakeWorkload(2);
  EXPECT_EQ(Judge(two, {GroupState::kRunning, GroupState::kRunning}), "Running");
  EXPECT_EQ(Judge(two, {GroupState::kRunning, GroupState::kSucceeded}), "Running");
  EXPECT_EQ(Judge(two, {GroupState::kSucceeded, GroupState::kSucceeded}), "Succeeded");
  EXPECT_EQ(Judge(two, {GroupState::kRunning, GroupState::kStarting}), "Starting: 1 of 2 groups starting");
  EXPECT_EQ(Judge(two, {GroupState::kWaiting, GroupState::kStarting}), "Waiting: 1 of 2 groups waiting");
  EXPECT_EQ(Judge(two, {GroupState::kWaiting, GroupState::kStopping}), "Stopping: 1 of 2 groups stopping");
  EXPECT_EQ(Judge(two, {GroupState::kFailed, GroupState::kWaiting}), "Failed: 1 of 2 groups failed");
  EXPECT_EQ(Judge(two, {GroupState::kFailed, GroupState::kStalled}), "Stalled: 1 of 2 groups cannot continue");
  EXPECT_EQ(Judge(two, {GroupState::kRunning}), "Starting: 1 of 2 groups not created yet");
  EXPECT_EQ(Judge(MakeWorkload(1), {GroupState::kRunning, GroupState::kRunning}),
            "Stopping: 1 of 2 groups to be deleted");
  EXPECT_EQ(Judge(MakeWorkload(0), {}), "Running: scaled to 0 groups");
}

TEST(JudgeWorkload, BelievesNoStatusOfAnOlderSpec) {
  api::Workload workload = MakeWorkload(1);
  workload.meta.generation = 2;
  const Verdict verdict = JudgeWorkload(workload, CountGroups(workload, {MakeGroup(GroupState::kRunning)}));
  EXPECT_EQ(verdict.word, "Updating");
  EXPECT_EQ(verdict.health, Health::kBusy);
  workload.status = {};
  EXPECT_EQ(JudgeWorkload(workload, {}).word, "Pending");
}

TEST(JudgeWorkload, SaysHeldOnlyWhenNothingRunsAnyMore) {
  api::Workload workload = MakeWorkload(2);
  workload.spec.suspend = true;
  EXPECT_EQ(Judge(workload, {GroupState::kHeld, GroupState::kHeld}), "Held: suspended");
  EXPECT_EQ(Judge(workload, {GroupState::kHeld, GroupState::kRunning}), "Stopping: 1 of 2 groups to be suspended");
}

TEST(JudgeWorkload, AgreesWithItsOwnCounts) {
  api::Workload workload = MakeWorkload(5);
  workload.status.admitted = 2;
  workload.status.ready = 2;
  workload.status.succeeded = 1;
  const GroupCounts counts = CountsInStatus(workload);
  EXPECT_EQ(counts.running, 1);
  EXPECT_EQ(counts.starting, 1);
  EXPECT_EQ(counts.waiting, 2);
  EXPECT_EQ(JudgeWorkload(workload, counts).Text(), "Waiting: 2 of 5 groups waiting");
}

api::Condition NotReady(const std::string& message, int64_t generation) {
  return {.type = "Ready",
          .status = api::Truth::kFalse,
          .reason = "GroupsNotReady",
          .message = message,
          .observed_generation = generation};
}

TEST(JudgeByStatus, ShowsTheStoredStateAndTheMessageOfReady) {
  api::Workload workload = MakeWorkload(2);
  workload.status.state = api::WorkloadState::kStarting;
  workload.status.conditions = {NotReady("1 group starting (train-1: pods are refused)", 1)};
  EXPECT_EQ(JudgeByStatus(workload).Text(), "Starting: 1 group starting (train-1: pods are refused)");
  workload.status.conditions.front().observed_generation = 0;
  EXPECT_EQ(JudgeByStatus(workload).Text(), "Starting");
}

TEST(JudgeByStatus, TrustsNoStateOfAnOlderSpec) {
  api::Workload workload = MakeWorkload(2);
  workload.meta.generation = 2;
  workload.status.state = api::WorkloadState::kRunning;
  EXPECT_EQ(JudgeByStatus(workload).word, "Updating");
  workload.meta.deleted = Instant{};
  EXPECT_EQ(JudgeByStatus(workload).word, "Stopping");
}

TEST(JudgeGroup, TellsTheTimeOfTheNextAttempt) {
  api::PodGroup group = MakeGroup(GroupState::kWaiting);
  const Instant now{std::chrono::hours(1000)};
  group.status.next_attempt_time = now + std::chrono::seconds(20);
  group.status.last_stop.message = "too slow";
  EXPECT_EQ(JudgeGroup(group, now).detail, "next attempt in 20s; too slow");
  EXPECT_EQ(JudgeGroup(group, now + std::chrono::seconds(30)).detail, "");
}

TEST(JudgeGroup, SaysThatAGroupWhoseJobsHaveFinishedNeverCompletes) {
  api::PodGroup group = MakeGroup(GroupState::kRunning);
  group.status.roles = {{.name = "launcher", .kind = "Job", .result = "Succeeded"},
                        {.name = "workers", .kind = "StatefulSet"}};
  EXPECT_EQ(
      JudgeGroup(group, {}).detail,
      "launcher succeeded; workers runs until the workload is suspended or deleted, so the group never completes");
  group.status.roles[0].result.clear();
  EXPECT_EQ(JudgeGroup(group, {}).detail, "");
  group.status.roles[0].result = "Succeeded";
  group.status.roles[1].kind = "Job";
  EXPECT_EQ(JudgeGroup(group, {}).detail, "");
}

TEST(JudgeGroup, OnlyWhatRunsOrFinishedWellIsHealthy) {
  for (const GroupState state : api::kGroupStates) {
    const Health health = JudgeGroup(MakeGroup(state), {}).health;
    const bool well = state == GroupState::kRunning || state == GroupState::kSucceeded;
    const bool broken = state == GroupState::kFailed || state == GroupState::kStalled;
    EXPECT_EQ(health, well ? Health::kHealthy : (broken ? Health::kBroken : Health::kBusy)) << api::StateName(state);
  }
}

}  // namespace
}  // namespace muster::plugin
