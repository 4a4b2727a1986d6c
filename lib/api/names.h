// Names of what we make, and their limits. Layer: api. Names are deterministic, so that a repeated POST answers 409.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace muster::api {

std::string GroupName(std::string_view workload, int64_t index);                          // train-0
std::string ChildName(std::string_view group, std::string_view role);                     // train-0-workers
std::string RevisionName(std::string_view workload, std::string_view canonical_content);  // train-6c9d8f7b4x

}  // namespace muster::api
