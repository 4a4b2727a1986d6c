// Files of this release, put into the program when it is built (muster_embed in CMake). Layer: plugin cmd.
#pragma once

#include <string_view>

namespace muster::plugin {

std::string_view WorkloadCrdText();  // crds/
std::string_view PodGroupCrdText();  //
std::string_view InstallText();      // config/install.yaml
// config/kubernetes-schema.json: {"version": "v1.37.1", "definitions": {NAME: SCHEMA}}
std::string_view KubernetesSchemaText();

}  // namespace muster::plugin
