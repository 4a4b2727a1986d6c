// One word for a workload: its order of gravity, and its round trip through JSON.
#include "lib/api/workload_state.h"

#include <gtest/gtest.h>

namespace muster::api {
namespace {

PodGroup GroupIn(GroupState state) {
  PodGroup group;
  group.status.state = state;
  group.spec.revision = group.status.revision = "r2";
  return group;
}

struct StateCase {
  const char* name;
  int64_t wanted;
  bool suspend;
  std::vector<GroupState> groups;
  WorkloadState state;
};

TEST(WorkloadState, IsTheGravestThatIsTrueOfTheGroups) {
  using G = GroupState;
  using W = WorkloadState;
  for (const StateCase& test : {
           StateCase{"running", 2, false, {G::kRunning, G::kSucceeded}, W::kRunning},
           StateCase{"succeeded", 1, false, {G::kSucceeded}, W::kSucceeded},
           StateCase{"waiting before starting", 2, false, {G::kWaiting, G::kStarting}, W::kWaiting},
           StateCase{"stopping before waiting", 2, false, {G::kWaiting, G::kStopping}, W::kStopping},
           StateCase{"failed before waiting", 2, false, {G::kFailed, G::kWaiting}, W::kFailed},
           StateCase{"stalled before failed", 2, false, {G::kFailed, G::kStalled}, W::kStalled},
           StateCase{"not all created", 2, false, {G::kRunning}, W::kStarting},
           StateCase{"too many", 1, false, {G::kRunning, G::kRunning}, W::kStopping},
           StateCase{"scaled to 0", 0, false, {}, W::kRunning},
           StateCase{"held", 1, true, {G::kHeld}, W::kHeld},
           StateCase{"to be held", 1, true, {G::kRunning}, W::kStopping},
       }) {
    Workload workload;
    workload.meta.generation = 1;
    workload.spec.replicas = test.wanted;
    workload.spec.suspend = test.suspend;
    WorkloadStatus status;
    status.observed_generation = 1;
    GroupCounts counts{.wanted = test.wanted};
    for (const GroupState state : test.groups) CountGroup(GroupIn(state), "r2", counts);
    EXPECT_EQ(StateOf(workload, status, counts), test.state) << test.name;
  }
}

TEST(WorkloadState, IsNotStalledByAGroupThatIsBeingChanged) {
  Workload workload;
  workload.spec.replicas = 1;
  PodGroup group = GroupIn(GroupState::kStalled);
  const auto state = [&] {
    GroupCounts counts{.wanted = 1};
    CountGroup(group, "r2", counts);
    return StateOf(workload, {}, counts);
  };
  EXPECT_EQ(state(), WorkloadState::kStalled);
  group.spec.revision = "r1";
  EXPECT_EQ(state(), WorkloadState::kStarting) << "it gets the wanted revision next";
  group.spec.revision = "r2";
  group.meta.generation = 2;
  group.status.observed_generation = 1;
  EXPECT_EQ(state(), WorkloadState::kStarting) << "it has the wanted revision, and its status is of the old one";
  group.status.observed_generation = 2;
  EXPECT_EQ(state(), WorkloadState::kStalled);
}

TEST(WorkloadState, IsPendingUntilTheOperatorHasReadTheWorkload) {
  Workload workload;
  workload.meta.generation = 1;
  workload.status.observed_generation = -1;  // the schema's default
  EXPECT_EQ(StateOf(workload, workload.status, {.wanted = 1}), WorkloadState::kPending);
}

TEST(WorkloadState, SurvivesItsTextForm) {
  for (const WorkloadState state : kWorkloadStates) {
    WorkloadStatus status;
    status.state = state;
    EXPECT_EQ(EncodeWorkloadStatus(status)["state"].Text(), StateName(state));
    EXPECT_EQ(WorkloadStateOfName(StateName(state)), state);
  }
  EXPECT_FALSE(WorkloadStateOfName("Sleeping").has_value());
}

}  // namespace
}  // namespace muster::api
