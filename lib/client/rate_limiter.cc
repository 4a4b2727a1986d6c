#include "lib/client/rate_limiter.h"

#include <algorithm>

#include "lib/base/check.h"

namespace muster::client {

TokenBucket::TokenBucket(double qps, int burst, Time now)
    : qps_(qps), burst_(std::max(1, burst)), tokens_(burst_), last_(now) {
  CHECK(qps > 0);
}

TokenBucket::Wait TokenBucket::Reserve(Time now) {
  if (now > last_) {
    const double seconds = std::chrono::duration<double>(now - last_).count();
    tokens_ = std::min(burst_, tokens_ + seconds * qps_);
    last_ = now;
  }
  tokens_ -= 1;
  if (tokens_ >= 0) return Wait(0);
  return std::chrono::duration_cast<Wait>(std::chrono::duration<double>(-tokens_ / qps_));
}

}  // namespace muster::client
