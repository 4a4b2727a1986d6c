// docs/plugin.md says of every verb which flags it has, and of every field that -o json prints that it exists.
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "kubectl-plugin/cmd/flags.h"
#include "kubectl-plugin/cmd/verb.h"
#include "lib/base/strings.h"
#include "lib/client/yaml.h"
#include "lib/json/text.h"
#include "tests/scenario/plugin/support/plugin_run.h"

namespace muster::testing {
namespace {

std::string Slurp(const std::string& path) {
  std::ifstream file(std::string(MUSTER_SOURCE_DIR) + "/" + path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

void CollectKeys(const json::Value& value, std::set<std::string>& keys) {
  for (const auto& [key, member] : value.Members()) {
    keys.insert(key);
    CollectKeys(member, keys);
  }
  for (const json::Value& item : value.Items()) CollectKeys(item, keys);
}

TEST(Documentation, NamesEveryVerbAndFlag) {
  const std::string page = Slurp("docs/plugin.md");
  for (const plugin::Verb& verb : plugin::Verbs()) {
    const std::string name(verb.name);
    const bool has_section =
        page.find("### `" + name) != std::string::npos || page.find("`" + name + " NAME") != std::string::npos;
    EXPECT_TRUE(has_section) << name;
    for (const plugin::FlagWord& flag : plugin::FlagWords(name)) {
      if (flag.name == "--help" || !flag.name.starts_with("--")) continue;
      EXPECT_NE(page.find(flag.name), std::string::npos) << name << " " << flag.name;
    }
  }
}

TEST(Documentation, NamesEveryFieldOfTheShapes) {
  const std::string page = Slurp("docs/plugin.md");
  const std::string given = "tests/scenario/plugin/given/";
  MemoryCluster cluster;
  for (const char* file : {"one-waits.yaml", "events.yaml", "cluster.yaml", "troubles.yaml", "queue.yaml"}) {
    const auto documents = client::ParseYamlDocuments(Slurp(given + file));
    ASSERT_TRUE(documents.has_value()) << file;
    for (const json::Value& document : *documents) cluster.Add(document);
  }
  PluginSetting setting;
  setting.now = ParseTime("2026-11-22T10:14:00Z").value();
  setting.files["f"] = Slurp(given + "too-large.yaml");
  setting.files["bad"] = Slurp(given + "wrong.yaml");
  for (const char* command : {"status -A", "explain train", "explain later-0 --live", "explain timeout-0", "plan -f f",
                              "timeline train", "check", "version", "lint -f bad"}) {
    const PluginRun run = RunPlugin(cluster, SplitCommand(std::string(command) + " -o json"), setting);
    const auto document = json::Parse(run.out);
    ASSERT_TRUE(document.has_value()) << command << ": " << run.out << run.err;
    EXPECT_EQ((*document)["apiVersion"].Text(), "cli.muster.dev/v1alpha1") << command;
    EXPECT_NE(page.find((*document)["kind"].Text()), std::string::npos) << command;
    std::set<std::string> keys;
    CollectKeys(*document, keys);
    EXPECT_GT(keys.size(), 4U) << command;
    for (const std::string& key : keys)
      EXPECT_NE(page.find("\"" + key + "\""), std::string::npos) << command << ": " << key;
  }
}

}  // namespace
}  // namespace muster::testing
