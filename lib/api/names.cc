#include "lib/api/names.h"

#include "lib/base/strings.h"

namespace muster::api {

std::string GroupName(std::string_view workload, int64_t index) {
  return std::string(workload) + "-" + std::to_string(index);
}

std::string ChildName(std::string_view group, std::string_view role) {
  return std::string(group) + "-" + std::string(role);
}

std::string RevisionName(std::string_view workload, std::string_view canonical_content) {
  constexpr size_t kHashLength = 10;
  return std::string(workload) + "-" + SafeName(StableHash(canonical_content), kHashLength);
}

}  // namespace muster::api
