// WatchLoop: the thread that drives engine::ListWatch over a Transport. Layer: runtime.
// The sink is called on that thread alone. Stop cancels the stream and joins; a list page in flight is waited for
// (at most its timeout, unless the transport cancels it).
#pragma once

#include <stop_token>
#include <thread>

#include "lib/base/log.h"
#include "lib/engine/list_watch.h"
#include "lib/runtime/clock.h"
#include "lib/wire/http.h"

namespace muster::runtime {

class WatchLoop {
 public:
  // All but options must outlive the loop.
  WatchLoop(wire::Transport& transport, const Clock& clock, engine::ListWatch::Options options,
            engine::ListWatchSink& sink);
  ~WatchLoop() { Stop(); }
  WatchLoop(const WatchLoop&) = delete;
  WatchLoop& operator=(const WatchLoop&) = delete;

  void Start();
  void Stop();

 private:
  void Run(const std::stop_token& stop);
  LogFields FieldsOf(const Error& error) const;
  void LogFailure(const Error& error) const;

  wire::Transport& transport_;
  const Clock& clock_;
  engine::ListWatch::Options options_;
  engine::ListWatchSink& sink_;
  std::jthread thread_;
};

// Sleeps for `duration` or until stop is requested; false when stopped.
bool SleepFor(Duration duration, const std::stop_token& stop);

}  // namespace muster::runtime
