#include "lib/client/yaml_scalar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "lib/client/base64.h"
#include "lib/json/text.h"

namespace muster::client {
namespace {

constexpr std::string_view kTagPrefix = "tag:yaml.org,2002:";

template <size_t N>
bool IsOneOf(const std::string& text, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

std::optional<bool> AsBool(const std::string& text) {
  static constexpr std::array<std::string_view, 11> kTrue{"y",    "Y",    "yes", "Yes", "YES", "true",
                                                          "True", "TRUE", "on",  "On",  "ON"};
  static constexpr std::array<std::string_view, 11> kFalse{"n",     "N",     "no",  "No",  "NO", "false",
                                                           "False", "FALSE", "off", "Off", "OFF"};
  if (IsOneOf(text, kTrue)) return true;
  if (IsOneOf(text, kFalse)) return false;
  return std::nullopt;
}

bool IsNull(const std::string& text) {
  static constexpr std::array<std::string_view, 5> kNull{"", "~", "null", "Null", "NULL"};
  return IsOneOf(text, kNull);
}

bool IsInfiniteOrNaN(const std::string& text) {
  static constexpr std::array<std::string_view, 12> kWords{".nan",  ".NaN",  ".NAN",  ".inf",  ".Inf",  ".INF",
                                                           "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF"};
  return IsOneOf(text, kWords);
}

// Go's strconv.ParseInt(text, 0, 64).
std::optional<int64_t> AsInteger(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  int base = 10;
  if (text.size() > 1 && text.front() == '0') {
    const char mark = static_cast<char>(text[1] | 0x20);  // lower case
    base = mark == 'x' ? 16 : mark == 'b' ? 2 : 8;
    text.remove_prefix(mark == 'x' || mark == 'b' || mark == 'o' ? 2 : 1);
  }
  uint64_t magnitude = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), magnitude, base);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  constexpr uint64_t kLimit = 1ULL << 63U;
  if (magnitude > kLimit || (magnitude == kLimit && !negative)) return std::nullopt;
  return static_cast<int64_t>(negative ? ~magnitude + 1 : magnitude);
}

size_t CountDigits(std::string_view text) { return std::min(text.find_first_not_of("0123456789"), text.size()); }

// [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?
bool LooksLikeFloat(std::string_view text) {
  const auto skip_sign = [&text] {
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  };
  const auto skip_digits = [&text] {
    const size_t digits = CountDigits(text);
    text.remove_prefix(digits);
    return digits;
  };
  skip_sign();
  const size_t whole = skip_digits();
  size_t fraction = 0;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    fraction = skip_digits();
  }
  if (whole + fraction == 0) return false;
  if (text.empty()) return true;
  if (text.front() != 'e' && text.front() != 'E') return false;
  text.remove_prefix(1);
  skip_sign();
  return skip_digits() > 0 && text.empty();
}

// A whole number stays one in JSON, however it was written (1e3, 2.0).
std::optional<json::Value> AsFloat(std::string_view text) {
  if (!LooksLikeFloat(text)) return std::nullopt;
  if (text.starts_with('+')) text.remove_prefix(1);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  constexpr double kExact = 9007199254740992.0;  // 2^53
  if (std::abs(number) <= kExact && number == std::trunc(number)) return json::Value(static_cast<int64_t>(number));
  return json::Value(number);
}

std::string WithoutUnderscores(std::string text) {
  std::erase(text, '_');
  return text;
}

Result<json::Value> ResolvePlain(const std::string& text) {
  if (IsNull(text)) return json::Value();
  if (const auto truth = AsBool(text)) return json::Value(*truth);
  if (IsInfiniteOrNaN(text)) return MakeError(Code::kInvalid, text + " cannot be said in JSON: quote it if it is text");
  if (std::string_view("0123456789+-.").find(text.front()) == std::string_view::npos) return json::Value(text);
  const std::string number = WithoutUnderscores(text);
  if (const auto integer = AsInteger(number)) return json::Value(*integer);
  if (const auto real = AsFloat(number)) return *real;
  return json::Value(text);
}

Error Unlike(std::string_view tag, const std::string& text) {
  return MakeError(Code::kInvalid, "\"" + text + "\" is not what its tag !!" + std::string(tag) + " says");
}

Result<json::Value> ResolveTagged(std::string_view tag, const std::string& text) {
  if (tag == "str" || tag == "timestamp") return json::Value(text);
  if (tag == "binary") {
    const auto decoded = DecodeBase64(text);
    if (!decoded) return Unlike(tag, text);
    return json::Value(*decoded);
  }
  TRY(const json::Value value, ResolvePlain(text));
  const bool fits = (tag == "int" && AsInteger(WithoutUnderscores(text)).has_value()) ||
                    (tag == "float" && value.IsNumber()) || (tag == "bool" && value.IsBool()) ||
                    (tag == "null" && value.IsNull());
  const bool known = tag == "int" || tag == "float" || tag == "bool" || tag == "null";
  if (!known) return json::Value(text);
  if (!fits) return Unlike(tag, text);
  return value;
}

}  // namespace

Result<json::Value> ResolveScalar(std::string_view tag, const std::string& text) {
  if (tag == "?" || tag.empty()) return ResolvePlain(text);
  if (!tag.starts_with(kTagPrefix)) return json::Value(text);
  return ResolveTagged(tag.substr(kTagPrefix.size()), text);
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const auto byte = [text](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    const unsigned lead = byte(0);
    // What the second byte may be says all that is special: no overlong forms, no surrogates, nothing past U+10FFFF.
    const unsigned least = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const unsigned most = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    const size_t length = lead < 0x80 ? 1 : lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
    if (length == 0 || (length > 1 && (byte(1) < least || byte(1) > most))) return false;
    for (size_t i = 2; i < length; ++i) {
      if ((byte(i) & 0xC0U) != 0x80U) return false;
    }
    text.remove_prefix(length);
  }
  return true;
}

Result<std::string> KeyText(const json::Value& scalar) {
  if (scalar.IsString()) return scalar.Text();
  if (scalar.IsNull()) return MakeError(Code::kInvalid, "a key is empty: quote it if it is meant");
  if (scalar.IsBool() || scalar.IsNumber()) return json::Write(scalar);
  return MakeError(Code::kInvalid, "a key must be plain text");
}

}  // namespace muster::client
