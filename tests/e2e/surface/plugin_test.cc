// What people and scripts see: the plugin's verbs and exit codes, kubectl's own wait, scale and get, the samples.
#include <csignal>
#include <filesystem>

#include "lib/base/strings.h"
#include "lib/json/text.h"
#include "tests/e2e/support/fixture.h"

namespace muster::e2e {
namespace {

class Plugin : public E2e {
 protected:
  static bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

  void ExpectOut(const CommandResult& result, int exit_code, const std::vector<std::string>& parts) {
    EXPECT_EQ(result.exit_code, exit_code) << result.Text();
    for (const std::string& part : parts)
      EXPECT_TRUE(Has(result.out, part)) << "no '" << part << "' in\n" << result.Text();
  }
};

TEST_F(Plugin, TellsOfAGroupFromWaitingToRunning) {
  AddNodes({.prefix = "tells", .capacity = "cpu=2"});
  StartOperator();
  Apply(MakeWorkload("train", {JobRole("launcher", 1), StatefulSetRole("workers", 4)}));
  ASSERT_TRUE(Eventually(10s, [&] { return Missing("train-0", "Waiting"); }));
  ASSERT_TRUE(Eventually(5s, [&] { return ConditionProblem("train", "Ready", "False"); }));

  ExpectOut(E2e::Plugin({"get"}), 0, {"NAME", "train", "Waiting", "room for"});
  ExpectOut(E2e::Plugin({"get", "train", "-o", "name"}), 0, {"workload.muster.dev/train"});
  ExpectOut(E2e::Plugin({"status", "train"}), 2,
            {"Workload", "train", "train-0", "Waiting", "launcher", "workers", "StatefulSet"});
  ExpectOut(E2e::Plugin({"explain", "train"}), 0,
            {"podgroup " + ns() + "/train-0 is waiting", "3 of its 5 members have no place", "3 more needed", "cpu",
             "It would start with", "2 more nodes like tells-0"});
  ExpectOut(E2e::Plugin({"explain", "podgroup/train-0", "--live"}), 0, {"3 of its 5 members", "looked at just now"});
  const CommandResult as_json = E2e::Plugin({"explain", "train", "-o", "json"});
  const auto parsed = json::Parse(as_json.out);
  ASSERT_TRUE(parsed.has_value()) << as_json.Text();
  EXPECT_EQ((*parsed)["items"].At(0)["state"].Text(), "Waiting");
  EXPECT_EQ((*parsed)["items"].At(0)["explanation"]["blockers"].At(0)["code"].Text(), "InsufficientCpu");

  // The advice is true: with two more such nodes it starts.
  AddNodes({.prefix = "advice", .count = 2, .capacity = "cpu=2"});
  ASSERT_TRUE(Eventually(10s, [&] { return NotRunning("train-0", 5); }));
  ASSERT_TRUE(Eventually(5s, [&] { return ConditionProblem("train", "Ready", "True"); }));
  ExpectOut(E2e::Plugin({"status", "train"}), 0, {"Running", "train-0", "5/5"});
  ExpectOut(E2e::Plugin({"explain", "train"}), 0, {"running"});

  ExpectOut(E2e::Plugin({"suspend", "train"}), 0, {"train"});
  ASSERT_TRUE(Eventually(10s, [&] { return Missing("train-0", "Held"); }));
  ASSERT_TRUE(Eventually(
      5s, [&] { return Differs("reason", ConditionOf(Workload("train"), "Ready")["reason"].Text(), "Suspended"); }));
  ExpectOut(E2e::Plugin({"explain", "train"}), 0, {"held", "kubectl workload resume train"});
  ExpectOut(E2e::Plugin({"resume", "train"}), 0, {"train"});
  ASSERT_TRUE(Eventually(10s, [&] { return NotRunning("train-0", 5); }));
}

TEST_F(Plugin, FailsPlainly) {
  const CommandResult none = E2e::Plugin({"status", "nothing"});
  EXPECT_EQ(none.exit_code, 1) << none.Text();
  EXPECT_TRUE(Has(none.err, "nothing")) << none.Text();
  EXPECT_EQ(E2e::Plugin({"explain", "nothing"}).exit_code, 1);
  EXPECT_EQ(E2e::Plugin({"suspend", "nothing"}).exit_code, 1);
  const CommandResult version = cluster().Kubectl({"workload", "version"});
  EXPECT_EQ(version.exit_code, 0) << version.Text();
}

TEST_F(Plugin, KubectlWaitEndsWhenTheWorkloadIsReady) {
  AddNodes({.prefix = "wait", .capacity = "cpu=1"});
  StartOperator();
  Apply(MakeWorkload("a", {JobRole("w", 3)}));
  const std::string log = cluster().run_dir() + "/log/kubectl-wait.log";
  Process wait({"kubectl", "wait", "workloads.muster.dev/a", "-n", ns(), "--for=condition=Ready", "--timeout=30s"},
               cluster().ProgramEnvironment(), log);
  ASSERT_TRUE(Eventually(10s, [&] { return Missing("a-0", "Waiting"); }));
  EXPECT_FALSE(wait.Wait(1s).has_value());
  AddNodes({.prefix = "wait-more", .capacity = "cpu=2"});
  EXPECT_EQ(wait.Wait(15s), 0);
}

// The words of a row, without its age, which differs from one look to the next, and without what stands for an empty
// cell.
std::string WordsOfRow(const std::string& row) {
  std::vector<std::string> words = Split(row, ' ');
  std::erase_if(words, [](const std::string& word) {
    const bool is_age = word.ends_with('s') && word.find_first_not_of("0123456789s") == std::string::npos;
    return word.empty() || is_age || word == "<none>";
  });
  return Join(words, " ");
}

// What a person without the plugin sees.
void ExpectColumns(const CommandResult& table, const std::vector<std::string>& parts) {
  EXPECT_EQ(table.exit_code, 0) << table.Text();
  for (const std::string& part : parts)
    EXPECT_NE(table.out.find(part), std::string::npos) << part << "\n" << table.Text();
}

TEST_F(Plugin, PlainKubectlShowsTheSame) {
  AddNodes({.prefix = "plain", .capacity = "cpu=1"});
  StartOperator();
  Apply(MakeWorkload("a", {JobRole("w", 3)}));
  ASSERT_TRUE(Eventually(10s, [&] { return Missing("a-0", "Waiting"); }));
  ExpectColumns(Kubectl({"get", "mpg", "-o", "wide"}), {"STATUS", "WHY", "a-0", "Waiting", "room for 1"});
  ASSERT_TRUE(Eventually(5s, [&] { return ConditionProblem("a", "Ready", "False"); }));
  // kubectl and the plugin show the same columns and words.
  for (const char* kind : {"mwl", "mpg"}) {
    const std::vector<std::string> shown = Split(Kubectl({"get", kind, "-o", "wide"}).out, '\n');
    const std::vector<std::string> ours = Split(E2e::Plugin({"get", kind, "-o", "wide"}).out, '\n');
    ASSERT_GE(shown.size(), 2U);
    ASSERT_GE(ours.size(), 2U);
    for (const size_t line : {0U, 1U}) EXPECT_EQ(WordsOfRow(shown[line]), WordsOfRow(ours[line])) << kind;
  }
  ExpectColumns(Kubectl({"describe", "podgroups.muster.dev", "a-0"}), {"InsufficientCpu", "Waiting"});
  // One Event for the change of state, where kubectl describe and kubectl events find it.
  EXPECT_TRUE(Eventually(5s, [&] {
    const CommandResult events = Kubectl({"events", "--for", "podgroups.muster.dev/a-0"});
    return Has(events.out, "Waiting") ? "" : "kubectl events says:\n" + events.Text();
  }));
}

TEST_F(Plugin, SamplesRunAsPasted) {
  AddNodes({.prefix = "samples", .count = 2});
  AddNodes({.prefix = "samples-gpu", .count = 8, .capacity = "cpu=4,nvidia.com/gpu=4"});
  StartOperator();
  const std::string samples = std::string(MUSTER_SOURCE_DIR) + "/config/samples";
  const CommandResult applied = Kubectl({"apply", "-f", samples});
  EXPECT_EQ(applied.exit_code, 0) << applied.Text();
  EXPECT_TRUE(Eventually(20s, [&]() -> std::string {
    const auto groups = seen().groups.Live();
    if (groups.size() < 5) return std::to_string(groups.size()) + " groups";
    for (const api::PodGroup& group : groups) {
      if (group.status.state != api::GroupState::kRunning) return Missing(group.meta.name, "Running");
    }
    return {};
  }));
  EXPECT_EQ(cluster().Kubectl({"delete", "priorityclass", "muster-sample-urgent"}).exit_code, 0);
}

}  // namespace
}  // namespace muster::e2e
