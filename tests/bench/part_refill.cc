// Part c: how soon the room of gangs that end is used again. Half of the groups fill the cluster and run, the other
// half is submitted and waits; then those that run are deleted. Seconds: from just before the first deletion until all
// of the other half run, the end of the deleted pods included. The reference does the same with plain Jobs, in the same
// two waves: submitted all at once they would share the room among gangs that cannot run, and never get there.
#include <thread>

#include "tests/bench/parts.h"

namespace muster::bench {

Status MeasureRefill(Bench& bench) {
  const Settings& settings = bench.settings;
  const int half = settings.groups / 2;
  const GangShape first{
      .as = settings.as, .prefix = "first", .count = half, .size = settings.size, .cpu = settings.cpu};
  GangShape second = first;
  second.prefix = "second";
  TRY_VOID(SubmitAll(*bench.api, MakeGangs(first)));
  if (!bench.watch->WaitFull(GangNames(first), kRunMax))
    return MakeError(Code::kTimeout, "the first half does not run");
  TRY_VOID(SubmitAll(*bench.api, MakeGangs(second)));
  std::this_thread::sleep_for(kSettle);
  if (bench.watch->CountFull(GangNames(second)) > 0) {
    return MakeError(Code::kInvalid, "the second half does not wait: fewer nodes, or more groups");
  }
  const Instant begin = runtime::RealClock().Now();
  TRY_VOID(DeleteAll(*bench.api, MakeGangs(first)));
  const std::optional<Instant> all = bench.watch->WaitFull(GangNames(second), kRunMax);
  if (!all) return MakeError(Code::kTimeout, "the second half does not run");
  Print(settings, "seconds", SecondsBetween(begin, *all));
  Print(settings, "half_seconds", SecondsBetween(begin, bench.watch->HalfFull(GangNames(second))));
  return Ok();
}

}  // namespace muster::bench
