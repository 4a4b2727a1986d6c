#include "kubectl-plugin/core/safe_text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "kubectl-plugin/core/page.h"
#include "kubectl-plugin/core/utf8.h"
#include "lib/base/strings.h"
#include "lib/json/text.h"

namespace muster::plugin {
namespace {

struct TextCase {
  const char* name;
  std::string given;
  std::string safe;
};

class SafeTextCases : public ::testing::TestWithParam<TextCase> {};

TEST_P(SafeTextCases, IsOneHarmlessLine) { EXPECT_EQ(SafeText(GetParam().given), GetParam().safe); }

INSTANTIATE_TEST_SUITE_P(
    All, SafeTextCases,
    ::testing::Values(TextCase{"Plain", "needs 8 x 4 cpu", "needs 8 x 4 cpu"}, TextCase{"Empty", "", ""},
                      TextCase{"Escape", "\x1b[31mred", "^[[31mred"}, TextCase{"Bell", "a\ab", "a^Gb"},
                      TextCase{"Delete", "a\x7f", "a^?"}, TextCase{"Nul", std::string("a\0b", 3), "a^@b"},
                      TextCase{"LineBreaks", "a\r\nb\tc", "a b c"},
                      TextCase{"C1",
                               "\xc2\x9b"
                               "2J",
                               "<U+009B>2J"},
                      TextCase{"BidiOverride",
                               "\xe2\x80\xae"
                               "gnp",
                               "<U+202E>gnp"},
                      TextCase{"Isolate",
                               "\xe2\x81\xa6"
                               "x",
                               "<U+2066>x"},
                      TextCase{"Invisible", "\xe2\x80\x8b", "<U+200B>"},
                      TextCase{"LineSeparator", "\xe2\x80\xa8", "<U+2028>"},
                      TextCase{"TagCharacters", "\xf3\xa0\x80\x81", "<U+E0001>"},
                      TextCase{"BrokenUtf8", "a\xff\xc3", "a\xef\xbf\xbd\xef\xbf\xbd"},
                      TextCase{"Overlong", "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},
                      TextCase{"Surrogate", "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
                      TextCase{"Wide", "\xe6\x95\xb0", "\xe6\x95\xb0"}),
    [](const auto& parameter) { return parameter.param.name; });

TEST(SafeText, LeavesNothingUnsafeWhateverComes) {
  std::mt19937 random(7);
  for (int i = 0; i < 2000; ++i) {
    std::string bytes(random() % 40, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    const std::string safe = SafeText(bytes);
    for (std::string_view rest = safe; !rest.empty();) EXPECT_TRUE(IsSafe(TakeCodePoint(rest)));
    EXPECT_EQ(SafeText(safe), safe);
  }
}

// Nothing unsafe can be put on a page, and it is measured as it will be shown.
TEST(Span, IsSafeFromTheBeginning) {
  const Page page{{{"a\x1b[2J"}, {"\xe2\x80\xae", Tone::kBad}}, {{std::string("b\nc")}}};
  EXPECT_EQ(Print(page, {}), "a^[[2J<U+202E>\nb c\n");
  EXPECT_EQ(LineWidth(page.front()), 14U);
  Table table(1);
  table.Add({{"\x1b"}, {"x"}});
  table.Add({{"ab"}, {"y"}});
  EXPECT_EQ(Print(table.Lines(), {}), "^[ x\nab y\n");
}

// The doors through which text leaves: what is made safe elsewhere as well hides a place where it is not.
TEST(SafeText, IsCalledWhereTextLeavesAlone) {
  std::vector<std::string> callers;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(MUSTER_SOURCE_DIR "/kubectl-plugin")) {
    if (!entry.is_regular_file()) continue;
    const std::ifstream file(entry.path());
    std::stringstream text;
    text << file.rdbuf();
    if (text.str().find("SafeText(") != std::string::npos) callers.push_back(entry.path().filename().string());
  }
  std::sort(callers.begin(), callers.end());
  EXPECT_EQ(Join(callers, " "), "output.cc page.h safe_text.cc safe_text.h");
}

TEST(EscapeJson, KeepsTheDataAndEscapesWhatATerminalActsUpon) {
  const json::Value value("a\x1b\xc2\x9b\xe2\x80\xae\xf3\xa0\x80\x81\xe6\x95\xb0");
  const std::string text = EscapeJson(json::Write(value));
  EXPECT_EQ(text, "\"a\\u001B\\u009b\\u202e\\udb40\\udc01\xe6\x95\xb0\"");
  EXPECT_EQ(*json::Parse(text), value);
}

}  // namespace
}  // namespace muster::plugin
