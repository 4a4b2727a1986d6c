// Decodes what the simulated API server itself has accepted: a failure is a bug of the simulator.
#pragma once

#include <utility>

#include "lib/base/check.h"
#include "lib/base/result.h"

namespace muster::sim {

template <class T>
T Decoded(Result<T> decoded) {
  CHECK(decoded.has_value());
  return std::move(*decoded);
}

}  // namespace muster::sim
