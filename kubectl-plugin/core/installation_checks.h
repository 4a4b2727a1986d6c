// `check`: the parts of an installation that are set up once and can be lost: the operator's rights, the admission
// policies, and releases that do not go together. Layer: plugin core. Pure.
#pragma once

#include "kubectl-plugin/core/checks.h"

namespace muster::plugin {

// `acts`: an operator holds the lease, whatever its name and wherever its rights come from.
Check CheckRights(const RightsInput& input, bool acts);
Check CheckPolicies(const Result<json::Array>& policies, const Result<json::Array>& bindings);
Check CheckVersions(const Versions& versions);

// The policies of config/policy.
inline constexpr std::string_view kPolicies[] = {"muster-workload-roles", "muster-workload-scale",
                                                 "muster-operator-writes"};

}  // namespace muster::plugin
