// Laws of the fit proof, against exhaustive search on small worlds and adversaries on larger ones. Every failure prints
// the seed of its world.
#include <gtest/gtest.h>

#include <cstdio>

#include "tests/unit/placement/plain_proof.h"

namespace muster::placement {
namespace {

using testing::ExhaustiveSearch;
using testing::LargeWorld;
using testing::PlainAdversary;
using testing::PlainAmounts;
using testing::PlainDice;
using testing::PlainShape;
using testing::PlainTake;
using testing::PlainWorld;
using testing::SmallWorld;

TEST(BoundLaws, ExhaustiveSearchConfirmsEveryProofAndEveryBreak) {
  int always = 0;
  int proven = 0;
  int breaks = 0;
  int can_break = 0;
  for (uint64_t seed = 1; seed <= 1500 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    PlainDice dice(seed);
    const PlainWorld world = SmallWorld(dice);
    const auto in_flight = static_cast<size_t>(dice.OneIn(3) ? dice.Between(1, 2) : 0);
    const FitVerdict verdict = PlainProof(world).Verdict(in_flight);
    const std::optional<bool> fits = ExhaustiveSearch(world).AlwaysFits();
    if (!fits) continue;
    ++(*fits ? always : can_break);
    EXPECT_FALSE(*fits && verdict == FitVerdict::kNeedsExactPacking) << "no placement breaks it";
    EXPECT_FALSE(!*fits && verdict == FitVerdict::kProven) << "a placement breaks it";
    proven += *fits && verdict == FitVerdict::kProven ? 1 : 0;
    breaks += verdict == FitVerdict::kNeedsExactPacking ? 1 : 0;
  }
  std::printf("of %d worlds that always fit, %d are proven; of %d that can break, %d are broken\n", always, proven,
              can_break, breaks);
  EXPECT_GT(always, 300);
  EXPECT_GT(proven, always * 98 / 100);
  EXPECT_GT(breaks, can_break * 80 / 100);
}

TEST(BoundLaws, NoAdversaryBreaksAProofOnLargerWorlds) {
  int proven = 0;
  for (uint64_t seed = 1; seed <= 400 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    PlainDice dice(seed);
    const PlainWorld world =
        LargeWorld(dice, {.nodes = dice.Between(1, 12), .percent = dice.Between(20, 95), .mixed = dice.OneIn(2)});
    if (PlainProof(world).Verdict() != FitVerdict::kProven) continue;
    ++proven;
    EXPECT_FALSE(PlainAdversary(world, dice).BreaksIn(24));
  }
  EXPECT_GT(proven, 100);
}

TEST(BoundLaws, AGroupOnOneNodeIsProvenExactlyWhenItsSumFits) {
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    PlainDice dice(seed);
    const PlainWorld world = LargeWorld(dice, {.nodes = 1, .percent = dice.Between(50, 130), .mixed = dice.OneIn(2)});
    PlainAmounts free = world.nodes.front().Free();
    for (const PlainShape& shape : world.shapes) PlainTake(free, shape.request, shape.members);
    const bool fits = std::all_of(free.begin(), free.end(), [](int64_t left) { return left >= 0; });
    EXPECT_EQ(PlainProof(world).Verdict() == FitVerdict::kProven, fits) << "seed " << seed;
  }
}

TEST(BoundLaws, TheProofIsNeverWeakerThanTheQuickAndTheFineBound) {
  int before = 0;
  int after = 0;
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    PlainDice dice(seed);
    const PlainWorld world =
        LargeWorld(dice, {.nodes = dice.Between(1, 12), .percent = dice.Between(20, 90), .mixed = dice.OneIn(2)});
    const bool coarse = PlainProof(world, Bounds::kQuickAndFine).Verdict() == FitVerdict::kProven;
    const bool all = PlainProof(world).Verdict() == FitVerdict::kProven;
    EXPECT_TRUE(all || !coarse) << "seed " << seed;
    before += coarse ? 1 : 0;
    after += all ? 1 : 0;
  }
  std::printf("%d are proven by the quick and the fine bound, %d by all\n", before, after);
  EXPECT_GT(after, before);
}

// The bound is monotone; the search for its prices is not quite (fit_bound.h). It has to be so in all but a few cases.
TEST(BoundLaws, OneMoreNodeOrOneFewerPodKeepsAProof) {
  int changes = 0;
  int lost = 0;
  for (uint64_t seed = 1; seed <= 600; ++seed) {
    PlainDice dice(seed);
    const PlainWorld world =
        LargeWorld(dice, {.nodes = dice.Between(1, 12), .percent = dice.Between(30, 95), .mixed = dice.OneIn(2)});
    if (PlainProof(world).Verdict() != FitVerdict::kProven) continue;
    PlainWorld more = world;
    more.nodes.push_back(
        world.nodes[static_cast<size_t>(dice.Between(0, static_cast<int64_t>(world.nodes.size()) - 1))]);
    PlainWorld fewer = world;
    PlainShape& shape =
        fewer.shapes[static_cast<size_t>(dice.Between(0, static_cast<int64_t>(fewer.shapes.size()) - 1))];
    --shape.members;
    --shape.needed;
    for (const PlainWorld& changed : {more, fewer}) {
      ++changes;
      if (PlainProof(changed).Verdict() != FitVerdict::kProven) ++lost;
    }
  }
  std::printf("of %d changes for the better, %d lose the proof\n", changes, lost);
  EXPECT_GT(changes, 300);
  EXPECT_LE(lost, changes / 200);
}

}  // namespace
}  // namespace muster::placement
