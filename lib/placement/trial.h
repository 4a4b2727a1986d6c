// "What if": the groups in flight and one waiting group on a changed board. Layer: placement. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "lib/placement/explain.h"

namespace muster::placement {

// The claims of a waiting group, by indexes of `rooms`.
std::vector<Claim> ClaimsOf(Rooms& rooms, const std::vector<WaitingRole>& roles);

class Trial {
 public:
  Trial(Board board, const Fit& now, const std::vector<WaitingRole>& roles);
  Trial(const Trial&) = delete;  // its parts point at each other
  Trial& operator=(const Trial&) = delete;

  bool LetsIn() const;
  // The same with another number of nodes in a bucket.
  bool LetsInWith(size_t bucket, int64_t count);

 private:
  Board board_;
  Rooms rooms_;
  Fit fit_;
  std::vector<Claim> claims_;
};

// The smallest n in 1..most for which `enough(n)`, supposing that more is never worse; 0 when there is none. In any
// case `enough(n)` holds for the result, and `enough(n - 1)` does not.
int64_t SmallestThat(int64_t first_guess, int64_t most, const std::function<bool(int64_t)>& enough);

}  // namespace muster::placement
