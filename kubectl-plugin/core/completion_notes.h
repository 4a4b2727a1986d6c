// What a Workload will do at its end, where that is not what its author may expect. Layer: plugin core. Pure. A note,
// not a mistake: a Job that prepares something for a Deployment is a Workload as it should be.
#pragma once

#include <vector>

#include "kubectl-plugin/core/schema_lint.h"

namespace muster::plugin {

// Of a Workload in which Jobs finish beside roles that never do, or in which a Job never finishes.
std::vector<Finding> CompletionNotes(const json::Value& workload);

}  // namespace muster::plugin
