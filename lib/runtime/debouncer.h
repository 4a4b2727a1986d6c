// Debouncer: turns a burst of notifications into one wake-up, for the planning cycle. Layer: runtime. Notify is
// thread-safe; Wait is for one thread.
//
//   while (debouncer.Wait(stop, next_wake_up)) Plan();
//
// Wakes when nothing has been notified for `quiet`, but at the latest `longest` after the first notification.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>

#include "lib/base/time.h"
#include "lib/runtime/clock.h"

namespace muster::runtime {

class Debouncer {
 public:
  struct Options {
    Duration quiet{5};
    Duration longest{50};
  };

  Debouncer(const Clock& clock, Options options) : clock_(clock), options_(options) {}

  void Notify();
  // Blocks until a burst is over, `at_most` has passed (nullopt: never), or stop is requested; false when stopped.
  bool Wait(const std::stop_token& stop, std::optional<Duration> at_most = std::nullopt);

 private:
  Instant Due() const;

  const Clock& clock_;
  const Options options_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<Instant> first_;  // of this burst; nullopt: nothing notified
  Instant last_{};
};

}  // namespace muster::runtime
