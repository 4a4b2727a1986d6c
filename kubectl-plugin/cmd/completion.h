// Candidates for shell completion, as kubectl asks for them. Layer: plugin cmd.
#pragma once

#include <string>
#include <vector>

#include "kubectl-plugin/cmd/session.h"

namespace muster::plugin {

// kubectl runs `kubectl_complete-workload WORDS...`, the last word being the one under the cursor (maybe empty), which
// runs `kubectl-workload __complete WORDS...`. Prints candidates one per line ("NAME", "NAME\tWHAT IT IS"), then
// cobra's directive: ":0" the shell may complete file names, ":4" it must not, ":6" nor put a space behind. Of
// --flag=VALUE the candidates are values. Never fails.
int RunComplete(World& world, const std::vector<std::string>& words);

}  // namespace muster::plugin
