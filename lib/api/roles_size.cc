#include "lib/api/roles_size.h"

#include "lib/api/workload.h"
#include "lib/json/text.h"

namespace muster::api {

std::string WhyTooLarge(const json::Value& roles) {
  const size_t bytes = json::Write(roles).size();
  return bytes > kRolesBytesMax ? TooLargeText(bytes) : std::string();
}

std::string TooLargeText(size_t bytes) {
  return "is " + std::to_string(bytes) + " bytes; at most " + std::to_string(kRolesBytesMax) +
         " bytes of roles are allowed: move what is large (scripts, data, environment) into ConfigMaps or into the "
         "image, or use several Workloads";
}

}  // namespace muster::api
