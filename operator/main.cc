// muster-operator: flags, signals, exit code. All else is in operator/shell.
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "lib/base/log.h"
#include "lib/client/transport.h"
#include "lib/runtime/log_sink.h"
#include "operator/shell/flags.h"
#include "operator/shell/heap.h"
#include "operator/shell/operator.h"

namespace muster {
namespace {

// SIGTERM and SIGINT are blocked in every thread and taken here, so that nothing runs in a signal handler.
sigset_t BlockSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);  // a peer that closes is an error of that request alone
  return signals;
}

// Why it cannot start: one line, of the same form as all others where a program reads them.
int Fail(const Error& error, runtime::LogFormat format) {
  if (format == runtime::LogFormat::kJson) {
    LogError("Cannot start", {{"error", error.message}});
  } else {
    std::fprintf(stderr, "muster-operator: cannot start: %s\n", shell::Printable(error.message).c_str());
  }
  return 1;
}

int Main(const std::vector<std::string>& args) {
  const shell::ParsedFlags parsed = shell::ParseFlags(args, MUSTER_VERSION, shell::DefaultFlags());
  if (parsed.exit) {
    std::fputs(parsed.exit->out.c_str(), stdout);
    std::fputs(parsed.exit->err.c_str(), stderr);
    return parsed.exit->code;
  }
  shell::TuneHeap();
  const sigset_t signals = BlockSignals();
  client::InitThreads(1);
  SetLogSink(runtime::MakeStderrSink({.format = parsed.flags.log_format, .least = parsed.flags.log_level}));
  auto made = shell::Operator::Create(parsed.flags, MUSTER_VERSION);
  if (!made.has_value()) return Fail(made.error(), parsed.flags.log_format);
  const std::unique_ptr<shell::Operator> program = std::move(made).value();
  std::promise<Error> refusal;
  const auto on_refused = [&refusal](const Error& why) {
    refusal.set_value(why);
    kill(getpid(), SIGTERM);
  };
  if (const Status started = program->Start(on_refused); !started.has_value()) {
    return Fail(started.error(), parsed.flags.log_format);
  }
  int signal = 0;
  sigwait(&signals, &signal);
  std::future<Error> refused = refusal.get_future();
  if (refused.wait_for(std::chrono::seconds(0)) == std::future_status::ready) {
    program->Stop();
    return Fail(refused.get(), parsed.flags.log_format);
  }
  LogInfo("Stopping", {{"signal", std::to_string(signal)}});
  program->Stop();
  LogInfo("Stopped");
  return 0;
}

}  // namespace
}  // namespace muster

int main(int argc, char** argv) {
  try {
    return muster::Main({argv + 1, argv + argc});
  } catch (const std::exception& unexpected) {
    std::fprintf(stderr, "muster-operator: ended by what should not happen: %s; please report it\n", unexpected.what());
    return 1;
  }
}
