// What every screen is made of: lines of toned text, and the paper they are printed on. Layer: plugin core. Pure.
// Tone is a hint for colour and never the only sign of anything: the words say it too.
//
//   Page page;
//   page.push_back({{"Workload  "}, {"ml/train", Tone::kStrong}});
//   Print(page, {.width = 80, .color = Color::kAlways});
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "kubectl-plugin/core/safe_text.h"

namespace muster::plugin {

enum class Tone { kPlain, kStrong, kGood, kBusy, kBad, kFaint };
enum class Color { kNever, kAlways };
enum class Glyphs { kUnicode, kAscii };

struct Span {
  Span() = default;
  // Here text becomes safe (safe_text.h): whatever a screen shows is made of spans.
  Span(std::string_view given, Tone given_tone = Tone::kPlain) : text(SafeText(given)), tone(given_tone) {}

  std::string text;
  Tone tone = Tone::kPlain;
  bool operator==(const Span&) const = default;
};
using Line = std::vector<Span>;
using Page = std::vector<Line>;

struct Paper {
  size_t width = 0;  // columns; 0: a line may be as long as it wants (a file, a pipe)
  size_t rows = 0;   // 0: as many as wanted
  Color color = Color::kNever;
  Glyphs glyphs = Glyphs::kUnicode;
};

size_t LineWidth(const Line& line);
// One line without its end, cut to the paper's width, without trailing spaces.
std::string PrintLine(const Line& line, const Paper& paper);
// All lines, each with "\n".
std::string Print(const Page& page, const Paper& paper);

// The parts of a tree and the marks between words, in UTF-8 or ASCII.
std::string_view Branch(Glyphs glyphs);      // "├─ "
std::string_view LastBranch(Glyphs glyphs);  // "└─ "
std::string_view Trunk(Glyphs glyphs);       // "│  "
std::string_view Dot(Glyphs glyphs);         // " · "
std::string_view Ellipsis(Glyphs glyphs);    // "…"

// Columns with two or more spaces between; a column keeps its place when a value is empty.
class Table {
 public:
  // `gap`: spaces between columns.
  explicit Table(size_t gap) : gap_(gap) {}
  void Add(Line cells) { rows_.push_back(std::move(cells)); }
  bool empty() const { return rows_.empty(); }
  // `minimum`: widths that columns have at least (for a watch that prints row after row).
  Page Lines(const std::vector<size_t>& minimum = {}) const;
  // On paper that is too narrow the widest cells give way (but the last column, which is cut), names in their middle.
  // `minimum`: as for Lines.
  void Fit(const Paper& paper, const std::vector<size_t>& minimum = {});
  std::vector<size_t> Widths() const;

 private:
  size_t gap_;
  std::vector<Line> rows_;  // each span is one cell
};

// Two texts on one line, the second beginning at `column` (or two spaces after the first).
Line Beside(Line left, size_t column, const Line& right);

}  // namespace muster::plugin
