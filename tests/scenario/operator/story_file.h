// A story in a YAML file, told to the simulated world: nodes and objects given, then ticks, each with what happens and
// for how long the world runs. What the operator did and what the world has come to, tick by tick, is compared with the
// file's .expected. Test support; the steps are listed in cases/README.md.
#pragma once

#include <cstdint>
#include <string>

#include "lib/base/result.h"
#include "lib/base/time.h"

namespace muster::sim {

struct Ending {
  std::string state;     // of the world, some time after the last tick
  int64_t writes = 0;    // of the operator until then
  std::string problems;  // broken laws, and what it would still do
};
// The same with the operator killed after its write of that number (0: never) and another started so much later.
Result<Ending> EndStory(const std::string& yaml, int64_t crash_at_write, Duration restart_after);

// The text to compare; kInvalid when the file is not a story. `problems` gets broken invariants.
Result<std::string> TellStory(const std::string& yaml, std::string& problems);

}  // namespace muster::sim
