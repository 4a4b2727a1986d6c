// The plugin's verbs on a real cluster: exit codes, what plan promises, what lint asks the API server, lists and
// watches, and completion as kubectl itself asks for it.
#include <algorithm>
#include <csignal>
#include <fstream>
#include <iterator>

#include "lib/base/strings.h"
#include "lib/json/text.h"
#include "tests/e2e/support/fixture.h"

namespace muster::e2e {
namespace {

std::string Slurp(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

class Verbs : public E2e {
 protected:
  CommandResult PluginWith(std::vector<std::string> arguments, const std::string& input) {
    arguments.insert(arguments.begin(), "workload");
    arguments.insert(arguments.end(), {"-n", ns()});
    return cluster().Kubectl(std::move(arguments), input);
  }

  std::string StatusProblem(int exit_code) {
    const CommandResult result = Plugin({"status", "w"});
    return result.exit_code == exit_code ? "" : result.Text();
  }

  // What kubectl offers for the words after "kubectl workload", without what is said of each and without its last line,
  // which is a directive.
  std::vector<std::string> Completions(std::vector<std::string> words, const std::string& directive = ":4") {
    Environment environment = cluster().ProgramEnvironment();
    environment["PATH"] = std::string(MUSTER_SOURCE_DIR) + "/kubectl-plugin:" + environment["PATH"];
    words.insert(words.begin(), {"kubectl", "__complete", "workload"});
    const CommandResult result = RunCommand(words, {.environment = environment});
    EXPECT_EQ(result.exit_code, 0) << result.Text();
    std::vector<std::string> lines = Split(result.out, '\n');
    if (!lines.empty() && lines.back().empty()) lines.pop_back();
    EXPECT_TRUE(!lines.empty() && lines.back() == directive) << result.Text();
    if (!lines.empty()) lines.pop_back();
    for (std::string& line : lines) line.erase(std::min(line.size(), line.find('\t')));
    return lines;
  }
};

using Words = std::vector<std::string>;

TEST_F(Verbs, SayByTheirExitCodeHowItIs) {
  AddNodes({.prefix = "codes", .capacity = "cpu=2"});
  StartOperator();
  const json::Value fits = MakeWorkload("w", {JobRole("j", 2, {.annotations = {{"finish-after", "60s"}}})});
  const json::Value too_large = MakeWorkload("x", {JobRole("j", 3)});
  EXPECT_EQ(PluginWith({"plan", "-f", "-"}, json::Write(fits)).exit_code, 0);
  EXPECT_EQ(PluginWith({"plan", "-f", "-"}, json::Write(too_large)).exit_code, 2);
  EXPECT_EQ(PluginWith({"plan", "-f", "-"}, "nothing: here").exit_code, 1);
  EXPECT_EQ(PluginWith({"lint", "-f", "-"}, json::Write(fits)).exit_code, 0);
  EXPECT_EQ(PluginWith({"lint", "-f", "-"}, "kind: [").exit_code, 1);
  EXPECT_EQ(Plugin({"status", "w"}).exit_code, 1);
  EXPECT_EQ(Plugin({"wait", "w", "--timeout=1s"}).exit_code, 1) << "it is not there";

  Apply(too_large);
  ASSERT_TRUE(Eventually(10s, [&] { return Missing("x-0", "Waiting"); }));
  EXPECT_EQ(Plugin({"status", "x"}).exit_code, 2);
  EXPECT_EQ(Plugin({"wait", "x", "--timeout=1s"}).exit_code, 3);
  Process wait({"kubectl", "workload", "wait", "x", "-n", ns(), "--timeout=60s"}, cluster().ProgramEnvironment(),
               cluster().run_dir() + "/log/wait." + ns());
  EXPECT_FALSE(wait.Wait(5s).has_value());
  Delete(api::kWorkloads, "x");
  EXPECT_EQ(wait.Wait(15s), 4) << "it can never become true";

  Apply(fits);
  EXPECT_EQ(Plugin({"wait", "w", "--timeout=60s"}).exit_code, 0);
  EXPECT_TRUE(Eventually(5s, [&] { return StatusProblem(0); }));
  EXPECT_EQ(Plugin({"scale", "w", "--replicas=2"}).exit_code, 0);
  EXPECT_EQ(Plugin({"scale", "w"}).exit_code, 1);
  EXPECT_EQ(Plugin({"timeline", "w"}).exit_code, 0);
  EXPECT_EQ(Plugin({"timeline", "nothing"}).exit_code, 1);
  EXPECT_EQ(Plugin({"suspend", "w"}).exit_code, 0);
  EXPECT_TRUE(Eventually(10s, [&] { return StatusProblem(2); }));
  EXPECT_EQ(Plugin({"explain", "w"}).exit_code, 0);
  EXPECT_EQ(Plugin({"version"}).exit_code, 0);
  EXPECT_EQ(Plugin({"nonsense"}).exit_code, 1);
  Process watch({"kubectl", "workload", "status", "-w", "-n", ns()}, cluster().ProgramEnvironment(),
                cluster().run_dir() + "/log/watch." + ns());
  ASSERT_TRUE(Eventually(10s, [&] {
    return Slurp(cluster().run_dir() + "/log/watch." + ns()).find("w-0") != std::string::npos ? "" : "nothing yet";
  }));
  watch.Signal(SIGINT);
  EXPECT_EQ(watch.Wait(5s), 130);
}

// What plan names, the group can have: it runs, and on no node that plan would not have named.
TEST_F(Verbs, PlanNamesNodesThatWork) {
  AddNodes({.prefix = "gpu", .count = 4, .capacity = "cpu=4,nvidia.com/gpu=2"});
  AddNodes({.prefix = "plain", .count = 2, .capacity = "cpu=4"});
  StartOperator();
  const json::Value workload =
      MakeWorkload("w", {JobRole("train", 8, {.requests = {{"nvidia.com/gpu", "1"}}}), DeploymentRole("serve", 2)});
  const CommandResult text = PluginWith({"plan", "-f", "-"}, json::Write(workload));
  EXPECT_EQ(text.exit_code, 0) << text.Text();
  EXPECT_NE(text.out.find("  train 8 on gpu-[0-3] (2 each)"), std::string::npos) << text.Text();
  const CommandResult document = PluginWith({"plan", "-f", "-", "-o", "json"}, json::Write(workload));
  const auto parsed = json::Parse(document.out);
  ASSERT_TRUE(parsed.has_value()) << document.Text();
  int64_t members = 0;
  for (const json::Value& role : (*parsed)["items"].At(0)["places"].At(0)["roles"].Items()) {
    for (const json::Value& node : role["nodes"].Items()) members += node["members"].Integer();
  }
  EXPECT_EQ(members, 10);
  EXPECT_TRUE(List(api::kWorkloads).empty()) << "plan has created something";
  Apply(workload);
  EXPECT_TRUE(Eventually(15s, [&] { return NotRunning("w-0", 10); }));
}

TEST_F(Verbs, NameAFileThatCannotBeReadAndWhatToDo) {
  const std::string folder = cluster().run_dir();
  std::ofstream(folder + "/large.yaml") << std::string(17UL << 20U, '#');
  struct Case {
    std::string file;
    const char* said;
  };
  for (const Case& c : {Case{folder + "/large.yaml", "larger than 16 MiB; split it"},
                        Case{folder + "/log", "has no .yaml, .yml or .json file; check the path"},
                        Case{folder + "/nosuch.yaml", "no such file; check the path"}}) {
    const CommandResult result = cluster().Kubectl({"workload", "lint", "-f", c.file});
    EXPECT_EQ(result.exit_code, 1) << c.file;
    EXPECT_NE(result.err.find(c.file + ": "), std::string::npos) << result.Text();
    EXPECT_NE(result.err.find(c.said), std::string::npos) << result.Text();
  }
}

TEST_F(Verbs, LintAsksTheApiServerWithLineNumbers) {
  const std::string manifest =
      "apiVersion: muster.dev/v1alpha1\n"
      "kind: Workload\n"
      "metadata: {name: w}\n"
      "spec:\n"
      "  roles:\n"
      "  - name: a\n"
      "    deployment:\n"
      "      spec:\n"
      "        strategy:\n"
      "          type: Recreate\n"
      "          rollingUpdate: {maxSurge: 1}\n"
      "        template:\n"
      "          spec:\n"
      "            containers: [{name: c, image: i, ports: [{containerPort: 70000}]}]\n"
      "  - name: b\n"
      "    job:\n"
      "      spec:\n"
      "        template:\n"
      "          spec:\n"
      "            restartPolicy: Never\n"
      "            containers:\n"
      "            - name: c\n"
      "              image: i\n"
      "              livenessProbe:\n"
      "                exec: {command: [\"true\"]}\n"
      "                periodSeconds: -1\n";
  EXPECT_EQ(PluginWith({"lint", "-f", "-"}, manifest).exit_code, 0);
  const CommandResult asked = PluginWith({"lint", "-f", "-", "--dry-run=server"}, manifest);
  EXPECT_EQ(asked.exit_code, 1) << asked.Text();
  for (const char* part :
       {"standard input:11: spec.roles[0].deployment.spec.strategy.rollingUpdate: ",
        "standard input:14: spec.roles[0].deployment.spec.template.spec.containers[0].ports[0].containerPort: ",
        "standard input:26: spec.roles[1].job.spec.template.spec.containers[0].livenessProbe.periodSeconds: "}) {
    EXPECT_NE(asked.out.find(part), std::string::npos) << part << "\n" << asked.Text();
  }
  EXPECT_TRUE(List(api::kWorkloads).empty() && List(api::kJobs).empty()) << "lint has created something";
  const CommandResult good =
      PluginWith({"lint", "-f", "-", "--dry-run=server"},
                 json::Write(MakeWorkload(
                     "w", {JobRole("j", 1), StatefulSetRole("s", 1), DeploymentRole("d", 1), ReplicaSetRole("r", 1)})));
  EXPECT_EQ(good.exit_code, 0) << good.Text();
}

TEST_F(Verbs, GetListsEverywhereByLabelAndAsItChanges) {
  AddNodes({.prefix = "lists", .capacity = "cpu=4"});
  StartOperator();
  json::Value labelled = MakeWorkload("a", {JobRole("j", 1)});
  labelled.Mutable("metadata").Set("labels", json::Object{{"team", "red"}});
  Apply(labelled);
  Apply(MakeWorkload("b", {JobRole("j", 1)}));
  EXPECT_EQ(Plugin({"get", "-o", "name", "-l", "team=red"}).out, "workload.muster.dev/a\n");
  EXPECT_EQ(Plugin({"get", "-o", "name", "-l", "team!=red"}).out, "workload.muster.dev/b\n");
  const CommandResult all = cluster().Kubectl({"workload", "get", "-A"});
  EXPECT_NE(all.out.find("NAMESPACE"), std::string::npos) << all.Text();
  EXPECT_NE(all.out.find(ns()), std::string::npos) << all.Text();
  const std::string log = cluster().run_dir() + "/log/get-watch." + ns();
  Process watch({"kubectl", "workload", "get", "-w", "-n", ns()}, cluster().ProgramEnvironment(), log);
  ASSERT_TRUE(Eventually(10s, [&] { return Slurp(log).find("b ") != std::string::npos ? "" : Slurp(log); }));
  Apply(MakeWorkload("late", {JobRole("j", 1)}));
  EXPECT_TRUE(Eventually(10s, [&] {
    const std::string text = Slurp(log);
    const size_t row = text.rfind("\nlate ");
    return row != std::string::npos && text.find("Running", row) != std::string::npos ? "" : text;
  }));
  Delete(api::kWorkloads, "late");
  EXPECT_TRUE(Eventually(10s, [&] {
    const std::string text = Slurp(log);
    return text.find("Deleted") != std::string::npos ? "" : text;
  }));
  watch.Signal(SIGINT);
  EXPECT_EQ(watch.Wait(5s), 130);
}

// What is installed is in order; a right that is lost is named, and mended by what is said.
TEST_F(Verbs, CheckKnowsWhatAnInstallationNeeds) {
  if (!NeedsOwnCluster()) return;
  AddNodes({.prefix = "check"});
  StartOperator();
  const std::string config = std::string(MUSTER_SOURCE_DIR) + "/config";
  ASSERT_EQ(cluster().Kubectl({"apply", "--server-side", "-f", config + "/policy/"}).exit_code, 0);
  const auto check = [this] { return cluster().Kubectl({"workload", "check"}); };
  ASSERT_TRUE(Eventually(15s, [&] { return check().exit_code == 0 ? "" : check().Text(); }));
  const CommandResult well = check();
  for (const char* part : {"ServiceAccount muster-system/muster-operator has the rights that the operator needs",
                           "the admission policies exist and are bound", "CRDs v"}) {
    EXPECT_NE(well.out.find(part), std::string::npos) << part << "\n" << well.Text();
  }
  ASSERT_EQ(cluster().Kubectl({"delete", "clusterrolebinding", "muster-operator"}).exit_code, 0);
  ASSERT_EQ(cluster().Kubectl({"delete", "validatingadmissionpolicybinding", "muster-workload-scale"}).exit_code, 0);
  const CommandResult lost = check();
  EXPECT_EQ(lost.exit_code, 1) << lost.Text();
  EXPECT_NE(lost.out.find("may not: get, list, watch workloads.muster.dev"), std::string::npos) << lost.Text();
  EXPECT_NE(lost.out.find("muster-workload-scale has no binding that denies"), std::string::npos) << lost.Text();
  for (const char* folder : {"/rbac/", "/policy/"}) {
    const CommandResult mended =
        cluster().Kubectl({"apply", "--server-side", "--force-conflicts", "-f", config + folder});
    EXPECT_EQ(mended.exit_code, 0) << mended.Text();
  }
  EXPECT_TRUE(Eventually(15s, [&] { return check().exit_code == 0 ? "" : check().Text(); }));
}

TEST_F(Verbs, PlanOfOneThatRunsCountsItsRoomOnce) {
  AddNodes({.prefix = "again", .capacity = "cpu=2"});
  StartOperator();
  const json::Value workload = MakeWorkload("w", {StatefulSetRole("s", 2)});
  Apply(workload);
  ASSERT_TRUE(Eventually(15s, [&] { return NotRunning("w-0", 2); }));
  const CommandResult same = PluginWith({"plan", "-f", "-"}, json::Write(workload));
  EXPECT_EQ(same.exit_code, 0) << same.Text();
  EXPECT_NE(same.out.find("stays as it is: the roles are the same"), std::string::npos) << same.Text();
  const json::Value other = MakeWorkload("w", {StatefulSetRole("s", 2, {.image = "other"})});
  const CommandResult changed = PluginWith({"plan", "-f", "-"}, json::Write(other));
  EXPECT_EQ(changed.exit_code, 0) << changed.Text();
  EXPECT_NE(changed.out.find("would be stopped and start anew"), std::string::npos) << changed.Text();
  const CommandResult large =
      PluginWith({"plan", "-f", "-"}, json::Write(MakeWorkload("w", {StatefulSetRole("s", 3)})));
  EXPECT_EQ(large.exit_code, 2) << large.Text();
}

TEST_F(Verbs, KubectlCompletesThem) {
  Create(api::kWorkloads, MakeWorkload("train", {JobRole("j", 1)}));
  Create(api::kWorkloads, MakeWorkload("tests", {JobRole("j", 1)}));
  Create(api::kWorkloads, MakeWorkload("web", {JobRole("j", 1)}));
  const Words verbs = Completions({""});
  for (const char* verb : {"check", "completion", "explain", "get", "lint", "plan", "resume", "scale", "status",
                           "suspend", "timeline", "version", "wait"}) {
    EXPECT_EQ(std::count(verbs.begin(), verbs.end(), verb), 1) << verb << " in " << Join(verbs, " ");
  }
  EXPECT_EQ(Completions({"st"}), Words{"status"});
  EXPECT_EQ(Completions({"status", "-n", ns(), "t"}), (Words{"tests", "train"}));
  EXPECT_EQ(Completions({"-n", ns(), "explain", "workload/w"}), Words{"workload/web"});
  EXPECT_EQ(Completions({"get", "-o", ""}), (Words{"json", "jsonpath=", "name", "wide", "yaml"}));
  EXPECT_EQ(Completions({"get", "--no"}), Words{"--no-headers"});
  EXPECT_EQ(Completions({"wait", "--for", "c"}), Words{"complete"});
  EXPECT_EQ(Completions({"suspend", "web", "--dry-run", "s"}), Words{"server"});
  EXPECT_EQ(Completions({"status", "-n", ns().substr(0, ns().size() - 1)}), Words{ns()});
  EXPECT_EQ(Completions({"nonsense", ""}), Words{});
  EXPECT_EQ(Completions({"get", "--output=js"}, ":4"), (Words{"json", "jsonpath="}));
  EXPECT_EQ(Completions({"get", "-o", "jsonp"}, ":6"), Words{"jsonpath="});
  EXPECT_EQ(Completions({"plan", "-f", ""}, ":0"), Words{});
  EXPECT_EQ(Completions({"lint", "--filename=x"}, ":0"), Words{});
  EXPECT_EQ(Completions({"plan", ""}), Words{});
  EXPECT_EQ(Completions({"get", "--token", ""}), Words{});
  EXPECT_EQ(Completions({"get", "-n", ns(), "--context", ""}).size(), 1U);
  EXPECT_EQ(Completions({"status", "-n", ns(), "train", ""}), (Words{"tests", "web"}));
  EXPECT_EQ(Completions({"completion", ""}), (Words{"bash", "fish", "zsh"}));
  // A server that does not answer costs patience, not an error.
  EXPECT_EQ(Completions({"status", "--server=https://127.0.0.1:1", ""}), Words{});
}

}  // namespace
}  // namespace muster::e2e
