// I5: killing the operator between any two writes changes nothing in the end, nor does what the network does to it; and
// all other laws on the way. MUSTER_SEED replays a failure, MUSTER_TRACE=1 prints what the operator did in it (all:
// always).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "tests/scenario/chaos/stories.h"
#include "tests/support/seed.h"

namespace muster::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class Chaos : public ::testing::TestWithParam<Story> {};

struct Outcome {
  int64_t writes = 0;
  std::string end;
  std::string trace;
  FaultCounts met;
};

// Tells the story, then looks whether the world has come to rest.
Outcome Tell(const Story& story, const World::Options& options, Duration rest) {
  World world(options);
  story.tell(world);
  if (options.AnyFault() || options.restart_after > seconds(5)) {
    world.StopFaults();
    world.RunFor(minutes(12));  // back-offs end
  }
  Outcome outcome{.writes = world.writes(), .end = world.EndState(), .trace = world.Trace(), .met = world.met()};
  EXPECT_EQ(world.Unrest(rest), "");
  EXPECT_EQ(world.Problems(), "");
  EXPECT_THAT(outcome.end, ::testing::HasSubstr(story.end));
  EXPECT_EQ(story.end.empty(), outcome.end.empty());
  const char* trace = std::getenv("MUSTER_TRACE");
  if (trace != nullptr && (std::string(trace) == "all" || ::testing::Test::HasFailure())) {
    std::printf("%s\n%s\n", world.Trace().c_str(), outcome.end.c_str());
  }
  return outcome;
}

void CrashAfterEveryWrite(const Story& story, uint64_t seed, Duration restart_after) {
  const Outcome undisturbed = Tell(story, {.seed = seed}, minutes(15));
  for (int64_t k = 1; k <= undisturbed.writes && !::testing::Test::HasFailure(); ++k) {
    SCOPED_TRACE("crash after write " + std::to_string(k) + " of " + std::to_string(undisturbed.writes));
    const Outcome crashed =
        Tell(story, {.seed = seed, .crash_at_write = k, .restart_after = restart_after}, seconds(30));
    EXPECT_EQ(crashed.end, undisturbed.end);
  }
}

TEST_P(Chaos, ACrashAfterAnyWriteChangesNothingInTheEnd) {
  const uint64_t seed = testing::TestSeed();
  SCOPED_TRACE(testing::ReplayHint(seed));
  CrashAfterEveryWrite(GetParam(), seed, milliseconds(1500));
}

// Nobody acts until the lease of the one that crashed is over.
TEST_P(Chaos, NorDoesOneThatIsMendedAfterTheLeaseIsOver) {
  const uint64_t seed = testing::TestSeed();
  SCOPED_TRACE(testing::ReplayHint(seed));
  CrashAfterEveryWrite(GetParam(), seed, seconds(20));
}

TEST_P(Chaos, TheSameSeedGoesTheSameWayByteForByte) {
  const uint64_t seed = testing::TestSeed();
  SCOPED_TRACE(testing::ReplayHint(seed));
  const World::Options quiet{.seed = seed};
  const Outcome first = Tell(GetParam(), quiet, seconds(1));
  EXPECT_EQ(Tell(GetParam(), quiet, seconds(1)).trace, first.trace);
  EXPECT_NE(first.trace, "");
}

World::Options AllFaults(uint64_t seed, int64_t percent) {
  return {.seed = seed,
          .restart_every_seconds = percent >= 10 ? 20 : 0,
          .faults = {.refused_writes = percent,
                     .lost_answers = percent,
                     .repeated_writes = percent,
                     .conflicts = percent,
                     .throttled_writes = percent,
                     .late_events = percent,
                     .repeated_events = percent,
                     .broken_watches = percent,
                     .failed_reads = percent}};
}

TEST_P(Chaos, TheSameFaultsOfTheSameSeedGoTheSameWay) {
  const uint64_t seed = testing::TestSeed();
  SCOPED_TRACE(testing::ReplayHint(seed));
  const Outcome first = Tell(GetParam(), AllFaults(seed, 10), seconds(1));
  const Outcome second = Tell(GetParam(), AllFaults(seed, 10), seconds(1));
  EXPECT_EQ(second.trace, first.trace);
  EXPECT_EQ(second.met, first.met);
}

// What was met over all stories, by rate.
std::map<int64_t, FaultCounts>& Met() {
  static std::map<int64_t, FaultCounts> met;
  return met;
}

constexpr uint64_t kSeedAtFiftyPercent = 20261127;

TEST_P(Chaos, FaultsChangeNothingInTheEnd) {
  const uint64_t first = testing::TestSeed();
  const Outcome undisturbed = Tell(GetParam(), {.seed = first}, seconds(1));
  for (const int64_t percent : {1, 1, 1, 1, 1, 10, 10, 30, 50}) {
    static uint64_t more = 0;
    uint64_t seed = std::getenv("MUSTER_SEED") != nullptr ? first : first + more++;
    // At 50 % a story may come to its next part before its last is done (a hand scales what is not yet admitted), and
    // end otherwise, rightly so. Of these histories it is the same one each time.
    if (percent == 50) seed = kSeedAtFiftyPercent;
    SCOPED_TRACE(testing::ReplayHint(seed) + ", faults in percent: " + std::to_string(percent));
    const Outcome outcome = Tell(GetParam(), AllFaults(seed, percent), seconds(60));
    EXPECT_EQ(outcome.end, undisturbed.end);
    for (const auto& [fault, count] : outcome.met) Met()[percent][fault] += count;
    if (HasFailure()) return;
  }
}

// Faults that are not met prove nothing: at each rate, each kind was. Few reads are made after the start, so that at
// one percent it is luck whether one of them fails. Looked at when the stories have been told.
class FaultsWereMet : public ::testing::Environment {
 public:
  void TearDown() override {
    if (Met().empty()) return;  // these tests were not asked for
    const auto* unit = ::testing::UnitTest::GetInstance();
    const bool all = unit->test_to_run_count() == unit->total_test_count();
    for (const auto& [percent, met] : Met()) {
      std::printf("faults met at %d percent:", static_cast<int>(percent));
      for (const auto& [fault, count] : met) std::printf(" %s %d,", fault.c_str(), static_cast<int>(count));
      std::printf("\n");
      if (!all) continue;
      for (const char* fault : {"500", "429", "409", "lost answer", "repeated write", "late event", "repeated event",
                                "broken watch", "failed read"}) {
        const bool by_luck = percent == 1 && std::string_view(fault) == "failed read";
        EXPECT_TRUE(by_luck || met.contains(fault)) << fault << " at " << percent << " percent";
      }
    }
  }
};
const auto* const kFaultsWereMet = ::testing::AddGlobalTestEnvironment(new FaultsWereMet);

// Bugs that were found so, each with seeds whose histories meet it when it is put back: an admission whose answer was
// lost, given up while it stood, so that its room was given twice (TwoCompete); a finished Job made again on the word
// of a cache whose watch had died (JobsInShifts).
TEST_P(Chaos, FaultsThatOnceMattered) {
  const Outcome undisturbed = Tell(GetParam(), {.seed = 1}, seconds(1));
  static const std::multimap<std::string, uint64_t> seeds = {
      {"TwoCompete", 5021}, {"TwoCompete", 5130}, {"JobsInShifts", 5105}, {"JobsInShifts", 5115}};
  const auto [begin, end] = seeds.equal_range(GetParam().name);
  for (auto at = begin; at != end; ++at) {
    SCOPED_TRACE("seed " + std::to_string(at->second));
    EXPECT_EQ(Tell(GetParam(), AllFaults(at->second, 50), seconds(60)).end, undisturbed.end);
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Stories, Chaos, ::testing::ValuesIn(Stories()),
                         [](const auto& story) { return story.param.name; });

}  // namespace
}  // namespace muster::sim
