// The seed of a test on random input: new each time, or MUSTER_SEED to replay a failure. Test support.
//
//   const uint64_t seed = TestSeed();
//   SCOPED_TRACE(ReplayHint(seed));
#pragma once

#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>

namespace muster::testing {

inline uint64_t TestSeed() {
  const char* given = std::getenv("MUSTER_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
}

inline std::string ReplayHint(uint64_t seed) { return "replay with MUSTER_SEED=" + std::to_string(seed); }

}  // namespace muster::testing
