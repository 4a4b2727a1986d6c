// muster-bench: measures on a running test cluster; run.sh calls it, and says how to.
//   muster-bench start|refill|plugin|decode|memory|turn [--FLAG VALUE]...
// The figures go to standard output, a line each; anything else to standard error.
#include <csignal>
#include <cstdio>
#include <exception>
#include <functional>
#include <set>

#include "lib/base/strings.h"
#include "lib/runtime/log_sink.h"
#include "tests/bench/parts.h"

namespace muster::bench {
namespace {

using Setter = std::function<Status(const std::string& value)>;

Setter Text(std::string& field) {
  return [&field](const std::string& value) {
    field = value;
    return Ok();
  };
}

Setter Number(int& field) {
  return [&field](const std::string& value) -> Status {
    int64_t number = 0;
    if (!ParseInteger(value, number) || number < 0 || number > 10'000'000) {
      return MakeError(Code::kInvalid, value + " is not a number from 0 to 10000000");
    }
    field = static_cast<int>(number);
    return Ok();
  };
}

Setter Kind(As& field) {
  return [&field](const std::string& value) -> Status {
    TRY(field, ParseAs(value));
    return Ok();
  };
}

Result<Settings> ParseSettings(const std::vector<std::string>& args) {
  Settings s;
  const std::map<std::string, Setter> setters = {{"--prefix", Text(s.prefix)},
                                                 {"--as", Kind(s.as)},
                                                 {"--groups", Number(s.groups)},
                                                 {"--size", Number(s.size)},
                                                 {"--cpu", Text(s.cpu)},
                                                 {"--seconds", Number(s.seconds)},
                                                 {"--pods", Number(s.pods)},
                                                 {"--kilobytes", Number(s.kilobytes)},
                                                 {"--standby-port", Number(s.standby_port)},
                                                 {"--then", Text(s.then)},
                                                 {"--cluster-dir", Text(s.cluster_dir)},
                                                 {"--operator", Text(s.op.program)},
                                                 {"--operator-kubeconfig", Text(s.op.kubeconfig)},
                                                 {"--operator-log", Text(s.op.log)},
                                                 {"--operator-port", Number(s.op.port)},
                                                 {"--plugin", Text(s.plugin)},
                                                 {"--kubectl", Text(s.kubectl)}};
  for (size_t i = 0; i < args.size(); i += 2) {
    const auto setter = setters.find(args[i]);
    if (setter == setters.end() || i + 1 == args.size()) return MakeError(Code::kInvalid, "what is " + args[i] + "?");
    const Status set = setter->second(args[i + 1]);
    if (!set.has_value()) return set.error().In(args[i]);
  }
  return s;
}

Status MeasureOnCluster(const std::string& part, const Settings& settings) {
  TRY(Bench bench, MakeBench(settings));
  if (part == "refill") return MeasureRefill(bench);
  if (part == "plugin") return MeasurePlugin(bench);
  if (part == "memory") return MeasureMemory(bench);
  if (part == "turn") return MeasureTurn(bench);
  TRY_VOID(MeasureStart(bench));
  for (const std::string& next : Split(settings.then, ',')) {
    if (next == "restart") TRY_VOID(MeasureRestart(bench));
    if (next == "steady") TRY_VOID(MeasureSteady(bench));
  }
  return Ok();
}

int Main(const std::vector<std::string>& args) {
  std::signal(SIGPIPE, SIG_IGN);
  client::InitThreads(1);
  SetLogSink(runtime::MakeStderrSink({.format = runtime::LogFormat::kText, .least = LogLevel::kWarning}));
  const std::string part = args.empty() ? "" : args.front();
  Status done = Ok();
  const std::set<std::string> parts = {"start", "refill", "plugin", "decode", "memory", "turn"};
  if (!parts.contains(part)) {
    done = MakeError(Code::kInvalid, "measure what? see tests/bench/run.sh --help");
  } else if (const Result<Settings> settings = ParseSettings({args.begin() + 1, args.end()}); !settings.has_value()) {
    done = settings.error();
  } else {
    done = part == "decode" ? MeasureDecode(*settings) : MeasureOnCluster(part, *settings);
  }
  if (done.has_value()) return 0;
  std::fprintf(stderr, "muster-bench: %s\n", done.error().message.c_str());
  return 1;
}

}  // namespace
}  // namespace muster::bench

int main(int argc, char** argv) { return muster::bench::Main({argv + 1, argv + argc}); }
