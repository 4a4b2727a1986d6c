// Comparing resourceVersions. Layer: engine. Pure.
// Since Kubernetes 1.35 (KEP-5504) a resourceVersion is a decimal number of any length, without sign or leading zero,
// and two of them of one resource may be compared as numbers. Anything else can only be compared for equality.
#pragma once

#include <string_view>

namespace muster::engine {

bool IsNumericVersion(std::string_view version);
// True when a store that has seen `seen` has seen `wanted` too; false when that cannot be known.
bool HasReached(std::string_view seen, std::string_view wanted);

}  // namespace muster::engine
