// I11: two operators with one lease. The leader is cut off in the middle of each write in turn; the other takes over,
// and only then does the write arrive, as one that had left before its sender was cut off does. All laws hold at every
// step, and the end is that of an undisturbed run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/scenario/chaos/stories.h"
#include "tests/support/seed.h"

namespace muster::sim {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class Leaders : public ::testing::TestWithParam<Story> {};

struct LeadersOutcome {
  int64_t writes = 0;
  std::string end;
};

LeadersOutcome TellWithTwo(const Story& story, World::Options options) {
  options.two_operators = true;
  World world(options);
  world.RunFor(seconds(5));  // one of them leads
  EXPECT_EQ(world.terms(), 1);
  story.tell(world);
  world.RunFor(minutes(12));  // the one that was cut off is back, and back-offs end
  SCOPED_TRACE(world.late());
  EXPECT_EQ(world.late().empty(), options.late_write == 0);
  EXPECT_EQ(world.terms(), options.late_write == 0 ? 1 : 2) << "leaders";
  LeadersOutcome outcome{.writes = world.writes(), .end = world.EndState()};
  EXPECT_EQ(world.Unrest(seconds(60)), "");
  EXPECT_EQ(world.Problems(), "");
  const char* trace = std::getenv("MUSTER_TRACE");
  if (trace != nullptr && (std::string(trace) == "all" || ::testing::Test::HasFailure())) {
    std::printf("%s\n%s\n", world.Trace().c_str(), outcome.end.c_str());
  }
  return outcome;
}

void LateEachInTurn(const Story& story, Duration late_by) {
  const uint64_t seed = testing::TestSeed();
  SCOPED_TRACE(testing::ReplayHint(seed));
  const LeadersOutcome undisturbed = TellWithTwo(story, {.seed = seed});
  EXPECT_THAT(undisturbed.end, ::testing::HasSubstr(story.end));
  for (int64_t k = 1; k <= undisturbed.writes && !::testing::Test::HasFailure(); ++k) {
    SCOPED_TRACE("late: write " + std::to_string(k) + " of " + std::to_string(undisturbed.writes));
    EXPECT_EQ(TellWithTwo(story, {.seed = seed, .late_write = k, .late_by = late_by}).end, undisturbed.end);
  }
}

// As late as a request may be sent again by its sender: while its lease still stands.
TEST_P(Leaders, AWriteThatIsLateWithinTheLeaseChangesNothing) { LateEachInTurn(GetParam(), seconds(9)); }

TEST_P(Leaders, AWriteThatArrivesWhenAnotherLeadsChangesNothing) { LateEachInTurn(GetParam(), seconds(25)); }

INSTANTIATE_TEST_SUITE_P(Stories, Leaders, ::testing::ValuesIn(Stories()),
                         [](const auto& story) { return story.param.name; });

}  // namespace
}  // namespace muster::sim
