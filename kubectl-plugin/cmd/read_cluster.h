// Reads what planning needs of the whole cluster. Layer: plugin cmd.
#pragma once

#include <memory>
#include <set>

#include "kubectl-plugin/cmd/reader.h"
#include "kubectl-plugin/core/cluster_now.h"

namespace muster::plugin {

// All lists at the same time. kForbidden names the rights it takes: nodes, pods, podgroups, controllerrevisions,
// priorityclasses, deployments, replicasets, statefulsets and jobs of all namespaces. `wanted` is what the error names,
// "explain --live". `planned`: as ClusterNow's.
Result<std::unique_ptr<ClusterNow>> ReadCluster(Reader& reader, std::string_view wanted,
                                                std::set<api::Key> planned = {});

}  // namespace muster::plugin
