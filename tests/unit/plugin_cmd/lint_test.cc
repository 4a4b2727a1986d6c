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
#include "lib/api/workload.h"
#include "lib/base/strings.h"
#include "lib/client/yaml.h"
#include "lib/json/text.h"
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

std::string WorkloadText(const std::string& spec) {
  return "apiVersion: muster.dev/v1alpha1\nkind: Workload\nmetadata: {name: w}\nspec:\n" + spec +
         "  roles:\n  - name: a\n    deployment: {spec: {template: {spec: {containers: [{name: c, image: i}]}}}}\n";
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

// "a.b[0].c": the place, made where it is not there.
json::Value& PlaceAt(json::Value& root, std::string_view path) {
  json::Value* place = &root;
  for (const std::string& step : Split(path, '.')) {
    const size_t bracket = step.find('[');
    place = &place->Mutable(step.substr(0, bracket));
    if (bracket == std::string::npos) continue;
    place = &place->MutableItems().at(std::stoul(step.substr(bracket + 1)));
  }
  return *place;
}

// tests/crds/run.sh asks the API server the same.
TEST(Lint, JudgesPastedSpecsAsTheApiServerDoes) {
  const std::string pod = R"("spec":{"containers":[{"name":"c","image":"i"}]}})";
  int64_t rows = 0;
  for (const std::string& line : Split(TextAt(fs::path(MUSTER_SOURCE_DIR) / "tests/crds/pasted.tsv"), '\n')) {
    if (line.empty() || line.starts_with("#")) continue;
    const std::vector<std::string> row = Split(line, '\t');
    ASSERT_EQ(row.size(), 4U) << line;
    const auto kind = api::RoleKindOf(row[0]);
    ASSERT_TRUE(kind.has_value()) << line;
    json::Value spec = json::Parse(R"({"template":{"metadata":{"labels":{"a":"b"}},)" + pod + "}").value();
    if (*kind == api::RoleKind::kJob) {
      PlaceAt(spec, "template.spec.restartPolicy") = "Never";
    } else {
      PlaceAt(spec, "selector.matchLabels.a") = "b";
    }
    PlaceAt(spec, row[1]) = json::Parse(row[2]).value();
    const std::string field(api::FieldOf(*kind));
    const json::Value document = json::Object{
        {"apiVersion", "muster.dev/v1alpha1"},
        {"kind", "Workload"},
        {"metadata", json::Object{{"name", "w"}}},
        {"spec", json::Object{{"roles", json::Array{json::Object{{"name", "r"},
                                                                 {field, json::Object{{"spec", std::move(spec)}}}}}}}}};
    const PluginRun run = Lint(json::Write(document));
    const std::vector<Found> found = FindingsIn(run.out);
    ++rows;
    if (row[3] == "-") {
      EXPECT_EQ(run.exit, 0) << line << "\n" << run.out << run.err;
      continue;
    }
    EXPECT_EQ(run.exit, 1) << line;
    const std::string wanted = "spec.roles[0]." + field + ".spec." + row[3];
    EXPECT_TRUE(std::any_of(found.begin(), found.end(), [&](const Found& one) { return one.path == wanted; }))
        << line << "\nlint says:\n"
        << run.out << run.err;
    for (const Found& one : found)
      EXPECT_THAT(one.text, HasSubstr(";")) << "no remedy: " << one.path << ": " << one.text;
  }
  EXPECT_GT(rows, 100);
}

// Each finding has the line of the field, not that of its parent.
TEST(Lint, GivesTheLineOfTheField) {
  const std::string head =
      "apiVersion: muster.dev/v1alpha1\nkind: Workload\nmetadata:\n  name: w\nspec:\n  roles:\n    - name: r\n";
  const std::string pod =
      "          template:\n            spec:\n              containers:\n                - name: c\n"
      "                  image: i\n";
  const struct {
    std::string body;
    std::string said;
  } cases[] = {
      {"      statefulSet:\n        spec:\n          replicas: 2\n          podManagementPolicy: OrderedReady\n" + pod,
       "f.yaml:11: spec.roles[0].statefulSet.spec.podManagementPolicy: must not be OrderedReady"},
      {"      deployment:\n        spec:\n          replicas: 2\n          paused: true\n" + pod,
       "f.yaml:11: spec.roles[0].deployment.spec.paused: must not be true"},
      {"      deployment:\n        metadata:\n          labels:\n            a: b\n            muster.dev/role: x\n"
       "        spec:\n" +
           pod,
       "f.yaml:12: spec.roles[0].deployment.metadata.labels.muster.dev/role: labels under muster.dev/ must not"},
      {"      deployment:\n        spec:\n" + pod +
           "                  env:\n                    - name: A\n                      value: 8585\n",
       "f.yaml:17: spec.roles[0].deployment.spec.template.spec.containers[0].env[0].value: is 8585, not text; put it "
       "in "
       "quotes"},
      {"      deployment:\n        spec:\n" + pod +
           "                  resources:\n                    limits:\n                      nvidia.com/gpu: 0.5\n",
       "f.yaml:17: spec.roles[0].deployment.spec.template.spec.containers[0].resources.limits.nvidia.com/gpu: is 0.5; "
       "devices are whole"},
  };
  for (const auto& [body, said] : cases) EXPECT_THAT(Lint(head + body).out, HasSubstr(said)) << body;
}

TEST(Lint, SaysWhatToRemoveFromAWholeObject) {
  const std::string text =
      "apiVersion: muster.dev/v1alpha1\nkind: Workload\nmetadata: {name: w}\nspec:\n  roles:\n  - name: a\n"
      "    deployment:\n      apiVersion: apps/v1\n      kind: Deployment\n      metadata:\n        name: n\n"
      "        namespace: m\n        creationTimestamp: null\n        uid: x\n        labels: {app: web}\n"
      "      spec: {template: {metadata: {creationTimestamp: null}, spec: {containers: [{name: c, image: i}]}}}\n"
      "      status: {}\n"
      "  - name: b\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {name: n}\n"
      "    spec: {template: {spec: {containers: [{name: c, image: i}]}}}\n";
  const PluginRun run = Lint(text);
  EXPECT_EQ(run.exit, 1);
  for (const char* said :
       {"f.yaml:8: spec.roles[0].deployment.apiVersion: is not a field of this release; remove it",
        "f.yaml:9: spec.roles[0].deployment.kind: is not a field of this release; remove it",
        "f.yaml:11: spec.roles[0].deployment.metadata.name: is not a field of this release; remove it; Muster names",
        "f.yaml:12: spec.roles[0].deployment.metadata.namespace: is not a field of this release; remove it",
        "f.yaml:13: spec.roles[0].deployment.metadata.creationTimestamp: is not a field of this release; remove it",
        "f.yaml:14: spec.roles[0].deployment.metadata.uid: is not a field of this release; remove it",
        "f.yaml:17: spec.roles[0].deployment.status: is not a field of this release; remove it",
        "f.yaml:19: spec.roles[1].apiVersion: is not a field of this release; remove it",
        "f.yaml:21: spec.roles[1].metadata: is not a field of this release; move it below deployment",
        "f.yaml:22: spec.roles[1].spec: is not a field of this release; move it below deployment"}) {
    EXPECT_THAT(run.out, HasSubstr(said));
  }
  EXPECT_EQ(std::count(run.out.begin(), run.out.end(), '\n'), 12) << run.out;
}

TEST(Lint, SaysWhenRolesAreTooLargeForTheOperator) {
  const std::string head =
      "apiVersion: muster.dev/v1alpha1\nkind: Workload\nmetadata: {name: w}\nspec:\n  roles:\n  - name: a\n    job:\n"
      "      spec: {template: {metadata: {annotations: {x: ";
  const std::string tail = "}}, spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}}\n";
  const PluginRun run = Lint(head + std::string(300'000, 'x') + tail);
  EXPECT_EQ(run.exit, 1);
  EXPECT_THAT(run.out, HasSubstr("spec.roles: is 300"));
  EXPECT_THAT(run.out, HasSubstr(" bytes; at most 262144 bytes of roles are allowed: move what is large"));
  EXPECT_THAT(Lint(head + "x" + tail).out, ::testing::Not(HasSubstr("bytes of roles")));
}

TEST(Lint, ReadsFoldersAsKubectlDoes) {
  const std::string good = WorkloadText("");
  PluginSetting setting;
  setting.files = {{"m/a.yaml", good},
                   {"m/b.yml", good},
                   {"m/c.json", "{}"},
                   {"m/notes.txt", "a: ["},
                   {"m/below/d.yaml", good},
                   {"chart/Chart.yaml", "name: web\n"},
                   {"chart/values.yaml", ""},
                   {"chart/templates/x.yaml", "a: {{ .Values.x }}\n"},
                   {"e/r.txt", ""}};
  MemoryCluster cluster;
  const auto lint = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words{"lint"};
    words.insert(words.end(), more.begin(), more.end());
    const PluginRun run = RunPlugin(cluster, words, setting);
    return std::to_string(run.exit) + " " + run.out + run.err;
  };
  EXPECT_THAT(lint({"-f", "m"}), HasSubstr("2 objects checked, nothing found"));
  EXPECT_THAT(lint({"-f", "m/", "-R"}), HasSubstr("3 objects checked, nothing found"));
  EXPECT_THAT(lint({"-f", "m/a.yaml,m/b.yml", "-f", "m/below"}), HasSubstr("3 objects checked, nothing found"));
  EXPECT_THAT(lint({"-f", "e"}), HasSubstr("1 error: e: has no .yaml, .yml or .json file; check the path, or add -R"));
  EXPECT_THAT(
      lint({"-f", "chart"}),
      HasSubstr("error: chart: is a Helm chart; render it first: helm template chart | kubectl workload lint -f -"));
  EXPECT_THAT(
      lint({"-f", "chart/templates/x.yaml"}),
      HasSubstr("chart/templates/x.yaml:1: is a Helm template, no manifest; render it first: helm template chart | "
                "kubectl workload lint -f -"));
  EXPECT_THAT(lint({"-f", "https://example.com/a.yaml"}), HasSubstr("download it first: curl"));
}

TEST(Lint, RecognizesTemplates) {
  const std::pair<std::string, std::string> kCases[] = {
      {"{{- if .Values.enabled }}\na: 1\n{{- end }}\n", "f.yaml:1: is a Helm template"},
      {"a: 1\nb: \"{{ .Values.image }}\"\n", "f.yaml:2: is a Helm template"},
      {"a:\n  {{ toYaml .x | nindent 2 }}\n", "f.yaml:2: is a Helm template"},
      {"a: 1\n{{ range .items }}\nb: 2\n", "f.yaml:2: is a template, no manifest; render it first, with Helm"},
  };
  for (const auto& [text, said] : kCases) {
    const PluginRun run = Lint(text);
    EXPECT_EQ(run.exit, 1) << text;
    EXPECT_THAT(run.out, HasSubstr(said)) << text;
    EXPECT_THAT(run.out, HasSubstr("helm template CHART | kubectl workload lint -f -")) << text;
  }
  // Braces that mean something else.
  EXPECT_EQ(Lint("# {{ .Values.x }}\n" + WorkloadText("")).exit, 0);
  EXPECT_EQ(Lint(WorkloadText("  gang: {policy: None}\n") +
                 "  - name: b\n    deployment: {spec: {template: {spec: {containers: "
                 "[{name: c, image: i, args: [\"{{ $labels.a }}\"]}]}}}}\n")
                .exit,
            0);
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
