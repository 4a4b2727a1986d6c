// How much is spent on proofs: the allowance of one planning cycle, and which bounds are used. Layer: placement. Plain
// values.
// A proof that has no allowance left gives up, which refuses and never admits.
#pragma once

#include <cstdint>

namespace muster::placement {

// One unit is about one look at a resource of one shape on one kind of node: some nanoseconds.
struct Work {
  int64_t left = 0;
};

// The bounds of fit.h.
enum class Bounds { kQuickAndFine, kAll };

}  // namespace muster::placement
