#include "lib/runtime/debouncer.h"

#include <algorithm>

namespace muster::runtime {

void Debouncer::Notify() {
  const Instant now = clock_.Now();
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = !first_;
    if (first) first_ = now;
    last_ = now;
  }
  if (first) changed_.notify_one();  // later ones only move the end of a burst that is waited for by time
}

Instant Debouncer::Due() const { return std::min(last_ + options_.quiet, *first_ + options_.longest); }

bool Debouncer::Wait(const std::stop_token& stop, std::optional<Duration> at_most) {
  std::unique_lock lock(mutex_);
  const auto notified = [this] { return first_.has_value(); };
  if (at_most) {
    changed_.wait_for(lock, stop, *at_most, notified);
  } else {
    changed_.wait(lock, stop, notified);
  }
  while (first_ && !stop.stop_requested()) {
    const Duration rest = Due() - clock_.Now();
    if (rest <= Duration(0)) break;
    changed_.wait_for(lock, stop, rest, [] { return false; });
  }
  first_.reset();
  return !stop.stop_requested();
}

}  // namespace muster::runtime
