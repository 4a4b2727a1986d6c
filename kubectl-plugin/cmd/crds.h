// The CRDs of this release: crds/*.yaml, put into the program when it is built (muster_embed in CMake). Layer: plugin
// cmd.
#pragma once

#include <string_view>

#include "lib/base/result.h"
#include "lib/json/value.h"

namespace muster::plugin {

std::string_view WorkloadCrdText();
std::string_view PodGroupCrdText();

}  // namespace muster::plugin
