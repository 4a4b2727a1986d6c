// Backoff: how long to wait after the n-th failure in a row. Layer: engine. A value; time and randomness are handed in.
//
//   Backoff backoff({.first = 800ms, .longest = 30s, .jitter = 1.0, .reset_after = 2min});
//   const Duration wait = backoff.Next(now, random);   // 0.8-1.6 s, then 1.6-3.2 s, ...
//
// It starts again from `first` when the last failure is longer than `reset_after` ago (that was healthy time).
#pragma once

#include <optional>

#include "lib/base/time.h"

namespace muster::engine {

class Backoff {
 public:
  struct Options {
    Duration first{800};
    Duration longest{30'000};  // before jitter
    double factor = 2.0;
    double jitter = 1.0;  // up to this share of the delay is added
    Duration reset_after{120'000};
  };

  explicit Backoff(Options options) : options_(options) {}

  // Records a failure at `now`; `random` is in [0, 1).
  Duration Next(Instant now, double random);
  void Reset();
  int failures() const { return failures_; }

 private:
  Options options_;
  int failures_ = 0;
  std::optional<Instant> last_;
};

// first * factor^failures, at most longest; never overflows.
Duration ExponentialDelay(Duration first, double factor, int failures, Duration longest);

}  // namespace muster::engine
