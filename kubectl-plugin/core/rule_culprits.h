// Which fields break a CEL rule of a larger object, so that a finding can point at them. Layer: plugin core. Pure.
#pragma once

#include <string>
#include <vector>

#include "kubectl-plugin/core/cel.h"
#include "lib/json/value.h"

namespace muster::plugin {

// Paths of the culprits. `rule` does not hold for `value`, which is at `path`. Where its message begins with the
// names of fields ("paused must not be true, ..."), these are the fields of these names that break the rule alone;
// where it begins with "labels under" or "matchLabels under", the members that break it alone; else, and when none
// does, `path`.
std::vector<std::string> RuleCulprits(const CelRule& rule, const json::Value& value, const std::string& message,
                                      const std::string& path);

}  // namespace muster::plugin
