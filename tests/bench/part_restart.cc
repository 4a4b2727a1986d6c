// Parts d and g, on a cluster in which many groups run.
// d: the operator is asked to end, started again, and at that moment one more gang is submitted. Seconds: from the
// start of the new process until that gang runs, and until /readyz answers 200. The reference is a plain Job of the
// same size in the same cluster: what the control plane itself takes. g: what is written while nothing happens: by the
// operator, from its metrics, and by anybody, as the rise of the cluster's resourceVersion.
#include <optional>
#include <thread>

#include "tests/bench/parts.h"

namespace muster::bench {
namespace {

constexpr Duration kCalm = std::chrono::seconds(15);  // after the last change, before nothing is expected to happen

// Submits one more gang and returns when all of it runs.
Result<Instant> RunOne(Bench& bench, As as, const std::string& prefix) {
  const Settings& settings = bench.settings;
  const GangShape shape{.as = as, .prefix = prefix, .count = 1, .size = settings.size, .cpu = "1m"};
  TRY_VOID(SubmitAll(*bench.api, MakeGangs(shape)));
  const std::optional<Instant> full = bench.watch->WaitFull(GangNames(shape), kRunMax);
  if (!full) return MakeError(Code::kTimeout, "the new gang does not run");
  return *full;
}

}  // namespace

Status MeasureRestart(Bench& bench) {
  const runtime::Clock& clock = runtime::RealClock();
  const Settings& settings = bench.settings;
  std::this_thread::sleep_for(kSettle);
  const Instant plain_begin = clock.Now();
  TRY(const Instant plain_full, RunOne(bench, As::kJob, "plain-late"));
  Print(settings, "restart.plain_seconds", SecondsBetween(plain_begin, plain_full));
  std::this_thread::sleep_for(kSettle);

  const Instant stop = clock.Now();
  bench.op->Stop();
  const Instant begin = clock.Now();
  Print(settings, "restart.stop_seconds", SecondsBetween(stop, begin));
  TRY(bench.op, OperatorProcess::Start(settings.op));
  Result<Instant> ready = Instant{};
  {
    const std::jthread waiter([&] { ready = bench.op->WaitReady(); });
    TRY(const Instant full, RunOne(bench, As::kWorkload, "late"));
    Print(settings, "restart.seconds", SecondsBetween(begin, full));
  }
  if (!ready.has_value()) return ready.error();
  Print(settings, "restart.ready_seconds", SecondsBetween(begin, *ready));
  std::this_thread::sleep_for(kSettle);
  Print(settings, "restart.cpu_seconds", CpuSeconds(bench.op->pid()));
  Print(settings, "restart.mib", ResidentMiB(bench.op->pid()));
  return Ok();
}

Status MeasureSteady(Bench& bench) {
  const Settings& settings = bench.settings;
  std::this_thread::sleep_for(kCalm);
  TRY(const OwnWrites own_before, bench.op->ReadWrites());
  TRY(const double all_before, ClusterWrites(*bench.api));
  const double cpu_before = CpuSeconds(bench.op->pid());
  std::this_thread::sleep_for(std::chrono::seconds(settings.seconds));
  TRY(const OwnWrites own_after, bench.op->ReadWrites());
  TRY(const double all_after, ClusterWrites(*bench.api));
  Print(settings, "steady.changes", own_after.changes - own_before.changes);
  Print(settings, "steady.lease", own_after.lease - own_before.lease);
  Print(settings, "steady.all", all_after - all_before);
  Print(settings, "steady.cpu_ms", (CpuSeconds(bench.op->pid()) - cpu_before) * 1000);
  return Ok();
}

}  // namespace muster::bench
