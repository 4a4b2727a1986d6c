// A token bucket: `burst` at once, `qps` per second in the long run. Layer: client. Pure: the time is handed in, the
// caller waits. Not safe for concurrent use.
#pragma once

#include <chrono>

namespace muster::client {

class TokenBucket {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Wait = std::chrono::steady_clock::duration;

  // qps > 0, burst >= 1; the bucket is full at first.
  TokenBucket(double qps, int burst, Time now);

  // Takes one token, of the future if need be, and says how long to wait until it is there (0: now).
  Wait Reserve(Time now);

 private:
  double qps_;
  double burst_;
  double tokens_;  // negative: so many are promised
  Time last_;
};

}  // namespace muster::client
