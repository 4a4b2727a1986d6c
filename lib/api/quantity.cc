#include "lib/api/quantity.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "lib/base/strings.h"

namespace muster::api {
namespace {

constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
__extension__ using Wide = unsigned __int128;

// digits * 10^tens * 2^twos, plus something below the last digit when `more`.
struct Decimal {
  bool negative = false;
  uint64_t digits = 0;
  int tens = 0;
  int twos = 0;
  bool more = false;
};

struct Suffix {
  std::string_view text;
  int tens;
  int twos;
};
constexpr Suffix kSuffixes[] = {{"", 0, 0},    {"n", -9, 0},  {"u", -6, 0},  {"m", -3, 0}, {"k", 3, 0},   {"M", 6, 0},
                                {"G", 9, 0},   {"T", 12, 0},  {"P", 15, 0},  {"E", 18, 0}, {"Ki", 0, 10}, {"Mi", 0, 20},
                                {"Gi", 0, 30}, {"Ti", 0, 40}, {"Pi", 0, 50}, {"Ei", 0, 60}};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Reads "123.45" from the front; false when there is no digit. 19 digits are kept, as many as fit 64 bits.
bool TakeDigits(std::string_view& text, Decimal& number) {
  constexpr uint64_t kRoom = 999999999999999999ULL;
  bool any = false;
  bool point = false;
  for (; !text.empty(); text.remove_prefix(1)) {
    const char c = text.front();
    if (c == '.' && !point) {
      point = true;
      continue;
    }
    if (!IsDigit(c)) break;
    any = true;
    if (number.digits <= kRoom) {
      number.digits = number.digits * 10 + static_cast<uint64_t>(c - '0');
      if (point) --number.tens;
    } else {
      number.more = number.more || c != '0';
      if (!point) ++number.tens;
    }
  }
  return any;
}

bool TakeSuffix(std::string_view text, Decimal& number) {
  for (const Suffix& suffix : kSuffixes) {
    if (suffix.text != text) continue;
    number.tens += suffix.tens;
    number.twos = suffix.twos;
    return true;
  }
  if (text.size() < 2 || (text.front() != 'e' && text.front() != 'E')) return false;
  text.remove_prefix(1);
  if (text.front() == '+') text.remove_prefix(1);
  int64_t exponent = 0;
  if (!ParseInteger(text, exponent)) return false;
  number.tens += static_cast<int>(std::clamp<int64_t>(exponent, -10000, 10000));
  return true;
}

// Away from zero, as resource.Quantity does; cut at the limits.
int64_t RoundUp(const Decimal& number) {
  if (number.digits == 0) return 0;
  Wide value = static_cast<Wide>(number.digits) << static_cast<unsigned>(number.twos);
  const Wide limit = static_cast<Wide>(kMax);
  for (int i = 0; i < number.tens && value <= limit; ++i) value *= 10;
  bool more = number.more;
  for (int i = 0; i > number.tens && value > 0; --i) {
    more = more || value % 10 != 0;
    value /= 10;
  }
  if (more) ++value;
  const int64_t amount = value > limit ? kMax : static_cast<int64_t>(value);
  return number.negative ? -amount : amount;
}

bool IsBytes(std::string_view resource) {
  return resource == kMemory || resource.find("storage") != std::string_view::npos ||
         resource.starts_with("hugepages-");
}

// n / unit with at most one digit after the point.
std::string WithOneDigit(int64_t n, int64_t unit, Rounding rounding) {
  int64_t whole = n / unit;
  const auto divisor = static_cast<Wide>(unit);
  const Wide rest_tenths = static_cast<Wide>(n % unit) * 10;
  auto tenths = static_cast<int64_t>(rest_tenths / divisor);
  const bool exact = rest_tenths % divisor == 0;
  if (!exact && rounding == Rounding::kUp && ++tenths == 10) {
    ++whole;
    tenths = 0;
  }
  return tenths == 0 ? std::to_string(whole) : std::to_string(whole) + "." + std::to_string(tenths);
}

std::string FormatBytes(int64_t n, Rounding rounding) {
  constexpr std::string_view kNames[] = {"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};
  size_t step = 0;
  int64_t unit = 1;
  while (step + 1 < std::size(kNames) && n / 1024 >= unit) {
    unit *= 1024;
    ++step;
  }
  // "1536Mi" reads better, and is exact, where "1.5Gi" is not short of it.
  if (step > 0 && n % unit != 0 && n % (unit / 1024) == 0 && n / (unit / 1024) < 10000) {
    return std::to_string(n / (unit / 1024)) + std::string(kNames[step - 1]);
  }
  return WithOneDigit(n, unit, rounding) + std::string(kNames[step]);
}

std::string FormatMillis(int64_t n, Rounding rounding) {
  if (n % 1000 == 0) return std::to_string(n / 1000);
  if (n < 10000) return std::to_string(n) + "m";
  return WithOneDigit(n, 1000, rounding);
}

constexpr std::string_view kBasicNames[] = {kCpu, kMemory, kEphemeralStorage, kPodCount};

}  // namespace

int64_t SaturatingAdd(int64_t a, int64_t b) {
  int64_t sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return a > 0 ? kMax : kMin;
}

int64_t SaturatingSubtract(int64_t a, int64_t b) {
  int64_t difference = 0;
  if (!__builtin_sub_overflow(a, b, &difference)) return difference;
  return a > 0 ? kMax : kMin;
}

int64_t SaturatingMultiply(int64_t a, int64_t b) {
  int64_t product = 0;
  if (!__builtin_mul_overflow(a, b, &product)) return product;
  return (a > 0) == (b > 0) ? kMax : kMin;
}

int64_t DivideUp(int64_t a, int64_t b) { return a / b + (a % b != 0 ? 1 : 0); }

std::optional<int64_t> ParseQuantity(std::string_view text, Unit unit) {
  Decimal number;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    number.negative = text.front() == '-';
    text.remove_prefix(1);
  }
  if (!TakeDigits(text, number) || !TakeSuffix(text, number)) return std::nullopt;
  if (unit == Unit::kMilli) number.tens += 3;
  return RoundUp(number);
}

std::optional<int64_t> DecodeAmount(std::string_view resource, const json::Value& value) {
  const Unit unit = resource == kCpu ? Unit::kMilli : Unit::kOne;
  if (value.IsString()) return ParseQuantity(value.Text(), unit);
  if (value.IsInteger()) return ParseQuantity(std::to_string(value.Integer()), unit);
  if (!value.IsNumber()) return std::nullopt;
  char text[64];
  const auto [end, error] = std::to_chars(text, text + sizeof text, value.Number());
  if (error != std::errc()) return std::nullopt;
  return ParseQuantity(std::string_view(text, static_cast<size_t>(end - text)), unit);
}

std::string FormatAmount(std::string_view resource, int64_t amount, Rounding rounding) {
  if (amount == kMin) amount = -kMax;
  if (amount < 0) {
    return "-" + FormatAmount(resource, -amount, rounding == Rounding::kUp ? Rounding::kDown : Rounding::kUp);
  }
  if (resource == kCpu) return FormatMillis(amount, rounding);
  return IsBytes(resource) ? FormatBytes(amount, rounding) : std::to_string(amount);
}

std::string FormatNamedAmount(std::string_view resource, int64_t amount, Rounding rounding) {
  return FormatAmount(resource, amount, rounding) + " " + std::string(resource);
}

int64_t Resources::Get(std::string_view name) const {
  for (size_t i = 0; i < basic_.size(); ++i) {
    if (kBasicNames[i] == name) return basic_[i];
  }
  for (const auto& [other, amount] : others_) {
    if (other == name) return amount;
  }
  return 0;
}

void Resources::Set(std::string_view name, int64_t amount) {
  for (size_t i = 0; i < basic_.size(); ++i) {
    if (kBasicNames[i] != name) continue;
    basic_[i] = amount;
    return;
  }
  const auto at = std::lower_bound(others_.begin(), others_.end(), name,
                                   [](const auto& entry, std::string_view wanted) { return entry.first < wanted; });
  const bool found = at != others_.end() && at->first == name;
  if (amount == 0) {
    if (found) others_.erase(at);
  } else if (found) {
    at->second = amount;
  } else {
    others_.emplace(at, std::string(name), amount);
  }
}

void Resources::Add(const Resources& other) {
  for (size_t i = 0; i < basic_.size(); ++i) basic_[i] = SaturatingAdd(basic_[i], other.basic_[i]);
  for (const auto& [name, amount] : other.others_) Add(name, amount);
}

void Resources::Subtract(const Resources& other) {
  for (size_t i = 0; i < basic_.size(); ++i) basic_[i] = SaturatingSubtract(basic_[i], other.basic_[i]);
  for (const auto& [name, amount] : other.others_) Set(name, SaturatingSubtract(Get(name), amount));
}

void Resources::TakeMax(const Resources& other) {
  for (size_t i = 0; i < basic_.size(); ++i) basic_[i] = std::max(basic_[i], other.basic_[i]);
  for (const auto& [name, amount] : other.others_) Set(name, std::max(Get(name), amount));
}

bool Resources::empty() const { return *this == Resources(); }

void Resources::ForEach(const std::function<void(std::string_view name, int64_t amount)>& call) const {
  for (size_t i = 0; i < basic_.size(); ++i) {
    if (basic_[i] != 0) call(kBasicNames[i], basic_[i]);
  }
  for (const auto& [name, amount] : others_) call(name, amount);
}

Resources DecodeResources(const json::Value& map) {
  Resources resources;
  for (const auto& [name, value] : map.Members()) {
    if (const auto amount = DecodeAmount(name, value)) resources.Set(name, *amount);
  }
  return resources;
}

}  // namespace muster::api
