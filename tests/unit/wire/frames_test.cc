#include "lib/wire/frames.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace muster::wire {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Frame(const std::string& bytes) {
  return std::string{'\0', '\0', '\0', static_cast<char>(bytes.size())} + bytes;
}

std::vector<std::string> FramesIn(const std::vector<std::string>& pieces, size_t limit = 100) {
  std::vector<std::string> frames;
  const LineSink sink = [&](std::string_view frame) {
    frames.emplace_back(frame);
    return true;
  };
  FrameSplitter splitter(limit);
  for (const std::string& piece : pieces) {
    const Result<bool> fed = splitter.Feed(piece, sink);
    if (!fed) return {fed.error().message};
  }
  return frames;
}

TEST(FrameSplitter, GivesTheSameFramesHoweverTheBytesAreCut) {
  const std::string bytes = Frame("one") + Frame("") + Frame("a\nb") + Frame("four");
  for (size_t i = 0; i <= bytes.size(); ++i) {
    for (size_t j = i; j <= bytes.size(); ++j) {
      EXPECT_THAT(FramesIn({bytes.substr(0, i), bytes.substr(i, j - i), bytes.substr(j)}),
                  ElementsAre("one", "", "a\nb", "four"));
    }
  }
}

TEST(FrameSplitter, BoundsAFrameAndRefusesWhatIsNotFramed) {
  EXPECT_THAT(FramesIn({Frame("abcde")}, 5), ElementsAre("abcde"));
  EXPECT_THAT(FramesIn({Frame("abcdef")}, 5), ElementsAre(HasSubstr("at most 5 are taken")));
  EXPECT_THAT(FramesIn({"{\"type\":\"ADDED\"}\n"}), ElementsAre(HasSubstr("a frame of 2065855609 bytes")));
}

TEST(FrameSplitter, StopsWhenTheSinkWantsNoMore) {
  FrameSplitter splitter(100);
  int calls = 0;
  const LineSink once = [&](std::string_view) { return ++calls < 2; };
  EXPECT_FALSE(splitter.Feed(Frame("a") + Frame("b") + Frame("c"), once).value());
  EXPECT_EQ(calls, 2);
}

}  // namespace
}  // namespace muster::wire
