#include "lib/client/go_duration.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <utility>

#include "lib/base/strings.h"

namespace muster::client {
namespace {

// Longest first where one begins with another.
constexpr std::array<std::pair<std::string_view, double>, 7> kUnits{
    {{"ns", 1e-6}, {"us", 1e-3}, {"µs", 1e-3}, {"ms", 1}, {"s", 1e3}, {"m", 60e3}, {"h", 3600e3}}};

std::optional<double> TakeNumber(std::string_view& text) {
  const size_t length = std::min(text.find_first_not_of("0123456789."), text.size());
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + length, number, std::chars_format::fixed);
  if (length == 0 || error != std::errc() || end != text.data() + length) return std::nullopt;
  text.remove_prefix(length);
  return number;
}

std::optional<double> TakeUnit(std::string_view& text) {
  for (const auto& [unit, millis] : kUnits) {
    if (!text.starts_with(unit)) continue;
    text.remove_prefix(unit.size());
    return millis;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Duration> ParseGoDuration(std::string_view text) {
  constexpr double kMillisMax = 1e15;
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text == "0") return Duration(0);
  if (text.empty()) return std::nullopt;
  double total_ms = 0;
  while (!text.empty()) {
    const auto number = TakeNumber(text);
    if (!number) return std::nullopt;
    const auto unit = TakeUnit(text);
    if (!unit) return std::nullopt;
    total_ms += *number * *unit;
  }
  if (total_ms > kMillisMax) return std::nullopt;
  const auto millis = static_cast<int64_t>(std::llround(total_ms));
  return Duration(negative ? -millis : millis);
}

std::optional<Duration> ParseTimeout(std::string_view text) {
  constexpr int64_t kSecondsMax = 1'000'000'000;
  int64_t seconds = 0;
  if (ParseInteger(text, seconds) && seconds >= 0 && seconds <= kSecondsMax) return std::chrono::seconds(seconds);
  const auto duration = ParseGoDuration(text);
  if (!duration || *duration < Duration(0)) return std::nullopt;
  return duration;
}

}  // namespace muster::client
