#include "kubectl-plugin/core/page.h"

#include <algorithm>

#include "kubectl-plugin/core/utf8.h"

namespace muster::plugin {
namespace {

std::string_view Escape(Tone tone) {
  switch (tone) {
    case Tone::kPlain:
      return "";
    case Tone::kStrong:
      return "\x1b[1m";
    case Tone::kGood:
      return "\x1b[32m";
    case Tone::kBusy:
      return "\x1b[33m";
    case Tone::kBad:
      return "\x1b[31m";
    case Tone::kFaint:
      return "\x1b[2m";
  }
  return "";
}

void Paint(std::string& out, std::string_view text, Tone tone, Color color) {
  const std::string_view escape = Escape(tone);
  if (text.empty()) return;
  if (color == Color::kNever || escape.empty()) {
    out += text;
  } else {
    out.append(escape).append(text).append("\x1b[0m");
  }
}

bool IsBlank(const Span& span) { return span.text.find_first_not_of(' ') == std::string::npos; }

Line WithoutTrailingSpaces(Line line) {
  while (!line.empty() && IsBlank(line.back())) line.pop_back();
  if (!line.empty()) line.back().text.erase(line.back().text.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace

size_t LineWidth(const Line& line) {
  size_t width = 0;
  for (const Span& span : line) width += DisplayWidth(span.text);
  return width;
}

std::string PrintLine(const Line& given, const Paper& paper) {
  const Line line = WithoutTrailingSpaces(given);
  const bool cut = paper.width > 0 && LineWidth(line) > paper.width;
  std::string out;
  size_t left = paper.width;
  for (const Span& span : line) {
    if (!cut) {
      Paint(out, span.text, span.tone, paper.color);
      continue;
    }
    const size_t width = DisplayWidth(span.text);
    if (width < left) {
      Paint(out, span.text, span.tone, paper.color);
      left -= width;
      continue;
    }
    const bool last = &span == &line.back();
    const std::string text = last ? span.text : span.text + " ";  // what follows is cut off too
    Paint(out, FitWidth(text, left, Ellipsis(paper.glyphs)), span.tone, paper.color);
    break;
  }
  return out;
}

std::string Print(const Page& page, const Paper& paper) {
  std::string out;
  for (const Line& line : page) out.append(PrintLine(line, paper)).append("\n");
  return out;
}

std::string_view Branch(Glyphs glyphs) { return glyphs == Glyphs::kUnicode ? "├─ " : "|- "; }
std::string_view LastBranch(Glyphs glyphs) { return glyphs == Glyphs::kUnicode ? "└─ " : "`- "; }
std::string_view Trunk(Glyphs glyphs) { return glyphs == Glyphs::kUnicode ? "│  " : "|  "; }
std::string_view Dot(Glyphs glyphs) { return glyphs == Glyphs::kUnicode ? " · " : ", "; }
std::string_view Ellipsis(Glyphs glyphs) { return glyphs == Glyphs::kUnicode ? "…" : "..."; }

std::vector<size_t> Table::Widths() const {
  std::vector<size_t> widths;
  for (const Line& row : rows_) {
    if (row.size() > widths.size()) widths.resize(row.size(), 0);
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], DisplayWidth(row[i].text));
  }
  return widths;
}

void Table::Fit(const Paper& paper, const std::vector<size_t>& minimum) {
  constexpr size_t kLeast = 12;
  std::vector<size_t> widths = Widths();
  for (size_t i = 0; i + 1 < std::min(widths.size(), minimum.size()); ++i) widths[i] = std::max(widths[i], minimum[i]);
  if (paper.width == 0 || widths.size() < 2) return;
  size_t total = gap_ * (widths.size() - 1) + std::min(widths.back(), kLeast);
  for (size_t i = 0; i + 1 < widths.size(); ++i) total += widths[i];
  while (total > paper.width) {
    const auto widest = std::max_element(widths.begin(), widths.end() - 1);
    if (*widest <= kLeast) return;
    const size_t width = std::max(kLeast, *widest - std::min(*widest, total - paper.width));
    const auto column = static_cast<size_t>(widest - widths.begin());
    for (Line& row : rows_) {
      if (column < row.size()) row[column].text = ElideMiddle(row[column].text, width, Ellipsis(paper.glyphs));
    }
    total -= *widest - width;
    *widest = width;
  }
}

Page Table::Lines(const std::vector<size_t>& minimum) const {
  std::vector<size_t> widths = Widths();
  for (size_t i = 0; i < std::min(widths.size(), minimum.size()); ++i) widths[i] = std::max(widths[i], minimum[i]);
  Page page;
  page.reserve(rows_.size());
  for (const Line& row : rows_) {
    Line line;
    for (size_t i = 0; i < row.size(); ++i) {
      line.push_back(row[i]);
      if (i + 1 < row.size()) line.push_back({std::string(widths[i] - DisplayWidth(row[i].text) + gap_, ' ')});
    }
    page.push_back(std::move(line));
  }
  return page;
}

Line Beside(Line left, size_t column, const Line& right) {
  const size_t width = LineWidth(left);
  left.push_back({std::string(width + 2 > column ? 2 : column - width, ' ')});
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

}  // namespace muster::plugin
