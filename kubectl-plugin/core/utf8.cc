#include "kubectl-plugin/core/utf8.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace muster::plugin {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

struct Range {
  char32_t first;
  char32_t last;
};

constexpr Range kNarrowest[] = {
    {0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x0610, 0x061A}, {0x064B, 0x065F},  {0x0900, 0x0902},
    {0x0E31, 0x0E31}, {0x0E34, 0x0E3A}, {0x0E47, 0x0E4E}, {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF},  {0x200B, 0x200F},
    {0x20D0, 0x20FF}, {0x302A, 0x302D}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}, {0xE0100, 0xE01EF}};
constexpr Range kWide[] = {
    {0x1100, 0x115F},   {0x231A, 0x231B},   {0x23E9, 0x23EC},   {0x2614, 0x2615},   {0x26A1, 0x26A1},
    {0x2705, 0x2705},   {0x274C, 0x274C},   {0x2E80, 0x303E},   {0x3041, 0x33FF},   {0x3400, 0x4DBF},
    {0x4E00, 0x9FFF},   {0xA000, 0xA4CF},   {0xA960, 0xA97F},   {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},
    {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},   {0x1F000, 0x1F02F}, {0x1F0CF, 0x1F0CF},
    {0x1F18E, 0x1F19A}, {0x1F200, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F900, 0x1FAFF}, {0x20000, 0x3FFFD}};

template <size_t N>
bool Within(const Range (&ranges)[N], char32_t point) {
  const Range* found = std::lower_bound(std::begin(ranges), std::end(ranges), point,
                                        [](const Range& range, char32_t wanted) { return range.last < wanted; });
  return found != std::end(ranges) && found->first <= point;
}

// How many bytes follow a first byte, or -1 when it cannot be a first byte.
int Following(unsigned char lead) {
  if (lead < 0x80) return 0;
  if (lead >= 0xC2 && lead <= 0xDF) return 1;
  if (lead >= 0xE0 && lead <= 0xEF) return 2;
  if (lead >= 0xF0 && lead <= 0xF4) return 3;
  return -1;
}

bool IsOverlongOrInvalid(char32_t point, int following) {
  if (following == 2) return point < 0x800 || (point >= 0xD800 && point <= 0xDFFF);
  return following == 3 && (point < 0x10000 || point > 0x10FFFF);
}

}  // namespace

char32_t TakeCodePoint(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const int following = Following(lead);
  if (following == 0) {
    text.remove_prefix(1);
    return lead;
  }
  if (following > 0 && text.size() > static_cast<size_t>(following)) {
    char32_t point = lead & (0x3FU >> static_cast<unsigned>(following));
    bool valid = true;
    for (int i = 1; i <= following; ++i) {
      const auto byte = static_cast<unsigned char>(text[static_cast<size_t>(i)]);
      valid = valid && (byte & 0xC0U) == 0x80U;
      point = (point << 6U) | (byte & 0x3FU);
    }
    if (valid && !IsOverlongOrInvalid(point, following)) {
      text.remove_prefix(static_cast<size_t>(following) + 1);
      return point;
    }
  }
  text.remove_prefix(1);
  return kReplacement;
}

void AppendCodePoint(std::string& text, char32_t point) {
  const auto put = [&text](char32_t byte) { text += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xC0U | (point >> 6U));
    put(0x80U | (point & 0x3FU));
  } else if (point < 0x10000) {
    put(0xE0U | (point >> 12U));
    put(0x80U | ((point >> 6U) & 0x3FU));
    put(0x80U | (point & 0x3FU));
  } else {
    put(0xF0U | (point >> 18U));
    put(0x80U | ((point >> 12U) & 0x3FU));
    put(0x80U | ((point >> 6U) & 0x3FU));
    put(0x80U | (point & 0x3FU));
  }
}

size_t DisplayWidth(char32_t point) {
  if (point < 0x300) return 1;
  if (Within(kNarrowest, point)) return 0;
  return Within(kWide, point) ? 2 : 1;
}

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  while (!text.empty()) width += DisplayWidth(TakeCodePoint(text));
  return width;
}

std::string FitWidth(std::string_view text, size_t width, std::string_view ellipsis) {
  if (text.size() <= width || DisplayWidth(text) <= width) return std::string(text);
  const size_t mark = DisplayWidth(ellipsis);
  if (mark > width) return std::string(width, '.');
  std::string fitted;
  size_t used = 0;
  while (!text.empty()) {
    const char32_t point = TakeCodePoint(text);
    if (used + DisplayWidth(point) + mark > width) break;
    used += DisplayWidth(point);
    AppendCodePoint(fitted, point);
  }
  return fitted + std::string(ellipsis);
}

std::vector<std::string> WrapWords(std::string_view text, size_t width) {
  width = std::max<size_t>(1, width);
  std::vector<std::string> lines;
  std::string line;
  size_t used = 0;
  const auto end_line = [&] {
    if (!line.empty()) lines.push_back(std::exchange(line, ""));
    used = 0;
  };
  while (!text.empty()) {
    const size_t end = text.find(' ');
    std::string_view word = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (word.empty()) continue;
    const size_t word_width = DisplayWidth(word);
    if (used > 0 && used + 1 + word_width > width) end_line();
    if (used > 0) {
      line += ' ';
      ++used;
    }
    while (!word.empty()) {
      const char32_t point = TakeCodePoint(word);
      if (used > 0 && used + DisplayWidth(point) > width) end_line();
      AppendCodePoint(line, point);
      used += DisplayWidth(point);
    }
  }
  end_line();
  return lines;
}

std::string ElideMiddle(std::string_view text, size_t width, std::string_view ellipsis) {
  const size_t mark = DisplayWidth(ellipsis);
  size_t left = DisplayWidth(text);
  if (left <= width) return std::string(text);
  if (width <= mark + 2) return FitWidth(text, width, ellipsis);
  const size_t tail = (width - mark) / 2;
  std::string_view end = text;
  while (left > tail) left -= DisplayWidth(TakeCodePoint(end));
  // A mark must not lose what it combines with.
  for (std::string_view rest = end; !rest.empty() && DisplayWidth(TakeCodePoint(rest)) == 0;) end = rest;
  return FitWidth(text, width - DisplayWidth(end), ellipsis) + std::string(end);
}

}  // namespace muster::plugin
