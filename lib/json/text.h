// JSON text to json::Value and back: the one door to RapidJSON. Layer: json. Pure; safe from any thread.
//
// RapidJSON 1.1.0 has known hazards (CVE-2024-38517 on long exponents, recursion on deep nesting, duplicate keys kept,
// invalid UTF-8 accepted). The guards: numbers are taken as text and converted by us, depth is bounded at 100 while
// parsing, the input size is bounded, encoding is validated, a duplicate key is an error.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"
#include "lib/json/value.h"

namespace muster::json {

inline constexpr int kDeepest = 100;  // levels of nesting

struct ParseOptions {
  size_t max_bytes = 64UL << 20U;  // a longer text is refused (kDecode)
  int max_depth = kDeepest;        // deeper nesting is refused
  // Where the text holds objects of others, at this depth (1: the root, 2: members of the root's members): what is
  // nested too deeply in one of them is left out, and it gets the member kTooDeep, instead of all being refused. 0:
  // none.
  int object_depth = 0;
  std::string_view skip_key = {};      // members of this name are dropped at any depth (e.g. "managedFields")
  std::string_view skip_key_too = {};  // the same
};

// Of an object that is not whole; no name of a field looks like that.
inline constexpr std::string_view kTooDeep = "(nested too deeply)";

// Of an object whose largest part was left out: its size in bytes.
inline constexpr std::string_view kTooLarge = "(too large)";

// kDecode with the byte offset for anything that is not one JSON value.
Result<Value> Parse(std::string_view text, const ParseOptions& options = {});
// The items of a list's text, so that they can be parsed one at a time: a page of large objects takes many times the
// room of its text when it is parsed as a whole.
struct ListText {
  std::vector<std::string_view> items;  // the objects in its member "items"; they point into the text
  std::string rest;                     // the same list without them
};
// Does not judge: what is not JSON shows when the rest and the items are parsed.
ListText SplitList(std::string_view text);
// Compact text, keys in their order.
std::string Write(const Value& value);
// Indented by two spaces, for people and `-o json`.
std::string WritePretty(const Value& value);
// Compact text with the keys of every object sorted: the same value always gives the same bytes (for hashes).
std::string WriteCanonical(const Value& value);

}  // namespace muster::json
