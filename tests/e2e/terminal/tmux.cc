#include "tests/e2e/terminal/tmux.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "lib/base/strings.h"

namespace muster::e2e {
namespace {

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines = Split(text, '\n');
  for (std::string& line : lines) line.erase(line.find_last_not_of(' ') + 1);
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

Environment WithLocale(Environment environment) {
  environment["LC_ALL"] = "C.UTF-8";
  environment["ENV"] = "/dev/null";
  return environment;
}

}  // namespace

Tmux::Tmux(const Environment& environment, int columns, int rows, const std::string& record)
    : environment_(WithLocale(environment)),
      // Short: a socket's path has 107 bytes.
      socket_(std::filesystem::temp_directory_path().string() + "/muster-tmux." + std::to_string(getpid())),
      record_(record) {
  const CommandResult made = Run({"-u", "-f", "/dev/null", "new-session", "-d", "-s", "t", "-x",
                                  std::to_string(columns), "-y", std::to_string(rows), "/bin/sh"});
  EXPECT_EQ(made.exit_code, 0) << made.Text();
  Run({"set-option", "-g", "window-size", "manual"});
  Run({"set-option", "-g", "status", "off"});
  Resize(columns, rows);
  Type({"PS1='prompt> '; clear", "Enter"});
  const CommandResult piped = Run({"pipe-pane", "-t", "t", "-O", "cat > '" + record_ + "'"});
  EXPECT_EQ(piped.exit_code, 0) << piped.Text();
}

Tmux::~Tmux() {
  Run({"kill-server"});
  std::error_code ignored;
  std::filesystem::remove(socket_, ignored);
}

CommandResult Tmux::Run(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"tmux", "-S", socket_});
  return RunCommand(arguments, {.environment = environment_});
}

void Tmux::Type(const std::vector<std::string>& keys) {
  std::vector<std::string> arguments = {"send-keys", "-t", "t"};
  arguments.insert(arguments.end(), keys.begin(), keys.end());
  const CommandResult typed = Run(std::move(arguments));
  EXPECT_EQ(typed.exit_code, 0) << typed.Text();
}

void Tmux::Resize(int columns, int rows) {
  const CommandResult resized =
      Run({"resize-window", "-t", "t", "-x", std::to_string(columns), "-y", std::to_string(rows)});
  EXPECT_EQ(resized.exit_code, 0) << resized.Text();
}

// Both kinds of lines by one command: between two, the program may redraw.
Picture Tmux::Look() {
  const std::string between = "(unwrapped)";
  const std::string out = Run({"capture-pane", "-p", "-t", "t", ";", "display-message", "-p", between, ";",
                               "capture-pane", "-p", "-J", "-t", "t"})
                              .out;
  const size_t at = out.find(between + "\n");
  if (at == std::string::npos) return {};
  return {.lines = LinesOf(out.substr(0, at)), .unwrapped = LinesOf(out.substr(at + between.size() + 1))};
}

std::string Tmux::Value(const std::string& format) {
  const CommandResult shown = Run({"display-message", "-p", "-t", "t", format});
  return shown.out.substr(0, shown.out.find('\n'));
}

std::string Tmux::Bytes() const {
  std::ifstream file(record_, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

size_t Columns(const std::string& line) {
  size_t columns = 0;
  for (const char c : line) columns += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1 : 0;
  return columns;
}

}  // namespace muster::e2e
