// json::Value as YAML, for `-o yaml`. Layer: plugin core. Pure. Block style with the keys in their order; a text that
// could be read as something else (a number, a boolean, null) or that a terminal could act upon is quoted and escaped.
#pragma once

#include <string>
#include <vector>

#include "lib/json/value.h"

namespace muster::plugin {

std::string YamlText(const json::Value& value);

}  // namespace muster::plugin
