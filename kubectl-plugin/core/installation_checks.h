// `check`: the parts of an installation that are set up once and can be lost: the operator's rights, the admission
// policies, and releases that do not go together. Layer: plugin core. Pure.
#pragma once

#include "kubectl-plugin/core/checks.h"

namespace muster::plugin {

// `acts`: an operator holds the lease, whatever its name and wherever its rights come from.
Check CheckRights(const RightsInput& input, bool acts);
// `wanted`: names of the policies that must be there, each with a binding that denies.
Check CheckPolicies(const Result<json::Array>& policies, const Result<json::Array>& bindings,
                    const std::vector<std::string>& wanted);
Check CheckVersions(const Versions& versions);

}  // namespace muster::plugin
