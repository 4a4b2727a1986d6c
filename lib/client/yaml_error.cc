#include "lib/client/yaml_error.h"

#include <algorithm>

namespace muster::client {
namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Whether a token may begin behind this character.
bool EndsToken(char c) { return IsBlank(c) || c == '[' || c == '{' || c == ','; }

// The offset of the quote that closes what opens at `open`, npos when there is none.
size_t ClosingQuote(std::string_view text, size_t open) {
  const char quote = text[open];
  for (size_t i = open + 1; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      const bool is_doubled = quote == '\'' && i + 1 < text.size() && text[i + 1] == quote;
      if (!is_doubled) return i;
      ++i;
    }
  }
  return std::string_view::npos;
}

std::string_view LineOf(std::string_view text, int line) {
  for (; line > 0; --line) text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  return text.substr(0, text.find('\n'));
}

}  // namespace

Error YamlErrorAt(std::string_view text, YamlPlace place, const std::string& what) {
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  const auto last = static_cast<int>(std::count(text.begin(), text.end(), '\n'));
  if (place.line > last) place = PlaceOf(text, text.size());
  const std::string_view before = LineOf(text, place.line).substr(0, static_cast<size_t>(std::max(0, place.column)));
  const auto is_first_byte = [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; };
  // What the line does not hold (the end of the text) is counted as it is.
  const auto column = std::count_if(before.begin(), before.end(), is_first_byte) + place.column -
                      static_cast<std::ptrdiff_t>(before.size());
  return MakeError(Code::kInvalid, "invalid YAML, line " + std::to_string(place.line + 1) + ": " + what + " (column " +
                                       std::to_string(column + 1) + ")");
}

std::optional<size_t> FindOpenQuote(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (i > 0 && !EndsToken(text[i - 1])) continue;
    if (text[i] == '#') {
      i = std::min(text.find('\n', i), text.size());
    } else if (text[i] == '"' || text[i] == '\'') {
      const size_t close = ClosingQuote(text, i);
      if (close == std::string_view::npos) return i;
      i = close;
    }
  }
  return std::nullopt;
}

YamlPlace PlaceOf(std::string_view text, size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const size_t line_start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  return {.line = static_cast<int>(std::count(before.begin(), before.end(), '\n')),
          .column = static_cast<int>(before.size() - line_start)};
}

}  // namespace muster::client
