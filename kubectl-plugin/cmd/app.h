// The plugin as a function: arguments in, exit code out, everything else through World. Layer: plugin cmd.
#pragma once

#include <string>
#include <vector>

#include "kubectl-plugin/cmd/session.h"

namespace muster::plugin {

int RunApp(World& world, const std::vector<std::string>& arguments);

}  // namespace muster::plugin
