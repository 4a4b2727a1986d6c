// A story in a YAML file, told to the simulated world: nodes and objects given, then ticks, each with what happens and
// for how long the world runs. What the operator did and what the world has come to, tick by tick, is compared with the
// file's .expected. Test support; the steps are listed in cases/README.md.
#pragma once

#include <string>

#include "lib/base/result.h"

namespace muster::sim {

// The text to compare; kInvalid when the file is not a story. `problems` gets broken invariants.
Result<std::string> TellStory(const std::string& yaml, std::string& problems);

}  // namespace muster::sim
