// Requests and limits of a container or pod, by the rules of the API server that its schema does not state. Layer:
// plugin core. Pure.
#pragma once

#include <string>
#include <vector>

#include "kubectl-plugin/core/schema_lint.h"

namespace muster::plugin {

// `resources` is {requests, limits} at `path`. What is no quantity is left to the schema.
std::vector<Finding> LintResources(const json::Value& resources, const std::string& path);

}  // namespace muster::plugin
