// `status -w` in a real terminal of several sizes, resized while it runs: it fits, nothing wraps, the scrollback stays
// as it was, it is redrawn at most five times a second, and Ctrl-C leaves the terminal as it was found.
#include <algorithm>

#include "lib/base/strings.h"
#include "lib/runtime/clock.h"
#include "tests/e2e/support/fixture.h"
#include "tests/e2e/terminal/tmux.h"

namespace muster::e2e {
namespace {

const std::string kWholeFrame = "\x1b[?2026h\x1b[H\x1b[J";  // the first, and that after a resize

struct Size {
  int columns;
  int rows;
};

size_t CountOf(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

class LiveStatus : public E2e {
 protected:
  void SetUp() override {
    E2e::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    AddNodes({.prefix = "live", .count = 2, .capacity = "cpu=4"});
    StartOperator();
    Apply(MakeWorkload("crew", {DeploymentRole("hand", 1), JobRole("tool", 1)}, {.replicas = kGroups}));
    ASSERT_TRUE(Eventually(20s, [&] { return ConditionProblem("crew", "Ready", "False"); }));
    ASSERT_TRUE(Eventually(20s, [&]() -> std::string {
      int64_t running = 0;
      for (const json::Value& group : List(api::kPodGroups)) running += group["status"]["state"].Text() == "Running";
      return Differs("running groups", running, 4);
    }));
  }

  std::string Command() const { return "kubectl workload status crew -w -n " + ns(); }
  std::string Record() { return cluster().run_dir() + "/log/terminal." + ns(); }

  // What is wrong with a screen of that size; "" when it is whole.
  static std::string WhatIsWrong(Tmux& terminal, const Size& size) {
    const Picture picture = terminal.Look();
    const std::vector<std::string>& screen = picture.lines;
    std::string text = Join(screen, "\n");
    if (screen.size() < 4) return "only this:\n" + text;
    if (static_cast<int>(screen.size()) > size.rows) return "too many lines:\n" + text;
    if (!screen[0].starts_with("Workload ")) return "the header is not on top:\n" + text;
    // The Workload's reason takes a line of its own where it does not fit beside the name.
    const auto is_title = [](const std::string& line) { return line.starts_with("GROUP "); };
    if (!std::any_of(screen.begin() + 2, screen.begin() + 4, is_title)) {
      return "no titles in the third or fourth line:\n" + text;
    }
    if (screen != picture.unwrapped) return "a line wraps:\n" + text;
    for (const std::string& line : screen) {
      if (Columns(line) > static_cast<size_t>(size.columns)) return "a line is too long:\n" + text;
    }
    // Every group is there, or counted.
    int64_t groups = 0;
    bool healthy = false;
    const bool folded = text.find(" more") != std::string::npos;  // what all fits stands in the order of the groups
    for (const std::string& line : screen) {
      const bool is_group = line.starts_with("├─ crew-") || line.starts_with("└─ crew-");
      groups += is_group ? 1 : 0;
      if (folded && is_group && healthy && line.find("Waiting") != std::string::npos)
        return "unhealthy ones last:\n" + text;
      healthy = healthy || (is_group && line.find("Running") != std::string::npos);
      const size_t more = line.find('+');
      if (line.find(" more") != std::string::npos && more != std::string::npos)
        groups += std::stol(line.substr(more + 1));
    }
    return groups == kGroups ? "" : "shows or counts " + std::to_string(groups) + " groups:\n" + text;
  }

  // What is wrong and stays so. One look may fall into the middle of a frame, which is right when its last bytes have
  // come. Damage is not: only lines that change are written, so nothing mends a picture that has moved or was cut.
  static std::string Damage(Tmux& terminal, const Size& size) {
    const auto mended = Eventually(100ms, [&] { return WhatIsWrong(terminal, size); });
    return mended ? "" : mended.message();
  }

  static constexpr int kGroups = 12;
};

TEST_F(LiveStatus, FitsAndLeavesNothingBehind) {
  Tmux terminal(cluster().ProgramEnvironment(), 80, 24, Record());
  ASSERT_TRUE(Eventually(5s, [&] {
    return terminal.Screen() == std::vector<std::string>{"prompt>"} ? "" : Join(terminal.Screen(), "\n");
  }));
  terminal.Type({Command(), "Enter"});
  ASSERT_TRUE(Eventually(10s, [&] { return WhatIsWrong(terminal, {80, 24}); }));
  EXPECT_EQ(terminal.Value("#{cursor_flag}"), "0");
  const std::string history = terminal.Value("#{history_size}");
  for (const Size& size : {Size{40, 10}, Size{120, 40}, Size{40, 10}, Size{80, 24}}) {
    const size_t whole = CountOf(terminal.Bytes(), kWholeFrame);
    terminal.Resize(size.columns, size.rows);
    ASSERT_TRUE(Eventually(5s, [&] { return CountOf(terminal.Bytes(), kWholeFrame) > whole ? "" : "not drawn anew"; }));
    EXPECT_TRUE(Eventually(5s, [&] { return WhatIsWrong(terminal, size); })) << size.columns << "x" << size.rows;
    EXPECT_EQ(terminal.Value("#{history_size}"), history);
  }
  terminal.Type({"C-c"});
  EXPECT_TRUE(Eventually(5s, [&] {
    const std::vector<std::string> screen = terminal.Screen();
    return !screen.empty() && screen.back() == "prompt>" ? "" : Join(screen, "\n");
  }));
  EXPECT_EQ(terminal.Value("#{cursor_flag} #{wrap_flag} #{alternate_on}"), "1 1 0");
  // The last picture stays to be read.
  EXPECT_NE(Join(terminal.Screen(), "\n").find("GROUP "), std::string::npos);
  terminal.Type({"echo exit $?", "Enter"});
  EXPECT_TRUE(Eventually(5s, [&] {
    const std::string text = Join(terminal.Screen(), "\n");
    return text.find("\nexit 130") != std::string::npos ? "" : text;
  }));
}

TEST_F(LiveStatus, RedrawsWhatChangedAndAtMostFiveTimesASecond) {
  Tmux terminal(cluster().ProgramEnvironment(), 80, 24, Record());
  terminal.Type({Command(), "Enter"});
  ASSERT_TRUE(Eventually(10s, [&] { return WhatIsWrong(terminal, {80, 24}); }));
  const std::string frame = "\x1b[?2026h";
  const size_t before = CountOf(terminal.Bytes(), frame);
  const Instant began = runtime::RealClock().Now();
  for (int i = 0; i < 60; ++i)
    Patch(api::kWorkloads, "crew", json::Object{{"spec", json::Object{{"replicas", 12 + i % 2}}}});
  Patch(api::kWorkloads, "crew", json::Object{{"spec", json::Object{{"replicas", kGroups}}}});
  ASSERT_TRUE(Eventually(20s, [&] { return WhatIsWrong(terminal, {80, 24}); }));
  const std::string bytes = terminal.Bytes();
  const double seconds = Seconds(runtime::RealClock().Now() - began);
  const size_t frames = CountOf(bytes, frame) - before;
  EXPECT_GT(frames, 1U);
  EXPECT_LE(static_cast<double>(frames), 5 * seconds + 1);
  // Only the first is a whole frame: then lines change, and nothing is cleared but they.
  const size_t first = bytes.find(kWholeFrame);
  ASSERT_NE(first, std::string::npos);
  const std::string later = bytes.substr(first + kWholeFrame.size());
  for (const char* clear : {"\x1b[J", "\x1b[2J"}) EXPECT_EQ(CountOf(later, clear), 0U) << "all is cleared: it flickers";
  PrintFigure("frames a second under changes", static_cast<double>(frames) / seconds);
  terminal.Type({"C-c"});
  EXPECT_TRUE(Eventually(5s, [&] { return terminal.Value("#{cursor_flag}") == "1" ? "" : "the cursor is hidden"; }));
}

// An echoed line end on the last row would scroll the picture; a stopped one would leave the shell without a cursor.
TEST_F(LiveStatus, WhatIsTypedDoesNotDisturbItAndQEndsIt) {
  Tmux terminal(cluster().ProgramEnvironment(), 80, 24, Record());
  terminal.Type({Command(), "Enter"});
  ASSERT_TRUE(Eventually(10s, [&] { return WhatIsWrong(terminal, {80, 24}); }));
  const size_t before = terminal.Bytes().size();
  terminal.Type({"xx", "Enter", "Enter", "C-z", "C-\\", "yy"});
  EXPECT_TRUE(Stays(2s, [&] { return Damage(terminal, {80, 24}); }));
  const std::string written = terminal.Bytes().substr(before);
  for (const char* echo : {"xx", "yy", "^Z", "^\\"}) EXPECT_EQ(CountOf(written, echo), 0U) << "echoed: " << echo;
  terminal.Type({"q"});
  EXPECT_TRUE(Eventually(5s, [&] {
    const std::vector<std::string> screen = terminal.Screen();
    return !screen.empty() && screen.back() == "prompt>" ? "" : Join(screen, "\n");
  }));
  EXPECT_EQ(terminal.Value("#{cursor_flag} #{wrap_flag} #{alternate_on}"), "1 1 0");
  terminal.Type({"echo seen", "Enter"});
  EXPECT_TRUE(Eventually(5s, [&] {
    const std::string text = Join(terminal.Screen(), "\n");
    return text.find("prompt> echo seen\nseen") != std::string::npos ? "" : "nothing is echoed any more:\n" + text;
  }));
}

TEST_F(LiveStatus, EndsWhenTheWorkloadIsDeleted) {
  Tmux terminal(cluster().ProgramEnvironment(), 80, 24, Record());
  terminal.Type({Command(), "Enter"});
  ASSERT_TRUE(Eventually(10s, [&] { return WhatIsWrong(terminal, {80, 24}); }));
  Delete(api::kWorkloads, "crew");
  EXPECT_TRUE(Eventually(10s, [&] {
    const std::string text = Join(terminal.Screen(), "\n");
    return text.find("was deleted") != std::string::npos && text.ends_with("prompt>") ? "" : text;
  }));
  EXPECT_EQ(terminal.Value("#{cursor_flag} #{wrap_flag} #{alternate_on}"), "1 1 0");
}

}  // namespace
}  // namespace muster::e2e
