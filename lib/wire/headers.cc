#include "lib/wire/headers.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "lib/base/strings.h"

namespace muster::wire {
namespace {

constexpr std::string_view kUnreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
constexpr std::string_view kPathExtra = "/:";
constexpr size_t kWarningsMax = 100;

void EncodeInto(std::string& out, std::string_view text, std::string_view extra) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const char c : text) {
    if (kUnreserved.find(c) != std::string_view::npos || extra.find(c) != std::string_view::npos) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4U];
    out += kHex[byte & 0xFU];
  }
}

void SkipBlanks(std::string_view& text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t' || text.front() == ',')) text.remove_prefix(1);
}

// Drops a word and the blanks behind it.
void SkipWord(std::string_view& text) {
  text.remove_prefix(std::min(text.find(' '), text.size()));
  SkipBlanks(text);
}

// A quoted string at the front of text; nullopt (and nothing taken) when there is none or it does not end.
std::optional<std::string> TakeQuoted(std::string_view& text) {
  if (text.empty() || text.front() != '"') return std::nullopt;
  std::string value;
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return value;
    }
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    value += text[i];
  }
  return std::nullopt;
}

}  // namespace

std::string_view MethodName(Method method) {
  switch (method) {
    case Method::kGet:
      return "GET";
    case Method::kPost:
      return "POST";
    case Method::kPut:
      return "PUT";
    case Method::kPatch:
      return "PATCH";
    case Method::kDelete:
      return "DELETE";
  }
  return "GET";
}

std::string EncodeTarget(const Request& request) {
  std::string target;
  target.reserve(request.path.size() + 64);
  EncodeInto(target, request.path, kPathExtra);
  char separator = '?';
  for (const auto& [name, value] : request.query) {
    target += std::exchange(separator, '&');
    EncodeInto(target, name, "");
    target += '=';
    EncodeInto(target, value, "");
  }
  return target;
}

std::optional<Duration> ParseRetryAfter(std::string_view value) {
  constexpr int64_t kSecondsMax = 3600;
  while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  while (!value.empty() && value.back() == ' ') value.remove_suffix(1);
  int64_t seconds = 0;
  if (!ParseInteger(value, seconds) || seconds < 0) return std::nullopt;
  return std::chrono::seconds(std::min(seconds, kSecondsMax));
}

std::vector<std::string> ParseWarnings(std::string_view value) {
  std::vector<std::string> warnings;
  while (warnings.size() < kWarningsMax) {
    SkipBlanks(value);
    if (value.empty()) break;
    SkipWord(value);  // code
    SkipWord(value);  // agent
    std::optional<std::string> text = TakeQuoted(value);
    if (!text) break;
    warnings.push_back(std::move(*text));
    SkipBlanks(value);
    if (!value.empty() && value.front() == '"' && !TakeQuoted(value)) break;  // an optional date
  }
  return warnings;
}

}  // namespace muster::wire
