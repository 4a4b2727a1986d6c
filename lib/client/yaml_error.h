// Where and how a YAML text is wrong, in words for the user. Layer: client; internal to yaml.cc and its tests. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/result.h"

namespace muster::client {

// A place in the text, as yaml-cpp counts: from 0, and in bytes.
struct YamlPlace {
  int line = 0;
  int column = 0;
};

// "invalid YAML, line 3: what (column 5)": from 1, and in characters. A place behind the end of the text is its end.
Error YamlErrorAt(std::string_view text, YamlPlace place, const std::string& what);

// The quote that opens a scalar and that nothing closes; `text` begins with a token and ends where one was missed.
// Its offset; nullopt when there is none.
std::optional<size_t> FindOpenQuote(std::string_view text);

// The place of an offset.
YamlPlace PlaceOf(std::string_view text, size_t offset);

}  // namespace muster::client
