#include "lib/runtime/watch_loop.h"

#include <condition_variable>
#include <mutex>
#include <utility>
#include <variant>

#include "lib/base/log.h"
#include "lib/runtime/random.h"

namespace muster::runtime {

bool SleepFor(Duration duration, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait_for(lock, stop, duration, [] { return false; });
  return !stop.stop_requested();
}

WatchLoop::WatchLoop(wire::Transport& transport, const Clock& clock, engine::ListWatch::Options options,
                     engine::ListWatchSink& sink)
    : transport_(transport), clock_(clock), options_(std::move(options)), sink_(sink) {}

void WatchLoop::Start() {
  if (thread_.joinable()) return;
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

void WatchLoop::Stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void WatchLoop::Run(const std::stop_token& stop) {
  engine::ListWatch machine(options_);
  Random random;
  const auto moment = [&] { return engine::Moment{clock_.Now(), random.Next()}; };
  while (!stop.stop_requested()) {
    const engine::ListWatch::Step step = machine.Next(moment());
    std::optional<Error> failure;
    if (const auto* wait = std::get_if<engine::ListWatch::Wait>(&step)) {
      SleepFor(wait->duration, stop);
    } else if (const auto* fetch = std::get_if<engine::ListWatch::Fetch>(&step)) {
      const Result<wire::Response> page = transport_.Send(fetch->request);
      if (!stop.stop_requested()) failure = machine.OnPage(page, moment(), sink_);
    } else {
      const auto on_line = [&](std::string_view line) { return machine.OnLine(line, sink_); };
      const auto ended = transport_.Stream(std::get<engine::ListWatch::Stream>(step).request, on_line, stop);
      const bool watching = machine.state() == engine::ListWatch::State::kWatching;
      failure = machine.OnStreamEnd(ended, moment());
      // Of a resource that has not changed since it started, an API server sends no bookmarks either (1.37.1), unless
      // etcd reports progress: silence is ordinary then. Of a dead peer it is told when what is there is asked for
      // again.
      if (failure && watching && failure->code == Code::kTimeout && !stop.stop_requested()) {
        LogInfo("Watch was silent, asking again", FieldsOf(*failure));
        failure.reset();
      }
    }
    if (failure && !stop.stop_requested()) LogFailure(*failure);
  }
}

LogFields WatchLoop::FieldsOf(const Error& error) const {
  return {{"resource", std::string(options_.scope.resource.plural)},
          {"code", std::string(CodeName(error.code))},
          {"error", error.message}};
}

void WatchLoop::LogFailure(const Error& error) const {
  const LogFields fields = FieldsOf(error);
  // Expired versions and requests to wait are ordinary.
  if (error.code == Code::kGone || error.code == Code::kThrottled) return LogInfo("Watch begins anew", fields);
  LogWarning("Watch failed, trying again", fields);
}

}  // namespace muster::runtime
