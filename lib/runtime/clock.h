// Clock: the one place that asks what time it is. Layer: runtime. Thread-safe.
// Now() is for measuring and waiting: it never jumps and counts on while the machine sleeps. Wall() is for what is
// compared with, or written into, API objects. Both are Instants; only Wall() agrees with other machines.
#pragma once

#include "lib/base/time.h"

namespace muster::runtime {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant Now() const = 0;
  virtual Instant Wall() const = 0;
};

// The machine's clocks; lives as long as the program.
const Clock& RealClock();

}  // namespace muster::runtime
