// `lint`: what is wrong with a manifest, found without a cluster. Layer: plugin core. Pure.
// It knows the fields, enums, bounds and rules of this release's Workload, and what keeps a role from ever starting
// (api::ShapeOf). The pasted built-in specs are the API server's to judge: lint --dry-run=server asks it.
#pragma once

#include <string>
#include <vector>

#include "lib/json/value.h"

namespace muster::plugin {

struct Finding {
  std::string path;  // "spec.roles[1].minAvailable"
  std::string text;  // what is wrong and what to do
  bool operator==(const Finding&) const = default;
};

std::vector<Finding> LintWorkload(const json::Value& document);

}  // namespace muster::plugin
