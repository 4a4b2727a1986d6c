// Pace: the more objects change, the more rarely each tells its progress.
#include "operator/shell/pace.h"

#include <gtest/gtest.h>

namespace muster::shell {
namespace {

using std::chrono::seconds;

api::PodGroup In(api::GroupState state) {
  api::PodGroup group;
  group.status.state = state;
  return group;
}

TEST(Pace, CountsGroupsThatChange) {
  Pace pace(seconds(3));
  const api::PodGroup fresh;
  const api::PodGroup starting = In(api::GroupState::kStarting);
  const api::PodGroup running = In(api::GroupState::kRunning);
  const api::PodGroup* const none = nullptr;
  pace.Replace(none, &fresh);
  pace.Replace(&fresh, &starting);
  EXPECT_EQ(pace.changing(), 1);
  pace.Replace(&starting, &running);
  EXPECT_EQ(pace.changing(), 0);
  pace.Replace(none, &running);
  pace.Replace(&running, none);
  EXPECT_EQ(pace.changing(), 0);
  pace.Replace(none, &starting);
  pace.Replace(&starting, none);
  EXPECT_EQ(pace.changing(), 0);
}

TEST(Pace, CountsWorkloadsThatChange) {
  Pace pace(seconds(1));
  api::Workload seen;
  seen.meta.generation = seen.status.observed_generation = 2;
  api::Workload changed = seen;
  changed.meta.generation = 3;
  pace.Replace(&seen, &changed);
  EXPECT_EQ(pace.changing(), 1);
  pace.Replace(&changed, &seen);
  EXPECT_EQ(pace.changing(), 0);
}

TEST(Pace, TwoWritesASecondInAll) {
  const struct {
    int changing;
    Duration interval;
  } cases[] = {{0, seconds(3)}, {6, seconds(3)}, {100, seconds(50)}, {120, seconds(60)}, {100'000, seconds(60)}};
  const api::PodGroup starting = In(api::GroupState::kStarting);
  for (const auto& test : cases) {
    Pace pace(seconds(3));
    for (int i = 0; i < test.changing; ++i) pace.Replace<api::PodGroup>(nullptr, &starting);
    EXPECT_EQ(pace.ProgressInterval(), test.interval) << test.changing;
  }
}

}  // namespace
}  // namespace muster::shell
