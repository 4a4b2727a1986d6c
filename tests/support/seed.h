// The seed of a test on random input. The same each time, so that `make test` judges the same cases on every machine;
// `make test-all` (MUSTER_THOROUGH) takes a new one each time, and MUSTER_SEED replays a failure. Test support.
//
//   const uint64_t seed = TestSeed();
//   SCOPED_TRACE(ReplayHint(seed));
#pragma once

#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>

namespace muster::testing {

inline constexpr uint64_t kFixedSeed = 20261130;

inline bool IsThorough() { return std::getenv("MUSTER_THOROUGH") != nullptr; }

inline uint64_t TestSeed() {
  const char* given = std::getenv("MUSTER_SEED");
  if (given != nullptr) return std::strtoull(given, nullptr, 10);
  return IsThorough() ? std::random_device{}() : kFixedSeed;
}

inline std::string ReplayHint(uint64_t seed) { return "replay with MUSTER_SEED=" + std::to_string(seed); }

}  // namespace muster::testing
