// The parts of a JSON patch (RFC 6902). Layer: json. Pure; safe from any thread.
#pragma once

#include <string>
#include <string_view>

#include "lib/json/value.h"

namespace muster::json {

// One operation that takes a value: "add", "replace" or "test".
Value Operation(std::string_view op, std::string_view path, Value value);

// A key as a token of a JSON pointer (RFC 6901): "muster.dev/role" is "muster.dev~1role".
std::string EscapePointer(std::string_view token);
// The pointer to the member of that key: "/metadata/labels" and "a/b" make "/metadata/labels/a~1b".
std::string PathTo(std::string_view parent, std::string_view key);

}  // namespace muster::json
