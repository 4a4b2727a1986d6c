#include "lib/engine/backoff.h"

#include <algorithm>
#include <cmath>

namespace muster::engine {

Duration ExponentialDelay(Duration first, double factor, int failures, Duration longest) {
  const double delay_ms = static_cast<double>(first.count()) * std::pow(factor, failures);
  if (!(delay_ms < static_cast<double>(longest.count()))) return longest;  // also infinity
  return Duration(static_cast<int64_t>(delay_ms));
}

Duration Backoff::Next(Instant now, double random) {
  if (last_ && now - *last_ > options_.reset_after) failures_ = 0;
  const Duration delay = ExponentialDelay(options_.first, options_.factor, failures_, options_.longest);
  last_ = now + delay;  // healthy time begins when we try again
  failures_ = std::min(failures_ + 1, 1000);
  return delay + Duration(static_cast<int64_t>(static_cast<double>(delay.count()) * options_.jitter * random));
}

void Backoff::Reset() {
  failures_ = 0;
  last_.reset();
}

}  // namespace muster::engine
