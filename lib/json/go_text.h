// JSON text as Go's encoding/json writes it. Layer: json. Pure; safe from any thread.
//
// Some API objects hold JSON whose bytes must never change: the data of a ControllerRevision is immutable, and the API
// server compares bytes. Yet any patch of such an object (the garbage collector's, which takes owners away) decodes the
// data and encodes it again, with Go's rules. Text that was written by the same rules survives that unchanged.
#pragma once

#include <string>

#include "lib/json/value.h"

namespace muster::json {

// Compact text: keys sorted by their bytes, `<`, `>`, `&`, U+2028 and U+2029 escaped, numbers as Go writes an int64 or
// a float64. Equal to what encoding/json (Go 1.22 or later) makes of the same value read into an `any`.
std::string WriteLikeGo(const Value& value);

}  // namespace muster::json
