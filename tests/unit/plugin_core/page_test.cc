#include "kubectl-plugin/core/page.h"

#include <gtest/gtest.h>

#include "kubectl-plugin/core/live.h"
#include "kubectl-plugin/core/utf8.h"

namespace muster::plugin {
namespace {

TEST(DisplayWidth, CountsColumns) {
  EXPECT_EQ(DisplayWidth("abc"), 3U);
  EXPECT_EQ(DisplayWidth("数据"), 4U);
  EXPECT_EQ(DisplayWidth("e\u0301"), 1U);
  EXPECT_EQ(DisplayWidth("├─ "), 3U);
  EXPECT_EQ(DisplayWidth("🚀"), 2U);
}

TEST(WrapWords, BreaksBetweenWordsAndSplitsLongOnes) {
  using Lines = std::vector<std::string>;
  EXPECT_EQ(WrapWords("needs 8 x 4 gpu, room for 5", 12), (Lines{"needs 8 x 4", "gpu, room", "for 5"}));
  EXPECT_EQ(WrapWords("spec.template.spec is wrong", 10), (Lines{"spec.templ", "ate.spec", "is wrong"}));
  EXPECT_EQ(WrapWords("数据库", 4), (Lines{"数据", "库"}));
  EXPECT_EQ(WrapWords("ab", 0), (Lines{"a", "b"}));
  EXPECT_TRUE(WrapWords("", 10).empty());
}

TEST(FitWidth, NeverExceedsAndMarksTheCut) {
  EXPECT_EQ(FitWidth("abcdef", 6, "…"), "abcdef");
  EXPECT_EQ(FitWidth("abcdefg", 6, "…"), "abcde…");
  EXPECT_EQ(FitWidth("数据库", 4, "…"), "数…");
  EXPECT_EQ(FitWidth("abcdefg", 6, "..."), "abc...");
  EXPECT_EQ(FitWidth("abc", 1, "..."), ".");
}

TEST(PrintLine, CutsAcrossSpansAndKeepsTheirTones) {
  const Line line{{"state: "}, {"Waiting", Tone::kBusy}, {" for room"}};
  EXPECT_EQ(PrintLine(line, {.width = 12, .color = Color::kAlways}), "state: \x1b[33mWait…\x1b[0m");
  EXPECT_EQ(PrintLine(line, {.width = 14}), "state: Waitin…");
  EXPECT_EQ(PrintLine(line, {.width = 23}), "state: Waiting for room");
}

TEST(PrintLine, DropsTrailingSpaces) { EXPECT_EQ(PrintLine({{"a  "}, {"  "}}, {}), "a"); }

TEST(Table, KeepsColumnsWhenAValueIsEmpty) {
  Table table(2);
  table.Add({{"A"}, {"B"}, {"C"}});
  table.Add({{"x"}, {""}, {"z"}});
  table.Add({{"数据"}, {"long"}, {""}});
  EXPECT_EQ(Print(table.Lines(), {}), "A     B     C\nx           z\n数据  long\n");
}

TEST(Table, GivesWayWhereItIsWidestOnNarrowPaper) {
  Table table(2);
  table.Add({{"NAME"}, {"STATE"}, {"WHY"}});
  table.Add({{"a-very-long-name-of-a-group-17"}, {"Waiting"}, {"needs more than there is"}});
  const Paper paper{.width = 40};
  table.Fit(paper);
  EXPECT_EQ(Print(table.Lines(), paper),
            "NAME               STATE    WHY\n"
            "a-very-l…group-17  Waiting  needs more …\n");
  Table wide(2);
  wide.Add({{"数据库数据库数据库数据库数据库"}, {"x"}});
  wide.Fit({.width = 20});
  EXPECT_LE(LineWidth(wide.Lines().front()), 20U);
}

TEST(ElideMiddle, KeepsBothEnds) {
  EXPECT_EQ(ElideMiddle("abcdefghij", 10, "…"), "abcdefghij");
  EXPECT_EQ(ElideMiddle("abcdefghij", 7, "…"), "abc…hij");
  EXPECT_EQ(ElideMiddle("abcdefghij", 7, "..."), "ab...ij");
  EXPECT_EQ(ElideMiddle("abcdefghij", 2, "…"), "a…");
  EXPECT_EQ(ElideMiddle("数据库数据库", 7, "…"), "数据…库");
  // A combining mark stays with its letter.
  EXPECT_EQ(ElideMiddle("abcdefghe\u0301", 5, "…"), "ab…he\u0301");
  EXPECT_EQ(ElideMiddle("", 5, "…"), "");
  EXPECT_EQ(ElideMiddle(std::string(1'000'000, 'a'), 5, "…"), "aa…aa");  // at once
}

TEST(LivePicture, WritesOnlyWhatChanged) {
  const std::string begin = "\x1b[?2026h\x1b[H";
  const std::string end = "\x1b[?2026l";
  LivePicture picture;
  EXPECT_EQ(picture.Next("a\nb\n"), begin + "\x1b[J\x1b[2Ka\r\n\x1b[2Kb" + end);
  EXPECT_EQ(picture.Next("a\nb\n"), "");
  EXPECT_EQ(picture.Next("a\nc\n"), begin + "\r\n\x1b[2Kc" + end);
  EXPECT_EQ(picture.Next("a\n"), begin + "\r\n\x1b[2K" + end);
  EXPECT_EQ(picture.Next("a\nd\n"), begin + "\r\n\x1b[2Kd" + end);
  picture.Forget();
  EXPECT_EQ(picture.Next("a\nd\n"), begin + "\x1b[J\x1b[2Ka\r\n\x1b[2Kd" + end);
  EXPECT_EQ(picture.End(), "\x1b[?7h\x1b[?25h\x1b[?1049la\r\nd\r\n");
}

}  // namespace
}  // namespace muster::plugin
