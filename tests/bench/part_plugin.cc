// Part h: what a user of the plugin waits for: from the start of `kubectl-workload` to its exit, the median of ten runs
// after one that does not count, output thrown away; for a Workload of one group and for one of many, in a namespace
// each. The references: kubectl getting the same PodGroups, and the API server's own time: the lists that these verbs
// need (workloads, PodGroups and pods of the namespace), asked for one after the other on an open connection.
#include <algorithm>
#include <functional>

#include "tests/bench/parts.h"

namespace muster::bench {
namespace {

constexpr int kRuns = 10;
constexpr api::Resource kNamespaces{"", "v1", "namespaces", "Namespace", false};

Result<double> MedianMilliseconds(const std::function<Status()>& run) {
  const runtime::Clock& clock = runtime::RealClock();
  TRY_VOID(run());
  std::vector<double> took;
  for (int i = 0; i < kRuns; ++i) {
    const Instant begin = clock.Now();
    TRY_VOID(run());
    took.push_back(SecondsBetween(begin, clock.Now()) * 1000);
  }
  std::sort(took.begin(), took.end());
  return (took[kRuns / 2 - 1] + took[kRuns / 2]) / 2;
}

Status RunProgram(const std::vector<std::string>& argv) {
  TRY(Child child, Child::Start(argv, ""));
  const int code = child.Wait();
  if (code == 0) return Ok();
  return MakeError(Code::kInternal, argv.front() + " " + argv[1] + " exits with " + std::to_string(code));
}

Status ListAll(client::Api& api, const std::string& ns) {
  for (const api::Resource& resource : {api::kWorkloads, api::kPodGroups, api::kPods}) {
    TRY_VOID(api.List(resource, ns));
  }
  return Ok();
}

Status MeasureVerbs(Bench& bench, const std::string& ns, const std::string& workload, const std::string& figure) {
  const Settings& s = bench.settings;
  TRY(const double get, MedianMilliseconds([&] { return RunProgram({s.plugin, "get", "-n", ns}); }));
  TRY(const double status, MedianMilliseconds([&] { return RunProgram({s.plugin, "status", workload, "-n", ns}); }));
  TRY(const double kubectl, MedianMilliseconds([&] {
        return RunProgram({s.kubectl, "get", "podgroups.muster.dev", "-n", ns});
      }));
  TRY(const double lists, MedianMilliseconds([&] { return ListAll(*bench.api, ns); }));
  Print(s, "get_ms." + figure, get);
  Print(s, "status_ms." + figure, status);
  Print(s, "kubectl_ms." + figure, kubectl);
  Print(s, "api_ms." + figure, lists);
  return Ok();
}

Status Prepare(Bench& bench, const GangShape& shape) {
  const json::Value ns =
      json::Object{{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", json::Object{{"name", shape.ns}}}};
  TRY_VOID(bench.api->Create(kNamespaces, "", ns));
  TRY_VOID(SubmitAll(*bench.api, MakeGangs(shape)));
  if (!bench.watch->WaitFull(GangNames(shape), kRunMax)) return MakeError(Code::kTimeout, "the groups do not run");
  return Ok();
}

}  // namespace

Status MeasurePlugin(Bench& bench) {
  const Settings& settings = bench.settings;
  GangShape shape{
      .as = As::kReplicas, .prefix = "one", .count = 1, .size = settings.size, .cpu = settings.cpu, .ns = "one"};
  TRY_VOID(Prepare(bench, shape));
  shape.prefix = shape.ns = "many";
  shape.count = settings.groups;
  TRY_VOID(Prepare(bench, shape));
  runtime::SleepFor(kSettle, {});
  TRY_VOID(MeasureVerbs(bench, "one", "one", "one"));
  return MeasureVerbs(bench, "many", "many", "many");
}

}  // namespace muster::bench
