// How large spec.roles may be. Layer: api. Pure. The schema cannot measure bytes: the operator and `lint` do.
#pragma once

#include <cstddef>
#include <string>

#include "lib/json/value.h"

namespace muster::api {

// "is 300000 bytes; at most 262144 bytes of roles are allowed: ..."; "" when it is not too large.
std::string WhyTooLarge(const json::Value& roles);
// The same of a size: of roles, or of a whole object.
std::string TooLargeText(size_t bytes);

}  // namespace muster::api
