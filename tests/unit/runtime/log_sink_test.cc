// Log lines of hostile text: each stays one line, JSON stays JSON, and nothing reaches a terminal that it would obey.
#include "lib/runtime/log_sink.h"

#include <gtest/gtest.h>

#include <random>

#include "lib/json/text.h"

namespace muster::runtime {
namespace {

const Instant kWall = *ParseTime("2026-11-22T10:00:00.123Z");

// No control character but the one line end, none of C1 either (in UTF-8: C2 80 to C2 9F).
void ExpectHarmless(const std::string& line) {
  ASSERT_TRUE(line.ends_with('\n'));
  for (size_t i = 0; i + 1 < line.size(); ++i) {
    const auto c = static_cast<unsigned char>(line[i]);
    EXPECT_TRUE(c >= 0x20 && c != 0x7F) << "at " << i << " of " << line;
    EXPECT_TRUE(c != 0xC2 || static_cast<unsigned char>(line[i + 1]) >= 0xA0) << line;
  }
}

void ExpectSaid(const std::string& text, const std::string& said) {
  const LogFields fields{{"error", text}};
  const std::string json = FormatLogLine(LogFormat::kJson, kWall, LogLevel::kWarning, text, fields);
  ExpectHarmless(json);
  const auto parsed = json::Parse(json);
  ASSERT_TRUE(parsed.has_value()) << json;
  EXPECT_EQ((*parsed)["error"].Text(), said);
  EXPECT_EQ((*parsed)["msg"].Text(), said);
  EXPECT_EQ((*parsed)["level"].Text(), "warning");
  ExpectHarmless(FormatLogLine(LogFormat::kText, kWall, LogLevel::kWarning, text, fields));
}

TEST(LogLineOfHostileText, StaysOneLineThatSaysTheSame) {
  for (const char* text : {"two\nlines\r\n", "\x1b[2J\x1b]0;title\x07", "quote\" and \\ and \",\"level\":\"info",
                           "\xC2\x9B"
                           "31m of C1",
                           "\x7F", "\xE2\x80\xA8 and \xE2\x80\xA9", "\xC3\xA4 \xE4\xB8\xAD \xF0\x9F\x98\x80",
                           "E1122 10:00:00.000000] \"forged\""}) {
    ExpectSaid(text, text);
  }
}

TEST(LogLineOfHostileText, ReplacesWhatIsNotUtf8) {
  const std::string mark = "\xEF\xBF\xBD";
  const std::pair<std::string, std::string> cases[] = {
      {"a\xFF"
       "b",
       "a" + mark + "b"},
      {"\x80", mark},
      {"\xC3", mark},
      {"\xC0\xAF", mark + mark},                        // overlong
      {"\xE0\x80\xAF", mark + mark + mark},             // overlong
      {"\xED\xA0\x80", mark + mark + mark},             // a surrogate
      {"\xF4\x90\x80\x80", mark + mark + mark + mark},  // beyond Unicode
      {"\xF0\x9F\x98", mark + mark + mark},             // cut
      {"\xC2"
       "31m",
       mark + "31m"},
  };
  for (const auto& [text, said] : cases) ExpectSaid(text, said);
}

TEST(LogLineOfHostileText, IsJsonWhateverTheBytes) {
  std::mt19937 random(20261201);
  for (int i = 0; i < 2000; ++i) {
    std::string text(random() % 40, ' ');
    for (char& c : text) c = static_cast<char>(random() % 256);
    const std::string line = FormatLogLine(LogFormat::kJson, kWall, LogLevel::kInfo, "m", {{"error", text}});
    ExpectHarmless(line);
    ASSERT_TRUE(json::Parse(line).has_value()) << line;
  }
}

}  // namespace
}  // namespace muster::runtime
