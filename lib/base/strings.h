// Small pure text functions that the standard library lacks. Layer: base.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace muster {

// The first `limit` bytes at most, cut at a UTF-8 boundary and marked with "..." when cut.
std::string Shorten(std::string_view text, size_t limit);
// Join({"a","b"}, ", ") == "a, b".
std::string Join(const std::vector<std::string>& parts, std::string_view separator);
// Split("a,b,", ',') == {"a", "b", ""}.
std::vector<std::string> Split(std::string_view text, char separator);
// FNV-1a, 64 bit: a stable hash for names; never for security.
uint64_t StableHash(std::string_view bytes);
// Lower-case letters and digits without vowels (as Kubernetes' SafeEncodeString), `length` of them, from a hash.
std::string SafeName(uint64_t hash, size_t length);
// Count(1, "node") == "1 node", Count(2, "node") == "2 nodes".
std::string Count(int64_t n, std::string_view noun);
// A decimal integer that is the whole text; false otherwise.
bool ParseInteger(std::string_view text, int64_t& number);

}  // namespace muster
