// Random numbers for jitter, handed into the pure engine. Layer: runtime. One per thread; never for secrets.
#pragma once

#include <random>

namespace muster::runtime {

class Random {
 public:
  Random() : bits_(std::random_device{}()) {}
  // In [0, 1).
  double Next() { return std::uniform_real_distribution<double>(0, 1)(bits_); }

 private:
  std::mt19937_64 bits_;
};

}  // namespace muster::runtime
