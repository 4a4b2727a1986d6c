// lint against the cases that the API server judges in tests/crds: what it refuses is found offline, and for the same
// reason; what it accepts is let pass. Then YAML that is meant to hurt.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "kubectl-plugin/cmd/embedded.h"
#include "kubectl-plugin/core/cel.h"
#include "lib/base/strings.h"
#include "lib/client/yaml.h"
#include "tests/scenario/plugin/support/plugin_run.h"

namespace muster::testing {
namespace {

using ::testing::HasSubstr;

namespace fs = std::filesystem;

std::string TextAt(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> FilesOf(const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(fs::path(MUSTER_SOURCE_DIR) / folder)) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  EXPECT_FALSE(files.empty()) << folder;
  return files;
}

PluginRun Lint(const std::string& text) {
  MemoryCluster cluster;
  PluginSetting setting;
  setting.files["f.yaml"] = text;
  return RunPlugin(cluster, {"lint", "-f", "f.yaml"}, setting);
}

// "f.yaml:LINE: PATH: TEXT"
struct Found {
  int64_t line = 0;
  std::string path;
  std::string text;
};

std::vector<Found> FindingsIn(const std::string& out) {
  std::vector<Found> found;
  for (const std::string& line : Split(out, '\n')) {
    if (!line.starts_with("f.yaml:")) continue;
    Found one;
    const size_t colon = line.find(':', 7);
    EXPECT_TRUE(ParseInteger(line.substr(7, colon - 7), one.line)) << line;
    const std::string rest = line.substr(colon + 2);
    one.path = rest.substr(0, rest.find(": "));
    one.text = rest.substr(std::min(rest.size(), one.path.size() + 2));
    found.push_back(one);
  }
  return found;
}

// Whether a finding says what the API server says: `wanted` is a rule's message, or begins with a field, or names an
// unknown one.
bool Says(const Found& finding, const std::string& wanted) {
  const std::string whole = finding.path + " " + finding.text;
  if (whole.find(wanted) != std::string::npos) return true;
  constexpr std::string_view kUnknown = "unknown field \"";
  if (wanted.starts_with(kUnknown)) return wanted == std::string(kUnknown) + finding.path + "\"";
  const std::string field = wanted.substr(0, wanted.find(": "));
  if (field.find(' ') == std::string::npos) return finding.path.starts_with(field);
  return wanted.find(" items") != std::string::npos && finding.path == "spec.roles";
}

TEST(Lint, FindsWhatTheApiServerRefuses) {
  for (const std::string& file : FilesOf("tests/crds/refused")) {
    const std::string text = TextAt(file);
    const std::string wanted = Split(text, '\n').front().substr(std::string("# refuse: ").size());
    const PluginRun run = Lint(text);
    EXPECT_EQ(run.exit, 1) << file;
    const std::vector<Found> found = FindingsIn(run.out);
    EXPECT_TRUE(std::any_of(found.begin(), found.end(), [&](const Found& one) { return Says(one, wanted); }))
        << file << " is refused with: " << wanted << "\nlint says:\n"
        << run.out << run.err;
    for (const Found& one : found) EXPECT_GT(one.line, 1) << file << ": " << one.text;
  }
}

TEST(Lint, LetsPassWhatTheApiServerAccepts) {
  for (const char* folder : {"tests/crds/accepted", "config/samples"}) {
    for (const std::string& file : FilesOf(folder)) {
      const std::string text = TextAt(file);
      if (text.find("muster.dev/v1alpha1") == std::string::npos) continue;
      const PluginRun run = Lint(text);
      EXPECT_EQ(run.exit, 0) << file << "\n" << run.out << run.err;
    }
  }
}

void CollectRules(const json::Value& schema, std::vector<std::string>& rules) {
  for (const json::Value& entry : schema["x-kubernetes-validations"].Items()) rules.push_back(entry["rule"].Text());
  for (const auto& [name, member] : schema.Members()) {
    if (name != "x-kubernetes-validations") CollectRules(member, rules);
  }
  for (const json::Value& item : schema.Items()) CollectRules(item, rules);
}

TEST(Lint, UnderstandsEveryRuleOfTheCrds) {
  for (const std::string_view text : {plugin::WorkloadCrdText(), plugin::PodGroupCrdText()}) {
    const Result<json::Value> crd = client::ParseYaml(text);
    ASSERT_TRUE(crd.has_value()) << crd.error().message;
    std::vector<std::string> rules;
    CollectRules(*crd, rules);
    EXPECT_GE(rules.size(), 2U);
    for (const std::string& rule : rules) {
      const auto parsed = plugin::CelRule::Parse(rule);
      EXPECT_TRUE(parsed.has_value()) << rule << "\n" << (parsed.has_value() ? "" : parsed.error().message);
    }
  }
}

std::string WorkloadText(const std::string& spec) {
  return "apiVersion: muster.dev/v1alpha1\nkind: WorkloadText\nmetadata: {name: w}\nspec:\n" + spec +
         "  roles:\n  - name: a\n    deployment: {spec: {template: {spec: {containers: [{name: c, image: i}]}}}}\n";
}

// One line each, and at once, whatever the file holds.
TEST(Lint, SaysInOneLineWhatIsWrongWithTheYaml) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 30; ++i) {
    const std::string name = "a" + std::to_string(i);
    const std::string before = "*a" + std::to_string(i - 1);
    bomb.append(name).append(": &").append(name).append(" [").append(Join({before, before}, ", ")).append("]\n");
  }
  const struct {
    std::string text;
    std::string said;
  } cases[] = {
      {bomb, "aliases expand to more than"},
      {WorkloadText("  replicas: 1\n  replicas: 2\n"), "f.yaml:6: invalid YAML: key \"replicas\" is set twice"},
      {WorkloadText("  replicas: 0777\n"), "f.yaml:5: spec.replicas: is 511, since it is written 0777; write 511"},
      {WorkloadText("  replicas: yes\n"), "f.yaml:5: spec.replicas: is true (written yes), not a whole number"},
      {WorkloadText("  replicas: \"3\"\n"), "spec.replicas: is \"3\", not a whole number; remove the quotes"},
      {WorkloadText("  suspend: \"no\"\n"), "f.yaml:5: spec.suspend: is \"no\", not true or false"},
      {WorkloadText("  priorityClassName: 0777\n"), "is 511 (written 0777), not text; put it in quotes"},
      {WorkloadText("  suspend:\n\t  true\n"), "f.yaml:6: invalid YAML: a tab indents it; use spaces"},
      {WorkloadText("  gang: *nowhere\n"), "f.yaml:5: invalid YAML"},
      {std::string(10U << 20U, '#'), "larger than the limit of 4194304"},
      {std::string(100000, '['), "invalid YAML"},
      {"a: \"\x1b[31mred\nb: 1\n", "f.yaml:"},
  };
  for (const auto& [text, said] : cases) {
    const PluginRun run = Lint(text);
    EXPECT_EQ(run.exit, 1) << said;
    EXPECT_THAT(run.out, HasSubstr(said));
    EXPECT_EQ(std::count(run.out.begin(), run.out.end(), '\n'), 1) << run.out;
    EXPECT_EQ(run.out.find('\x1b'), std::string::npos);
    EXPECT_LT(run.out.size(), 400U) << said;
  }
  // What kubectl takes for true, and tabs where it takes them.
  EXPECT_EQ(Lint(WorkloadText("  suspend: yes\n")).exit, 0);
  EXPECT_EQ(Lint(WorkloadText("  gang: {\n\tpolicy: None}\n")).exit, 0);
}

TEST(Lint, BoundsWhatItSaysOfAFileThatIsAllWrong) {
  std::string text = WorkloadText("  replicas: 1\n");
  for (int i = 0; i < 50'000; ++i) text += "unknown" + std::to_string(i) + ": 1\n";
  const PluginRun run = Lint(text);
  EXPECT_EQ(run.exit, 1);
  EXPECT_LT(std::count(run.out.begin(), run.out.end(), '\n'), 1100);
}

}  // namespace
}  // namespace muster::testing
