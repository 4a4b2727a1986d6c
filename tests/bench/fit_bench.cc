// How much of what always fits is proven: random groups of two to five shapes on random clusters. A group counts when
// no adversary breaks it: random and harmful orders (plain_world.h), and the search for harmful placements of the proof
// itself. "Before" is the quick and the fine bound, "after" all bounds. Then small worlds are searched exhaustively.
//
// Usage: fit-bench [GROUPS PER ROW] [SMALL WORLDS] [SEED]
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "tests/unit/placement/plain_proof.h"

namespace {

using namespace muster::placement;  // NOLINT: a program of one file
using namespace muster::testing;    // NOLINT

struct Row {
  int64_t unbroken = 0;
  int64_t before = 0;
  int64_t after = 0;
  int64_t false_proofs = 0;
  double ms = 0;
};

void PlayLarge(const LargeWorldOptions& options, PlainDice& dice, Row& row) {
  const PlainWorld world = LargeWorld(dice, options);
  const bool before = PlainProof(world, Bounds::kQuickAndFine).Verdict() == FitVerdict::kProven;
  const auto begin = std::chrono::steady_clock::now();
  const FitVerdict verdict = PlainProof(world).Verdict();
  row.ms += std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
  const bool broken = PlainAdversary(world, dice).BreaksIn(options.nodes < 40 ? 120 : 40);
  if (broken && (before || verdict == FitVerdict::kProven)) ++row.false_proofs;
  if (broken || verdict == FitVerdict::kNeedsExactPacking) return;
  ++row.unbroken;
  row.before += before ? 1 : 0;
  row.after += verdict == FitVerdict::kProven ? 1 : 0;
}

int64_t PrintRow(const LargeWorldOptions& options, int64_t groups, PlainDice& dice) {
  Row row;
  for (int64_t i = 0; i < groups; ++i) PlayLarge(options, dice, row);
  const double share = row.unbroken == 0 ? 0 : 100.0 / static_cast<double>(row.unbroken);
  std::printf("%-5s  %5ld  %5ld%%  %8ld  %6.1f%%  %6.1f%%  %6ld  %8.2f\n", options.mixed ? "mixed" : "equal",
              static_cast<long>(options.nodes), static_cast<long>(options.percent), static_cast<long>(row.unbroken),
              share * static_cast<double>(row.before), share * static_cast<double>(row.after),
              static_cast<long>(row.false_proofs), row.ms / static_cast<double>(groups));
  std::fflush(stdout);
  return row.false_proofs;
}

int64_t SearchSmallWorlds(int64_t worlds, PlainDice& dice) {
  int64_t searched = 0;
  int64_t always = 0;
  int64_t proven = 0;
  int64_t false_proofs = 0;
  for (int64_t i = 0; i < worlds; ++i) {
    const PlainWorld world = SmallWorld(dice);
    const std::optional<bool> fits = ExhaustiveSearch(world).AlwaysFits();
    if (!fits) continue;
    ++searched;
    const bool proof = PlainProof(world).Verdict() == FitVerdict::kProven;
    always += *fits ? 1 : 0;
    proven += *fits && proof ? 1 : 0;
    false_proofs += !*fits && proof ? 1 : 0;
  }
  std::printf("small worlds searched in full: %ld; always fit: %ld; of these proven: %.2f%%; false proofs: %ld\n",
              static_cast<long>(searched), static_cast<long>(always),
              100.0 * static_cast<double>(proven) / static_cast<double>(std::max<int64_t>(always, 1)),
              static_cast<long>(false_proofs));
  return false_proofs;
}

}  // namespace

int main(int argc, char** argv) {
  const auto number = [&](int i, int64_t otherwise) {
    return argc > i ? std::strtoll(argv[i], nullptr, 10) : otherwise;
  };
  const int64_t groups = number(1, 100);
  const int64_t worlds = number(2, 10000);
  const auto seed = static_cast<uint64_t>(number(3, 1));
  PlainDice dice(seed);
  std::printf("fit proof: %ld groups a row, seed %llu\n", static_cast<long>(groups),
              static_cast<unsigned long long>(seed));
  std::printf("nodes  count  full   unbroken  before   after   false   ms a proof\n");
  int64_t false_proofs = 0;
  for (const bool mixed : {false, true}) {
    for (const int64_t nodes : {1, 3, 8, 40}) {
      for (const int64_t percent : {30, 50, 70, 90}) {
        false_proofs += PrintRow({.nodes = nodes, .percent = percent, .mixed = mixed}, groups, dice);
      }
    }
  }
  false_proofs += SearchSmallWorlds(worlds, dice);
  return false_proofs == 0 ? 0 : 1;
}
