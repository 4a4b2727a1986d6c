// Where config/ puts the operator. Layer: plugin cmd.
#pragma once

#include "lib/api/meta.h"

namespace muster::plugin {

inline const api::Key kOperatorKey{"muster-system", "muster-operator"};  // Deployment, ServiceAccount
inline constexpr const char* kOperatorLease = "muster-operator";

}  // namespace muster::plugin
