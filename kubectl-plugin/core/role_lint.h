// What can be known to be wrong with a role's pasted spec without a cluster, beyond the CRD's schema. Layer: plugin
// core. Pure. The API server judges a pasted spec only when the object is created. Checked here are its types, by the
// schema of a pinned Kubernetes version, and what people get wrong most: restart policies, volumes and containers by
// name, requests and limits, selectors.
#pragma once

#include <string>
#include <vector>

#include "kubectl-plugin/core/schema_lint.h"

namespace muster::plugin {

// `path` is that of the role: "spec.roles[0]"; `kubernetes` is config/kubernetes-schema.json.
std::vector<Finding> LintRole(const json::Value& role, const std::string& path, const json::Value& kubernetes,
                              const Written& written, RuleBook& book);

// Appends the findings whose path has none yet: of one field, the first reason is enough.
void AppendNew(std::vector<Finding> more, std::vector<Finding>& findings);

}  // namespace muster::plugin
