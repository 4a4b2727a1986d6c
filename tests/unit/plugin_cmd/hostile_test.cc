// Every screen, of a cluster whose every text is hostile: nothing that a terminal acts upon is printed, whatever the
// verb, the format and the paper. (How it looks is golden: tests/scenario/plugin/hostile-*.txt.)
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "kubectl-plugin/cmd/verb.h"
#include "kubectl-plugin/core/safe_text.h"
#include "kubectl-plugin/core/utf8.h"
#include "lib/client/yaml.h"
#include "lib/json/text.h"
#include "tests/scenario/plugin/support/plugin_run.h"

namespace muster::testing {
namespace {

// A screen cleared, a window's title, a bell, a line overwritten, C1, an order of text turned round, an invisible
// letter.
const std::string kHostile =
    "\x1b[2J\x1b]0;t\x07\r\n\x7f\xc2\x9b"
    "1A\xe2\x80\xae\xe2\x80\x8b";

enum class Names { kAsTheyAre, kSpoilt };

std::string TextOf(const std::string& path) {
  const std::ifstream file(std::string(MUSTER_SOURCE_DIR) + "/" + path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// What the plugin reads the meaning of stays as it is: with these spoilt there would be no screen to look at.
bool HasMeaning(const std::string& key, Names names) {
  static const std::set<std::string> kKeys{
      "apiVersion", "kind",   "namespace", "uid",         "state",          "status",
      "type",       "effect", "operator",  "allocatable", "requests",       "run",
      "renderTime", "policy", "labels",    "revision",    "updateRevision", "resourceVersion"};
  const bool is_time = key.ends_with("Time") || key.ends_with("Timestamp");
  const bool is_name = key == "name" || key == "nodeName" || key == "priorityClassName";
  return kKeys.contains(key) || is_time || (is_name && names == Names::kAsTheyAre);
}

json::Value Spoilt(const json::Value& value, Names names) {
  if (value.IsString()) return value.Text() + kHostile;
  if (value.IsArray()) {
    json::Array items;
    for (const json::Value& item : value.Items()) items.push_back(Spoilt(item, names));
    return items;
  }
  json::Value spoilt = value;
  for (const auto& [key, member] : value.Members()) {
    const bool keep = HasMeaning(key, names) && !(key == "status" && member.IsObject());
    if (!keep) spoilt.Set(key, Spoilt(member, names));
  }
  return spoilt;
}

void Fill(MemoryCluster& cluster, Names names) {
  for (const char* file : {"cluster", "one-waits", "troubles", "queue", "events", "kept"}) {
    const auto documents =
        client::ParseYamlDocuments(TextOf("tests/scenario/plugin/given/" + std::string(file) + ".yaml"));
    ASSERT_TRUE(documents.has_value()) << file;
    for (const json::Value& document : *documents) cluster.Add(Spoilt(document, names));
  }
}

// The first code point that is not safe, "" when there is none.
std::string Unsafe(std::string_view text, bool tabs) {
  const std::string_view whole = text;
  while (!text.empty()) {
    const size_t at = whole.size() - text.size();
    const char32_t point = plugin::TakeCodePoint(text);
    if (plugin::IsSafe(point) || point == '\n' || (tabs && point == '\t')) continue;
    return "U+" + std::to_string(static_cast<unsigned>(point)) + " in ..." +
           json::Write(json::Value(std::string(whole.substr(at - std::min<size_t>(at, 40), 60))));
  }
  return "";
}

void ExpectSafe(MemoryCluster& cluster, const std::string& command, const PluginSetting& setting) {
  const PluginRun run = RunPlugin(cluster, SplitCommand(command), setting);
  EXPECT_EQ(Unsafe(run.out, false), "") << command;
  EXPECT_EQ(Unsafe(run.err, false), "") << command;
  EXPECT_NE(run.out + run.err, "") << command;
}

class Hostile : public ::testing::TestWithParam<Names> {
 protected:
  Hostile() {
    setting_.now = ParseTime("2026-11-22T10:14:00Z").value();
    setting_.files["f"] = TextOf("tests/scenario/plugin/given/too-large.yaml");
    const std::string spoilt = json::Write(json::Value(kHostile));
    setting_.files["w"] = R"({"apiVersion": "muster.dev/v1alpha1", "kind": "Workload", "metadata": {"name": "w"},
        "spec": {"replicas": 2, "roles": [{"name": )" +
                          spoilt + R"(, "job": {"spec": {"parallelism": 90,
        "template": {"spec": {"nodeSelector": {)" +
                          spoilt + ": " + spoilt + R"(},
        "containers": [{"name": "c", "image": "i", "resources": {"requests": {"cpu": "2"}}}]}}}}}]}})";
    setting_.files["y"] = kHostile + ": [";
  }

  PluginSetting setting_;
};

TEST_P(Hostile, TextReachesNoTerminal) {
  MemoryCluster cluster;
  Fill(cluster, GetParam());
  for (const size_t width : {0U, 40U, 120U}) {
    setting_.terminal = {.is_terminal = width > 0, .width = std::max<size_t>(width, 1), .rows = 24, .no_color = true};
    for (const char* command : {"get -A",
                                "get -A -o wide",
                                "get -A -o json",
                                "get -A -o yaml",
                                "get -A -o name",
                                "get timeout train",
                                "get podgroup/train-1 -o wide",
                                "get podgroups -A",
                                "get -A -o jsonpath={.items[*].status}",
                                "status -A",
                                "status -A --all",
                                "status -A -o json",
                                "status -A -o yaml",
                                "status -A -o name",
                                "status train",
                                "explain train",
                                "explain train -o json",
                                "explain timeout-0 invalid taken-0 refused-0 stopping-0 failed-0",
                                "explain early-0 later-0 rests-0 held-0 --live",
                                "explain early-0 held-0 --live -o yaml",
                                "timeline train",
                                "timeline train -o json",
                                "check",
                                "check -o yaml",
                                "version",
                                "version -o json",
                                "plan -f f",
                                "plan -f w",
                                "plan -f w -o json",
                                "plan -f y",
                                "lint -f w",
                                "lint -f y",
                                "suspend nosuch",
                                "suspend train --dry-run=client",
                                "scale train --replicas=7 --dry-run=client",
                                "wait invalid",
                                "wait done",
                                "wait timeout --timeout=1s",
                                "get nosuch",
                                "nonsense"}) {
      ExpectSafe(cluster, command, setting_);
    }
  }
  for (const char* verb : {"__complete", "__complete-quoting"}) {
    EXPECT_EQ(Unsafe(RunPlugin(cluster, {verb, "get", ""}, setting_).out, true), "");
  }
}

TEST_P(Hostile, AnswersOfTheServerReachNoTerminal) {
  MemoryCluster cluster;
  Fill(cluster, GetParam());
  cluster.Refuse("/", 403, kHostile, kHostile);
  for (const char* command :
       {"get", "status", "explain train", "explain train-0 --live", "suspend train", "scale a --replicas=1",
        "wait train", "plan -f w", "timeline train", "check", "version", "lint -f f --dry-run=server"}) {
    ExpectSafe(cluster, command, setting_);
  }
  MemoryCluster broken;
  broken.Break(MakeError(Code::kUnavailable, kHostile));
  for (const char* command : {"get", "check", "version", "status -w"}) ExpectSafe(broken, command, setting_);
}

TEST_P(Hostile, WordsOfTheCommandLineReachNoTerminal) {
  MemoryCluster cluster;
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {kHostile},
           {"get", kHostile},
           {"get", kHostile + "/x"},
           {"get", "pg", kHostile},
           {"get", "--" + kHostile},
           {"get", "-o", kHostile},
           {"get", "-o", "jsonpath={" + kHostile},
           {"get", "-n", kHostile},
           {"wait", "a", "--for", kHostile},
           {"wait", "a", "--timeout", kHostile},
           {"get", "--color", kHostile},
           {"plan", "-f", kHostile},
           {"plan", kHostile},
           {"lint", "-f", kHostile},
           {"completion", kHostile},
           {"wait", "-l", kHostile},
       }) {
    const PluginRun run = RunPlugin(cluster, words, setting_);
    EXPECT_EQ(Unsafe(run.out + run.err, false), "") << words.front();
    EXPECT_NE(run.err, "") << words.front();
  }
}

INSTANTIATE_TEST_SUITE_P(All, Hostile, ::testing::Values(Names::kAsTheyAre, Names::kSpoilt), [](const auto& parameter) {
  return parameter.param == Names::kAsTheyAre ? "PlainNames" : "HostileNames";
});

}  // namespace
}  // namespace muster::testing
