// What comes before every measurement on a cluster: connect, watch, start the operator, warm up.
#include <algorithm>
#include <cstdio>
#include <thread>

#include "lib/client/kubeconfig.h"
#include "tests/bench/parts.h"

namespace muster::bench {
namespace {

constexpr Duration kWarmUpMax = std::chrono::seconds(60);
constexpr int kWarmUpSize = 2;

// Runs one small gang, deletes it, and waits for the end of its pods.
Status WarmUp(Bench& bench) {
  const GangShape shape{.as = bench.settings.as == As::kJob ? As::kJob : As::kWorkload,
                        .prefix = "warm",
                        .count = 1,
                        .size = kWarmUpSize,
                        .cpu = "1m"};
  GangWatch watch(*bench.transport, kGangLabel, shape.size);
  TRY_VOID(watch.Start());
  const std::vector<Submission> gang = MakeGangs(shape);
  TRY_VOID(SubmitAll(*bench.api, gang));
  if (!watch.WaitFull(GangNames(shape), kWarmUpMax))
    return MakeError(Code::kTimeout, "the first small gang does not run");
  TRY_VOID(DeleteAll(*bench.api, gang));
  if (!watch.WaitGone(GangNames(shape).front(), kWarmUpMax)) {
    return MakeError(Code::kTimeout, "the pods of a deleted gang stay");
  }
  return Ok();
}

}  // namespace

void Print(const Settings& settings, const std::string& figure, double value) {
  std::printf("%s.%s %.6g\n", settings.prefix.c_str(), figure.c_str(), value);
  std::fflush(stdout);
}

double SecondsBetween(Instant from, Instant to) { return std::chrono::duration<double>(to - from).count(); }

Result<Bench> MakeBench(const Settings& settings) {
  TRY(const client::Connection connection, client::LoadConnection({}, client::ReadEnvironment()));
  Bench bench{.settings = settings, .transport = {}, .api = {}, .watch = {}, .op = {}};
  TRY(bench.transport, client::HttpTransport::Create(connection, {.user_agent = "muster-bench"}));
  bench.api = std::make_unique<client::Api>(*bench.transport);
  bench.watch = std::make_unique<GangWatch>(*bench.transport, GangLabel(settings.as), settings.size);
  TRY_VOID(bench.watch->Start());
  if (!settings.op.program.empty()) {
    TRY(bench.op, OperatorProcess::Start(settings.op));
    TRY_VOID(bench.op->WaitReady());
  }
  TRY_VOID(WarmUp(bench));
  std::this_thread::sleep_for(kSettle);
  return bench;
}

Result<double> ClusterWrites(client::Api& api) {
  TRY(const json::Value list, api.List(api::kPriorityClasses, "", {.limit = 1}));
  return std::stod(list["metadata"]["resourceVersion"].Text());
}

}  // namespace muster::bench
