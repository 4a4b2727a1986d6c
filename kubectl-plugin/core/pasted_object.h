// Where a whole object, or a field of another level, was pasted into a role: what to do about it. Layer: plugin core.
// Pure.
#pragma once

#include <string>

#include "kubectl-plugin/core/schema_lint.h"
#include "lib/api/workload.h"

namespace muster::plugin {

// For the fields of the CRD. `path` is that of the object that holds `key`: "spec.roles[0].deployment".
std::string PastedObjectText(const std::string& path, const std::string& key, const json::Value& definitions);

// For the fields of a pasted spec of that kind, by the definition that does not know `key`.
std::string MisplacedFieldText(const std::string& definition, const std::string& key, api::RoleKind kind,
                               const json::Value& definitions);

}  // namespace muster::plugin
