// What a YAML scalar means to kubectl. Layer: client; internal to yaml.cc and its tests. Pure.
#pragma once

#include <string>
#include <string_view>

#include "lib/base/result.h"
#include "lib/json/value.h"

namespace muster::client {

// `tag` as yaml-cpp gives it: "?" for a plain scalar, "!" for a quoted one, else the tag written out. The rules are
// those of go-yaml v2, which kubectl uses: yes/no/on/off are booleans, 0777 is octal, dates are text, "1e3" is a
// number. Errors have no line; the caller adds it.
Result<json::Value> ResolveScalar(std::string_view tag, const std::string& text);

// A scalar as a key: numbers and booleans in their JSON form. Null is an error.
Result<std::string> KeyText(const json::Value& scalar);

// Whether these bytes are UTF-8, as JSON must be.
bool IsUtf8(std::string_view text);

}  // namespace muster::client
