#include "kubectl-plugin/core/wait_state.h"

#include <gtest/gtest.h>

namespace muster::plugin {
namespace {

using api::GroupState;

// Generation 2 of two groups, as the operator has told of it.
struct Told {
  int64_t replicas = 2;
  int64_t observed = 2;
  int64_t updated = 2;
  bool suspend = false;
  std::vector<GroupState> groups = {};
  int64_t unseen = 0;         // more groups, without a state
  int64_t group_behind = 0;   // so many of the first have not seen their newest spec
  std::string stalled = {};   // the workload's own condition
  bool ended_before = false;  // what has succeeded did so with an earlier revision
};

WorkloadView ViewOf(const Told& told) {
  api::Workload workload;
  workload.meta.ns = "ml";
  workload.meta.name = "train";
  workload.meta.generation = 2;
  workload.spec.replicas = told.replicas;
  workload.spec.suspend = told.suspend;
  workload.status.observed_generation = told.observed;
  workload.status.update_revision = told.observed > 0 ? "train-2" : "";
  workload.status.replicas = static_cast<int64_t>(told.groups.size()) + told.unseen;
  workload.status.updated = told.updated;
  if (!told.stalled.empty()) {
    workload.status.conditions.push_back(
        {.type = "Stalled", .status = api::Truth::kTrue, .reason = told.stalled, .observed_generation = told.observed});
  }
  std::vector<api::PodGroup> groups(told.groups.size() + static_cast<size_t>(told.unseen));
  for (size_t i = 0; i < groups.size(); ++i) {
    groups[i].spec.index = static_cast<int64_t>(i);
    groups[i].spec.revision = "train-2";
    groups[i].meta.generation = 2;
    groups[i].status.observed_generation = static_cast<int64_t>(i) < told.group_behind ? 1 : 2;
    if (i >= told.groups.size()) continue;
    groups[i].status.state = told.groups[i];
    if (told.groups[i] == GroupState::kSucceeded) {
      groups[i].status.conditions.push_back({.type = "Succeeded", .status = api::Truth::kTrue});
      groups[i].status.revision = told.ended_before ? "train-1" : "train-2";
    }
  }
  return ViewWorkload(workload, groups, Instant{});
}

constexpr auto kRunning = GroupState::kRunning;
constexpr auto kStarting = GroupState::kStarting;
constexpr auto kSucceeded = GroupState::kSucceeded;
constexpr auto kStalled = GroupState::kStalled;

// What each --for says, in the order of the headings.
struct WaitCase {
  const char* what;
  Told told;
  const char* ready_admitted_complete_rolled_out;
};

const WaitCase kCases[] = {
    {"all run", {.groups = {kRunning, kRunning}}, "done, done, not yet, done"},
    {"nobody has looked at it", {.observed = 0, .updated = 0}, "not yet, not yet, not yet, not yet"},
    {"the change is not seen yet",
     {.observed = 1, .groups = {kRunning, kRunning}},
     "not yet, not yet, not yet, not yet"},
    {"the change is not seen yet, nor is the one before carried out",
     {.observed = 1, .updated = 1, .groups = {kRunning, kRunning}},
     "not yet, not yet, not yet, not yet"},
    {"the change is not seen yet, and all have finished before",
     {.observed = 1, .groups = {kSucceeded, kSucceeded}},
     "not yet, not yet, not yet, not yet"},
    {"one is on the old revision", {.updated = 1, .groups = {kRunning, kRunning}}, "not yet, done, not yet, not yet"},
    {"the updated one starts", {.updated = 1, .groups = {kStarting, kRunning}}, "not yet, done, not yet, not yet"},
    {"all are updated, one starts", {.groups = {kRunning, kStarting}}, "not yet, done, not yet, not yet"},
    {"one stops, to be updated",
     {.updated = 1, .groups = {kRunning, GroupState::kStopping}},
     "not yet, not yet, not yet, not yet"},
    {"one waits", {.groups = {kRunning, GroupState::kWaiting}}, "not yet, not yet, not yet, not yet"},
    {"one is held", {.suspend = true, .groups = {kRunning, GroupState::kHeld}}, "not yet, not yet, not yet, not yet"},
    {"one is not made yet", {.groups = {kRunning}}, "not yet, not yet, not yet, not yet"},
    {"one has no state yet", {.groups = {kRunning}, .unseen = 1}, "not yet, not yet, not yet, not yet"},
    {"one too many", {.replicas = 1, .groups = {kRunning, kRunning}}, "not yet, done, not yet, not yet"},
    {"some have finished", {.groups = {kSucceeded, kRunning}}, "done, done, not yet, done"},
    {"one has finished before the change, which does not concern it",
     {.updated = 1, .groups = {kSucceeded, kRunning}, .ended_before = true},
     "done, done, not yet, done"},
    {"all have finished", {.groups = {kSucceeded, kSucceeded}}, "done, done, done, done"},
    {"all have finished, with the old revision",
     {.updated = 0, .groups = {kSucceeded, kSucceeded}, .ended_before = true},
     "done, done, done, done"},
    {"none is wanted", {.replicas = 0, .updated = 0}, "done, done, not yet, done"},
    {"none is wanted, which is not seen yet",
     {.replicas = 0, .observed = 1, .updated = 0},
     "not yet, not yet, not yet, not yet"},
    {"one has failed", {.groups = {kRunning, GroupState::kFailed}}, "never, never, never, never"},
    {"one is stalled", {.groups = {kRunning, kStalled}}, "never, never, never, never"},
    {"the change is refused",
     {.updated = 0, .groups = {kRunning, kRunning}, .stalled = "RevisionRefused"},
     "never, done, never, never"},
    // kubectl apply -f mended.yaml && kubectl workload wait train
    {"stalled before the change, which is not seen yet",
     {.observed = 1, .groups = {kStalled, kRunning}, .stalled = "InvalidRole"},
     "not yet, not yet, not yet, not yet"},
    {"stalled before the change, which the group has not seen yet",
     {.groups = {kStalled, kRunning}, .group_behind = 1, .stalled = "InvalidRole"},
     "not yet, not yet, not yet, not yet"},
};

std::string NameOf(WaitState state) {
  if (state == WaitState::kDone) return "done";
  return state == WaitState::kNever ? "never" : "not yet";
}

TEST(StateOfWait, OfEachConditionIs) {
  for (const WaitCase& each : kCases) {
    const WorkloadView view = ViewOf(each.told);
    std::string states;
    for (const char* wanted : {"ready", "admitted", "complete", "rolled-out"}) {
      states += (states.empty() ? "" : ", ") + NameOf(StateOfWait(view, *WaitForOf(wanted)));
    }
    EXPECT_EQ(states, each.ready_admitted_complete_rolled_out) << each.what << ": " << view.verdict.Text();
  }
}

TEST(WaitForOf, KnowsItsFourWordsAlone) {
  EXPECT_EQ(WaitForOf("breakfast"), std::nullopt);
  EXPECT_EQ(WaitForOf(""), std::nullopt);
  EXPECT_EQ(WaitForOf("rolled-out"), WaitFor::kRolledOut);
}

}  // namespace
}  // namespace muster::plugin
