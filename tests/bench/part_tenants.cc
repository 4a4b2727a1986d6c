// Parts m and t: what one namespace can do to the operator and to the groups of another one.
// m: suspended Workloads with large pod templates, then pods that wait for a scheduler that does not exist. MiB: the
// resident memory of the leader, of a standby that is started then (and the most it ever held), and of the leader after
// the Workloads are deleted.
// t: many Workloads of many Jobs each in namespace "flood"; at the moment in which the last of them is submitted, one
// small group in another namespace. Seconds: until that group is admitted, and until it runs. The reference is the same
// group before the flood.
#include <optional>
#include <thread>

#include "lib/api/pod_group.h"
#include "tests/bench/parts.h"

namespace muster::bench {
namespace {

constexpr Duration kUntilReturned = std::chrono::seconds(30);  // memory, after what took it is gone
constexpr Duration kSeenMax = std::chrono::seconds(300);
constexpr Duration kLook{20};
constexpr const char* kFlood = "flood";

Status MakeNamespace(client::Api& api, const std::string& name) {
  constexpr api::Resource kNamespaces{"", "v1", "namespaces", "Namespace", false};
  const json::Value object = json::Object{{"metadata", json::Object{{"name", name}}}};
  TRY_VOID(api.Create(kNamespaces, "", object));
  return Ok();
}

// Suspended Workloads whose container has an environment of so many bytes.
std::vector<Submission> LargeWorkloads(int count, int kilobytes) {
  std::vector<Submission> all = MakeGangs({.as = As::kWorkload, .prefix = "large", .count = count, .ns = kFlood});
  json::Array environment;
  for (int i = 0; i < kilobytes; ++i) {
    environment.push_back(json::Object{{"name", "V" + std::to_string(i)}, {"value", std::string(990, 'x')}});
  }
  for (Submission& one : all) {
    json::Value& spec = one.object.Mutable("spec");
    spec.Set("suspend", true);
    json::Value& pod = spec.Mutable("roles").MutableItems()[0].Mutable("job").Mutable("spec").Mutable("template");
    pod.Mutable("spec").Mutable("containers").MutableItems()[0].Set("env", environment);
  }
  return all;
}

std::vector<Submission> WaitingPods(int count) {
  const json::Value spec = json::Object{{"schedulerName", "nobody"},
                                        {"containers", json::Array{json::Object{{"name", "main"}, {"image", "none"}}}}};
  std::vector<Submission> all;
  for (int i = 0; i < count; ++i) {
    const std::string name = "waiting-" + std::to_string(i);
    json::Value object = json::Object{{"metadata", json::Object{{"name", name}}}, {"spec", spec}};
    all.push_back({api::kPods, {kFlood, name}, std::move(object)});
  }
  return all;
}

// The operator has said something about the newest spec of the Workload.
bool IsSeen(client::Api& api, const api::Key& key) {
  const Result<json::Value> workload = api.Get(api::kWorkloads, key);
  return workload.has_value() && (*workload)["status"]["observedGeneration"].Integer() > 0;
}

Status WaitUntilSeen(client::Api& api, const std::vector<Submission>& workloads) {
  const Instant deadline = runtime::RealClock().Now() + kSeenMax;
  for (const Submission& one : workloads) {
    while (!IsSeen(api, one.key)) {
      if (runtime::RealClock().Now() > deadline)
        return MakeError(Code::kTimeout, one.key.Text() + " is not acted upon");
      std::this_thread::sleep_for(kLook);
    }
  }
  return Ok();
}

Status PrintStandby(const Bench& bench, const std::string& figure) {
  OperatorProcess::Options options = bench.settings.op;
  options.port = bench.settings.standby_port;
  TRY(const std::unique_ptr<OperatorProcess> standby, OperatorProcess::Start(options));
  TRY_VOID(standby->WaitReady());
  std::this_thread::sleep_for(kSettle);
  if (ResidentMiB(standby->pid()) == 0) return MakeError(Code::kUnavailable, "the standby has ended; its log says why");
  Print(bench.settings, figure + ".standby_mib", ResidentMiB(standby->pid()));
  Print(bench.settings, figure + ".standby_peak_mib", PeakMiB(standby->pid()));
  return Ok();
}

Status PrintMemory(const Bench& bench, const std::string& figure) {
  std::this_thread::sleep_for(kSettle);
  Print(bench.settings, figure + ".leader_mib", ResidentMiB(bench.op->pid()));
  Print(bench.settings, figure + ".leader_peak_mib", PeakMiB(bench.op->pid()));
  return PrintStandby(bench, figure);
}

struct GroupTimes {
  double admitted = 0;
  double running = 0;
};

// One group of two pods in the default namespace.
Result<GroupTimes> RunVictim(Bench& bench, const std::string& prefix) {
  const GangShape shape{.as = As::kWorkload, .prefix = prefix, .count = 1, .size = 2, .cpu = "1m"};
  GangWatch watch(*bench.transport, kGangLabel, shape.size);
  TRY_VOID(watch.Start());
  const runtime::Clock& clock = runtime::RealClock();
  const Instant begin = clock.Now();
  TRY_VOID(SubmitAll(*bench.api, MakeGangs(shape)));
  std::optional<Instant> admitted;
  while (!admitted && clock.Now() < begin + kRunMax) {
    const auto group = bench.api->Get(api::kPodGroups, {shape.ns, prefix + "-0-0"});
    if (group.has_value() &&
        api::IsTrue(api::DecodeConditions((*group)["status"]["conditions"]), api::condition::kAdmitted)) {
      admitted = clock.Now();
    } else {
      std::this_thread::sleep_for(kLook);
    }
  }
  const std::optional<Instant> full = watch.WaitFull(GangNames(shape), kRunMax);
  if (!admitted || !full) return MakeError(Code::kTimeout, "the group of the other namespace does not run");
  return GroupTimes{SecondsBetween(begin, *admitted), SecondsBetween(begin, *full)};
}

void PrintTimes(const Settings& settings, const std::string& figure, const GroupTimes& times) {
  Print(settings, figure + ".admitted_seconds", times.admitted);
  Print(settings, figure + ".running_seconds", times.running);
}

// So many roles, each a Job of one pod.
std::vector<Submission> ManyJobs(int workloads, int jobs) {
  std::vector<Submission> all =
      MakeGangs({.as = As::kWorkload, .prefix = "f", .count = workloads, .size = 1, .cpu = "1m", .ns = kFlood});
  for (Submission& one : all) {
    json::Array& roles = one.object.Mutable("spec").Mutable("roles").MutableItems();
    for (int i = 1; i < jobs; ++i) {
      roles.push_back(roles.front());
      roles.back().Set("name", "m" + std::to_string(i));
    }
  }
  return all;
}

}  // namespace

Status MeasureMemory(Bench& bench) {
  const Settings& settings = bench.settings;
  TRY_VOID(MakeNamespace(*bench.api, kFlood));
  Print(settings, "empty.leader_mib", ResidentMiB(bench.op->pid()));
  const std::vector<Submission> workloads = LargeWorkloads(settings.groups, settings.kilobytes);
  TRY_VOID(SubmitAll(*bench.api, workloads));
  TRY_VOID(WaitUntilSeen(*bench.api, workloads));
  TRY_VOID(PrintMemory(bench, "workloads"));
  TRY_VOID(DeleteAll(*bench.api, workloads));
  std::this_thread::sleep_for(kUntilReturned);
  Print(settings, "deleted.leader_mib", ResidentMiB(bench.op->pid()));
  if (settings.pods == 0) return Ok();
  TRY_VOID(SubmitAll(*bench.api, WaitingPods(settings.pods)));
  return PrintMemory(bench, "pods");
}

Status MeasureTurn(Bench& bench) {
  const Settings& settings = bench.settings;
  TRY_VOID(MakeNamespace(*bench.api, kFlood));
  TRY(const GroupTimes alone, RunVictim(bench, "alone"));
  PrintTimes(settings, "alone", alone);
  TRY_VOID(SubmitAll(*bench.api, ManyJobs(settings.groups, settings.size)));
  TRY(const GroupTimes behind, RunVictim(bench, "behind"));
  PrintTimes(settings, "behind", behind);
  return Ok();
}

}  // namespace muster::bench
