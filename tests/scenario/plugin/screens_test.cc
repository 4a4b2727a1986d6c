// Golden screens: every *.txt here is a transcript. Its head says what is given, then come commands as a user types
// them, what they print ("! " before lines of standard error) and their exit code.
//
//   # Which story this tells.
//   given: one-waits.yaml         (of given/, or config/...: what this release installs)
//   forbidden: /api/v1/nodes      (beginnings of paths; left out: everything may be done)
//   now: 2026-11-22T10:14:00Z
//   terminal: 100x30 color        (left out: standard output is a file; "ascii": the locale is not UTF-8)
//
//   $ kubectl workload status train
//   Workload  ml/train ...
//   [exit 2]
//
// UPDATE_GOLDEN=1 writes what is printed now into the files instead of comparing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "lib/base/strings.h"
#include "lib/client/yaml.h"
#include "tests/scenario/plugin/support/plugin_run.h"

namespace muster::testing {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = fs::path(MUSTER_SOURCE_DIR) / "tests/scenario/plugin";

std::string Slurp(const fs::path& path) {
  const std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

struct Transcript {
  std::vector<std::string> head;  // as it stands
  std::map<std::string, std::string> settings;
  std::vector<std::string> commands;
};

Transcript Read(const std::string& text) {
  Transcript transcript;
  for (const std::string& line : Split(text, '\n')) {
    if (line.starts_with("$ ")) {
      transcript.commands.push_back(line.substr(2));
    } else if (transcript.commands.empty()) {
      transcript.head.push_back(line);
      const size_t colon = line.find(": ");
      if (!line.starts_with("#") && colon != std::string::npos) {
        transcript.settings[line.substr(0, colon)] = line.substr(colon + 2);
      }
    }
  }
  while (!transcript.head.empty() && transcript.head.back().empty()) transcript.head.pop_back();
  return transcript;
}

PluginSetting SettingOf(const Transcript& transcript) {
  PluginSetting setting;
  const auto now = transcript.settings.find("now");
  if (now != transcript.settings.end()) setting.now = ParseTime(now->second).value();
  const auto terminal = transcript.settings.find("terminal");
  if (terminal != transcript.settings.end()) {
    const std::string& text = terminal->second;
    setting.terminal.is_terminal = text.find('x') != std::string::npos;
    if (setting.terminal.is_terminal) {
      setting.terminal.width = std::stoul(text);
      setting.terminal.rows = std::stoul(text.substr(text.find('x') + 1));
    }
    setting.terminal.no_color = text.find("color") == std::string::npos;
    setting.terminal.utf8 = text.find("ascii") == std::string::npos;
  }
  for (const auto& entry : fs::directory_iterator(kFolder / "given")) {
    setting.files["given/" + entry.path().filename().string()] = Slurp(entry.path());
  }
  return setting;
}

void Fill(MemoryCluster& cluster, const Transcript& transcript) {
  if (const auto forbidden = transcript.settings.find("forbidden"); forbidden != transcript.settings.end()) {
    for (const std::string& prefix : Split(forbidden->second, ' ')) {
      cluster.Refuse(prefix, 403, "Forbidden", "User \"alice\" may not do this");
    }
  }
  const auto given = transcript.settings.find("given");
  if (given == transcript.settings.end()) return;
  for (const std::string& name : Split(given->second, ' ')) {
    if (name == "no-crds") {
      cluster.WithoutCrds();
      continue;
    }
    const bool ours = name.starts_with("config/");  // what this release installs
    const auto documents =
        client::ParseYamlDocuments(Slurp(ours ? fs::path(MUSTER_SOURCE_DIR) / name : kFolder / "given" / name));
    ASSERT_TRUE(documents.has_value()) << name << ": " << documents.error().message;
    for (const json::Value& document : *documents) cluster.Add(document);
  }
}

std::string Replay(const Transcript& transcript) {
  MemoryCluster cluster;
  Fill(cluster, transcript);
  const PluginSetting setting = SettingOf(transcript);
  std::string text = Join(transcript.head, "\n") + "\n";
  for (const std::string& command : transcript.commands) {
    std::vector<std::string> words = SplitCommand(command);
    words.erase(words.begin(), words.begin() + 2);  // kubectl workload
    const PluginRun run = RunPlugin(cluster, words, setting);
    text += "\n$ " + command + "\n" + run.out;
    if (!run.out.empty() && run.out.back() != '\n') text += "\n";
    std::vector<std::string> errors = Split(run.err, '\n');
    errors.pop_back();
    for (const std::string& line : errors) text += "! " + line + "\n";
    text += "[exit " + std::to_string(run.exit) + "]\n";
  }
  return text;
}

class Screens : public ::testing::TestWithParam<std::string> {};

TEST_P(Screens, AreAsTheyWere) {
  const fs::path path = kFolder / (GetParam() + ".txt");
  const std::string expected = Slurp(path);
  const std::string actual = Replay(Read(expected));
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path) << actual;
    return;
  }
  EXPECT_EQ(actual, expected) << "UPDATE_GOLDEN=1 rewrites " << path.filename();
}

std::vector<std::string> Names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".txt") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string TestName(const ::testing::TestParamInfo<std::string>& parameter) {
  std::string name = parameter.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Plugin, Screens, ::testing::ValuesIn(Names()), TestName);

}  // namespace
}  // namespace muster::testing
