#include "lib/runtime/clock.h"

#include <ctime>

namespace muster::runtime {
namespace {

Duration Since(clockid_t id) {
  timespec time{};
  clock_gettime(id, &time);
  return std::chrono::duration_cast<Duration>(std::chrono::seconds(time.tv_sec) +
                                              std::chrono::nanoseconds(time.tv_nsec));
}

class MachineClock final : public Clock {
 public:
  // BOOTTIME, unlike steady_clock, counts a suspended machine: a leader that slept must find its lease expired.
  Instant Now() const override { return Instant(Since(CLOCK_BOOTTIME)); }
  Instant Wall() const override { return Instant(Since(CLOCK_REALTIME)); }
};

}  // namespace

const Clock& RealClock() {
  static const MachineClock clock;
  return clock;
}

}  // namespace muster::runtime
