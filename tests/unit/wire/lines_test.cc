#include "lib/wire/lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace muster::wire {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> LinesIn(const std::vector<std::string>& pieces, size_t limit = 100) {
  std::vector<std::string> lines;
  const LineSink sink = [&](std::string_view line) {
    lines.emplace_back(line);
    return true;
  };
  LineSplitter splitter(limit);
  for (const std::string& piece : pieces) {
    const Result<bool> fed = splitter.Feed(piece, sink);
    if (!fed) return {fed.error().message};
  }
  EXPECT_TRUE(splitter.Finish(sink).value());
  return lines;
}

TEST(LineSplitter, GivesTheSameLinesHoweverTheTextIsCut) {
  const std::string text = "{\"a\":1}\n\n{\"b\":2}\r\n\r\nlast";
  for (size_t i = 0; i <= text.size(); ++i) {
    for (size_t j = i; j <= text.size(); ++j) {
      EXPECT_THAT(LinesIn({text.substr(0, i), text.substr(i, j - i), text.substr(j)}),
                  ElementsAre("{\"a\":1}", "{\"b\":2}", "last"));
    }
  }
}

TEST(LineSplitter, BoundsALineInOnePieceOrMany) {
  EXPECT_THAT(LinesIn({"abcde\n"}, 5), ElementsAre("abcde"));
  EXPECT_THAT(LinesIn({"abcdef\n"}, 5), ElementsAre(::testing::HasSubstr("more than 5 bytes")));
  EXPECT_THAT(LinesIn({"abc", "def"}, 5), ElementsAre(::testing::HasSubstr("more than 5 bytes")));
}

TEST(LineSplitter, StopsWhenTheSinkWantsNoMore) {
  LineSplitter splitter(100);
  int calls = 0;
  const LineSink once = [&](std::string_view) { return ++calls < 2; };
  EXPECT_FALSE(splitter.Feed("a\nb\nc\n", once).value());
  EXPECT_EQ(calls, 2);
}

}  // namespace
}  // namespace muster::wire
