// Polling for tests of threads: until a condition holds, or ten seconds have passed.
#pragma once

#include "lib/runtime/clock.h"

namespace muster::runtime {

inline constexpr Duration kSoon = std::chrono::seconds(10);

template <class F>
bool Eventually(F&& condition) {
  const Instant deadline = RealClock().Now() + kSoon;
  while (RealClock().Now() < deadline) {
    if (condition()) return true;
    SleepFor(Duration(2), {});
  }
  return false;
}

}  // namespace muster::runtime
