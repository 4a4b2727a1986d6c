#include "kubectl-plugin/core/safe_text.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "kubectl-plugin/core/utf8.h"

namespace muster::plugin {
namespace {

std::string Hex(char32_t point, const char* format) {
  char text[16];
  std::snprintf(text, sizeof text, format, static_cast<unsigned>(point));
  return text;
}

void AppendUtf16Escape(std::string& text, char32_t point) {
  if (point >= 0x10000) {
    const char32_t rest = point - 0x10000;
    text += Hex(0xD800 + (rest >> 10U), "\\u%04x");
    text += Hex(0xDC00 + (rest & 0x3FFU), "\\u%04x");
  } else {
    text += Hex(point, "\\u%04x");
  }
}

bool IsPlainAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

}  // namespace

bool IsSafe(char32_t point) {
  if (point < 0x20 || (point >= 0x7F && point <= 0x9F)) return false;         // C0, DEL, C1
  if (point == 0x00AD || point == 0x061C || point == 0x180E) return false;    // soft hyphen, Arabic letter mark
  if (point == 0x200B || point == 0x200E || point == 0x200F) return false;    // invisible, marks of direction
  if (point >= 0x2028 && point <= 0x202E) return false;                       // line separators, bidi overrides
  if (point >= 0x2060 && point <= 0x206F) return false;                       // isolates and other invisibles
  if (point == 0xFEFF || (point >= 0xFFF9 && point <= 0xFFFB)) return false;  // BOM, interlinear marks
  return !(point >= 0xE0000 && point <= 0xE007F);                             // tags
}

std::string SafeText(std::string_view text) {
  if (IsPlainAscii(text)) return std::string(text);
  std::string safe;
  safe.reserve(text.size());
  while (!text.empty()) {
    const char32_t point = TakeCodePoint(text);
    if (point == '\n' || point == '\r' || point == '\t') {
      if (!safe.empty() && safe.back() != ' ') safe += ' ';
    } else if (point < 0x20 || point == 0x7F) {
      safe += '^';
      safe += static_cast<char>(point == 0x7F ? '?' : point + 0x40);
    } else if (!IsSafe(point)) {
      safe += Hex(point, "<U+%04X>");
    } else {
      AppendCodePoint(safe, point);
    }
  }
  return safe;
}

std::string EscapeJson(std::string_view json_text) {
  std::string escaped;
  escaped.reserve(json_text.size());
  while (!json_text.empty()) {
    const char32_t point = TakeCodePoint(json_text);
    if (point == '\n' || IsSafe(point)) {
      AppendCodePoint(escaped, point);
    } else {
      AppendUtf16Escape(escaped, point);
    }
  }
  return escaped;
}

}  // namespace muster::plugin
