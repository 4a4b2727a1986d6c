// Parts a and b: how long gangs take to run, and what that costs, for Workloads or for plain Jobs.
// Gangs are submitted over eight connections. Seconds: from just before the first submission until the watch has seen
// the last pod of the last gang run. CPU: what each process of the control plane and the operator used meanwhile
// (/proc/PID/stat). Writes: by anybody, as the rise of the cluster's resourceVersion, and by the operator, from its own
// metrics; both include the five seconds after the last pod runs, in which the last statuses and events come.
#include <thread>

#include "tests/bench/parts.h"

namespace muster::bench {
namespace {

using CpuByName = std::map<std::string, double>;

CpuByName ReadCpu(const Bench& bench) {
  CpuByName cpu;
  for (const auto& [name, pid] : ClusterProcesses(bench.settings.cluster_dir)) cpu[name] = CpuSeconds(pid);
  if (bench.op) cpu["operator"] = CpuSeconds(bench.op->pid());
  return cpu;
}

void PrintCpu(const Settings& settings, const CpuByName& before, const CpuByName& after) {
  double all = 0;
  for (const auto& [name, seconds] : after) {
    all += seconds - before.at(name);
    Print(settings, "cpu." + name, seconds - before.at(name));
  }
  Print(settings, "cpu.all", all);
}

struct OperatorReading {
  OwnWrites writes;
  double cpu = 0;
};

Result<OperatorReading> ReadOperator(Bench& bench) {
  OperatorReading reading;
  if (!bench.op) return reading;
  TRY(reading.writes, bench.op->ReadWrites());
  reading.cpu = CpuSeconds(bench.op->pid());
  return reading;
}

}  // namespace

Status MeasureStart(Bench& bench) {
  const Settings& settings = bench.settings;
  const GangShape shape{.as = settings.as, .count = settings.groups, .size = settings.size, .cpu = settings.cpu};
  const std::vector<Submission> gangs = MakeGangs(shape);
  const std::vector<std::string> names = GangNames(shape);
  TRY(const OperatorReading operator_before, ReadOperator(bench));
  TRY(const double writes_before, ClusterWrites(*bench.api));
  const CpuByName cpu_before = ReadCpu(bench);
  const Instant begin = runtime::RealClock().Now();
  TRY_VOID(SubmitAll(*bench.api, gangs));
  const Instant submitted = runtime::RealClock().Now();
  const std::optional<Instant> all = bench.watch->WaitFull(names, kRunMax);
  const CpuByName cpu_after = ReadCpu(bench);
  if (!all) {
    return MakeError(Code::kTimeout, "only " + std::to_string(bench.watch->CountFull(names)) + " gangs of " +
                                         std::to_string(settings.groups) + " run");
  }
  Print(settings, "seconds", SecondsBetween(begin, *all));
  Print(settings, "submit_seconds", SecondsBetween(begin, submitted));
  Print(settings, "half_seconds", SecondsBetween(begin, bench.watch->HalfFull(names)));
  Print(settings, "spread_seconds", bench.watch->MedianSpread(names));
  PrintCpu(settings, cpu_before, cpu_after);
  std::this_thread::sleep_for(kSettle);
  TRY(const OperatorReading operator_after, ReadOperator(bench));
  TRY(const double writes_after, ClusterWrites(*bench.api));
  Print(settings, "writes_per_group", (writes_after - writes_before) / settings.groups);
  if (!bench.op) return Ok();
  Print(settings, "own_writes_per_group",
        (operator_after.writes.changes - operator_before.writes.changes) / settings.groups);
  Print(settings, "own_cpu_ms_per_group", (operator_after.cpu - operator_before.cpu) * 1000 / settings.groups);
  Print(settings, "own_peak_mib", PeakMiB(bench.op->pid()));
  return Ok();
}

}  // namespace muster::bench
