// SHA-256 (FIPS 180-4), for the equality of contents that are not kept: two different contents with the same digest
// cannot be found on purpose, unlike with StableHash. Layer: base. Pure.
#pragma once

#include <string>
#include <string_view>

namespace muster {

// 64 lower-case hexadecimal digits.
std::string Sha256(std::string_view bytes);

}  // namespace muster
