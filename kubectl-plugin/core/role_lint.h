// What of a role's pasted spec can be known to be wrong without a cluster, beyond the CRD's schema. Layer: plugin core.
// Pure. The API server judges a pasted spec only when the child is made; here stands what people get wrong most: fields
// misspelt or a level too high, restart policies, volumes and containers by name, quantities. A field of a newer
// Kubernetes is no finding: only what comes near a known one is.
#pragma once

#include <string>
#include <vector>

#include "kubectl-plugin/core/schema_lint.h"

namespace muster::plugin {

// `path` is that of the role: "spec.roles[0]".
std::vector<Finding> LintRole(const json::Value& role, const std::string& path);

}  // namespace muster::plugin
