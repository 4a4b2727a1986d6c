// Simulated time: what happens when, in one thread, the same for the same seed. Test support.
//
//   Events events(seed);
//   events.After(Duration(20), [&] { ... });
//   events.RunFor(std::chrono::seconds(5));
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <utility>

#include "lib/base/time.h"

namespace muster::sim {

class Events {
 public:
  explicit Events(uint64_t seed) : random_(seed) {}

  Instant now() const { return now_; }

  void After(Duration delay, std::function<void()> what) {
    agenda_.emplace(std::pair(now_ + delay, order_++), std::move(what));
  }

  void RunUntil(Instant until) {
    while (!agenda_.empty() && agenda_.begin()->first.first <= until) {
      now_ = agenda_.begin()->first.first;
      const std::function<void()> what = std::move(agenda_.begin()->second);
      agenda_.erase(agenda_.begin());
      what();
    }
    now_ = until;
  }
  void RunFor(Duration time) { RunUntil(now_ + time); }

  int64_t Between(int64_t low, int64_t high) {
    const auto span = static_cast<uint64_t>(high - low + 1);
    return low + static_cast<int64_t>(random_() % span);
  }
  Duration Within(int64_t low_ms, int64_t high_ms) { return Duration(Between(low_ms, high_ms)); }
  bool Chance(int64_t percent) { return percent > 0 && Between(0, 99) < percent; }

 private:
  std::mt19937_64 random_;
  // Not at a whole second: what is lost when a time is written shows.
  Instant now_{std::chrono::sys_days(std::chrono::year(2026) / 11 / 1) + Duration(437)};
  uint64_t order_ = 0;
  std::map<std::pair<Instant, uint64_t>, std::function<void()>> agenda_;
};

}  // namespace muster::sim
