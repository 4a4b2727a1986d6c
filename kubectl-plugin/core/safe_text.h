// How text from the cluster is made safe for a terminal. Layer: plugin core. Pure.
//
// It is done where text leaves the plugin and nowhere else: in every Span of a page (page.h), and in cmd/output.cc for
// documents. Nothing before it needs to think of it. What could move the cursor, change colours, hide or reorder text
// becomes visible: escape -> "^[", other C0 and DEL -> "^X", C1, bidi and invisible characters -> "<U+202E>", broken
// UTF-8 -> U+FFFD. Line breaks and tabs become one space: a name or message never breaks a table.
#pragma once

#include <string>
#include <string_view>

namespace muster::plugin {

// One line that is safe to print as it is.
std::string SafeText(std::string_view text);
// For documents a program may read (-o json): the same data in pure JSON, with every character that a terminal could
// act upon as \uXXXX. `json_text` is text that json::Write or WritePretty made.
std::string EscapeJson(std::string_view json_text);
// Whether a code point may reach a terminal as it is.
bool IsSafe(char32_t point);

}  // namespace muster::plugin
