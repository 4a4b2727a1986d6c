// Files of this release, put into the program when it is built (muster_embed in CMake). Layer: plugin cmd.
#pragma once

#include <string_view>

namespace muster::plugin {

std::string_view WorkloadCrdText();         // crds/
std::string_view PodGroupCrdText();         //
std::string_view OperatorRbacText();        // config/rbac/operator.yaml
std::string_view LeaderElectionRbacText();  // config/rbac/leader_election.yaml

}  // namespace muster::plugin
