#include "tests/e2e/network/load.h"

#include <algorithm>
#include <map>
#include <set>

#include "lib/base/strings.h"

namespace muster::e2e {

void Load::AddRoom(const std::string& prefix, int groups_at_a_time) {
  AddNodes({.prefix = prefix, .count = groups_at_a_time, .capacity = "cpu=10"});
}

void Load::CreateGroups(const std::string& prefix, int from, int count, const std::string& finish_after) {
  const Members members{.annotations = {{"finish-after", finish_after}}};
  for (int i = from; i < from + count; ++i) {
    json::Array roles = {JobRole("worker", 10, members)};
    if (i % 2 == 1) roles = {JobRole("master", 1, members), JobRole("worker", 9, members)};
    Create(api::kWorkloads, MakeWorkload(prefix + std::to_string(i), roles));
  }
}

int64_t Load::Finished() {
  int64_t finished = 0;
  for (const api::PodGroup& group : seen().groups.Live()) {
    finished += group.status.state == api::GroupState::kSucceeded ? 1 : 0;
  }
  return finished;
}

void Load::CheckTheWholeRun(int64_t groups, Pods expected) {
  // After an outage the test's own watch of pods may hear later than that of groups, by the time it takes to give up a
  // silent one.
  EXPECT_TRUE(Eventually(30s, [&] {
    const auto pods = seen().PodsEver();
    const auto whole = std::count_if(pods.begin(), pods.end(),
                                     [](const auto& each) { return each.second.size() >= size_t{kMembers}; });
    return Differs("groups whose pods were all seen", int64_t{whole}, groups);
  }));
  Duration longest{0};
  std::map<std::string, bool> complete;
  for (const Start& start : StartsOf(seen(), kMembers)) {
    complete[start.group] = complete[start.group] || start.complete;
    EXPECT_TRUE(start.complete) << start.group << " never had all of its members placed at one time";
    longest = std::max(longest, start.partly);
  }
  PrintFigure("longest start of a group, first to last member bound, in seconds", Seconds(longest));
  EXPECT_EQ(complete.size(), static_cast<size_t>(groups));
  const auto pods = seen().PodsEver();
  for (const auto& [group, uids] : pods) {
    EXPECT_GE(uids.size(), static_cast<size_t>(kMembers)) << group;
    if (expected == Pods::kExactly) {
      EXPECT_EQ(uids.size(), static_cast<size_t>(kMembers)) << group;
    }
  }
  for (const api::PodGroup& group : seen().groups.Live()) {
    EXPECT_EQ(group.status.attempt, 1) << group.meta.name;
    EXPECT_EQ(group.status.timeouts, 0) << group.meta.name;
  }
}

void Load::ExpectProgressWithin(Duration longest, const std::string& what) {
  const Instant began = runtime::RealClock().Wall();
  const int64_t before = Finished();
  EXPECT_TRUE(Eventually(longest, [&] { return Finished() > before ? "" : "no group has finished since"; })) << what;
  const Duration took = runtime::RealClock().Wall() - began;
  PrintFigure("seconds from the end of '" + what + "' to the next group that finished", Seconds(took));
}

}  // namespace muster::e2e
