// JSON patches (RFC 6902), as far as the API server gets them from us: test, add, replace, remove. Test support.
#pragma once

#include "lib/base/result.h"
#include "lib/json/value.h"

namespace muster::sim {

// kConflict when a test fails or a path cannot be followed: behind a test of the uid, the real server tells neither
// from the other. The document is then as it was or half changed.
Status ApplyJsonPatch(const json::Array& operations, json::Value& document);

}  // namespace muster::sim
