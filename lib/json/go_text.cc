#include "lib/json/go_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string_view>
#include <vector>

namespace muster::json {
namespace {

void WriteEscaped(unsigned code, std::string& out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += "\\u";
  for (unsigned shift = 16; shift > 0; shift -= 4) out += kDigits[(code >> (shift - 4)) & 0xFU];
}

// U+2028 and U+2029, which JavaScript takes for line ends, are these three bytes in UTF-8.
bool IsLineSeparator(std::string_view rest) {
  return rest.size() >= 3 && rest[0] == '\xE2' && rest[1] == '\x80' && (rest[2] == '\xA8' || rest[2] == '\xA9');
}

void WriteString(std::string_view text, std::string& out) {
  out += '"';
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    constexpr std::string_view kShort = "\"\\\b\f\n\r\t";
    constexpr std::string_view kShortNames = "\"\\bfnrt";
    constexpr unsigned char kFirstPrintable = 0x20;
    if (const size_t at = kShort.find(c); at != std::string_view::npos) {
      out += '\\';
      out += kShortNames[at];
    } else if (static_cast<unsigned char>(c) < kFirstPrintable || c == '<' || c == '>' || c == '&') {
      WriteEscaped(static_cast<unsigned char>(c), out);
    } else if (IsLineSeparator(text.substr(i))) {
      WriteEscaped(text[i + 2] == '\xA8' ? 0x2028U : 0x2029U, out);
      i += 2;
    } else {
      out += c;
    }
  }
  out += '"';
}

// The shortest digits that read back as the same number; with an exponent only where Go writes one.
void WriteReal(double number, std::string& out) {
  constexpr double kSmallest = 1e-6;
  constexpr double kLargest = 1e21;
  if (number == 0) {
    out += '0';  // Go reads -0 as the integer 0
    return;
  }
  std::array<char, 32> buffer{};
  const auto [end, error] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), std::abs(number), std::chars_format::scientific);
  const std::string_view text(buffer.data(), static_cast<size_t>(end - buffer.data()));
  const size_t mark = text.find('e');
  std::string digits(text.substr(0, mark));  // "1.5"
  const bool small = text[mark + 1] == '-';
  int exponent = 0;
  std::from_chars(text.data() + mark + 2, end, exponent);
  if (number < 0) out += '-';
  if (std::abs(number) < kSmallest || std::abs(number) >= kLargest) {
    out += digits + (small ? "e-" : "e+") + std::to_string(exponent);
    return;
  }
  if (digits.size() > 1) digits.erase(1, 1);
  const auto shift = static_cast<size_t>(exponent);
  if (small) {
    out += "0." + std::string(shift - 1, '0') + digits;
  } else if (digits.size() <= shift + 1) {
    out += digits + std::string(shift + 1 - digits.size(), '0');
  } else {
    out += digits.substr(0, shift + 1) + "." + digits.substr(shift + 1);
  }
}

void WriteValue(const Value& value, std::string& out) {
  if (value.IsObject()) {
    std::vector<const Member*> members;
    members.reserve(value.Members().size());
    for (const Member& member : value.Members()) members.push_back(&member);
    std::sort(members.begin(), members.end(), [](const Member* a, const Member* b) { return a->first < b->first; });
    out += '{';
    for (size_t i = 0; i < members.size(); ++i) {
      if (i > 0) out += ',';
      WriteString(members[i]->first, out);
      out += ':';
      WriteValue(members[i]->second, out);
    }
    out += '}';
  } else if (value.IsArray()) {
    out += '[';
    for (size_t i = 0; i < value.Items().size(); ++i) {
      if (i > 0) out += ',';
      WriteValue(value.Items()[i], out);
    }
    out += ']';
  } else if (value.IsString()) {
    WriteString(value.Text(), out);
  } else if (value.IsInteger()) {
    out += std::to_string(value.Integer());
  } else if (value.IsNumber()) {
    WriteReal(value.Number(), out);
  } else if (value.IsBool()) {
    out += value.Bool() ? "true" : "false";
  } else {
    out += "null";
  }
}

}  // namespace

std::string WriteLikeGo(const Value& value) {
  std::string out;
  WriteValue(value, out);
  return out;
}

}  // namespace muster::json
