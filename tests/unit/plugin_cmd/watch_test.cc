// What -w and wait say while the cluster changes, and while it cannot be reached.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kubectl-plugin/cmd/verb.h"
#include "lib/base/strings.h"
#include "tests/scenario/plugin/support/plugin_run.h"

namespace muster::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const Instant kNow(std::chrono::hours(24 * 365 * 50));

struct How {
  int64_t ready = 0;
  std::string team = "red";
  bool stalled = false;
};

json::Value WatchedWorkload(const std::string& name, const How& how = {}) {
  json::Array conditions;
  if (how.stalled) {
    conditions.push_back(json::Object{
        {"type", "Stalled"}, {"status", "True"}, {"reason", "InvalidRole"}, {"message", "role a is wrong"}});
  }
  return json::Object{
      {"apiVersion", "muster.dev/v1alpha1"},
      {"kind", "Workload"},
      {"metadata",
       json::Object{
           {"name", name}, {"namespace", "ml"}, {"generation", 1}, {"labels", json::Object{{"team", how.team}}}}},
      {"spec", json::Object{{"replicas", 1}, {"roles", json::Array{}}}},
      {"status", json::Object{{"observedGeneration", 1},
                              {"replicas", 1},
                              {"ready", how.ready},
                              {"admitted", how.ready},
                              {"conditions", conditions}}}};
}

json::Value Group(const std::string& workload, int64_t index, const std::string& state) {
  return json::Object{{"apiVersion", "muster.dev/v1alpha1"},
                      {"kind", "PodGroup"},
                      {"metadata", json::Object{{"name", workload + "-" + std::to_string(index)},
                                                {"namespace", "ml"},
                                                {"labels", json::Object{{"muster.dev/workload", workload}}}}},
                      {"spec", json::Object{{"index", index}, {"run", "Run"}}},
                      {"status", json::Object{{"state", state}, {"members", 1}}}};
}

class Watching : public ::testing::Test {
 protected:
  PluginRun Run(std::string_view command, std::vector<Step> steps) {
    PluginSetting setting;
    setting.now = kNow;
    setting.steps = std::move(steps);
    return RunPlugin(cluster_, SplitCommand(command), setting);
  }
  void SetStatus(const std::string& kind, const std::string& name, const json::Value& status) {
    cluster_.MergeInto(kind, name, json::Object{{"status", status}});
  }
  Step Outage() {
    return {[this] { cluster_.Break(MakeError(Code::kUnavailable, "connection refused")); },
            "not up to date: Watch failed, trying again: connection refused"};
  }
  // A watch that has been taken up again is silent until something happens.
  Step Mended() {
    return {[this] {
              cluster_.Mend();
              cluster_.Add(WatchedWorkload("news"));
            },
            "up to date again"};
  }

  MemoryCluster cluster_;
};

TEST_F(Watching, RowsShowWhatGetShows) {
  cluster_.Add(WatchedWorkload("train", {.ready = 1}));
  const PluginRun run = Run(
      "get -w",
      {{[this] { cluster_.MergeInto("Workload", "train", WatchedWorkload("train", {.stalled = true})); }, "Stalled"},
       {[this] { cluster_.Delete("Workload", "train"); }, "Deleted"}});
  EXPECT_EQ(run.exit, plugin::kExitInterrupted) << run.err;
  std::vector<std::string> lines = Split(run.out, '\n');
  ASSERT_EQ(lines.size(), 5U) << run.out;
  const PluginRun now = [this] {
    MemoryCluster stalled;
    stalled.Add(WatchedWorkload("train", {.stalled = true}));
    PluginSetting setting;
    setting.now = kNow;
    return RunPlugin(stalled, {"get", "--no-headers"}, setting);
  }();
  const auto words = [](const std::string& line) {
    std::vector<std::string> split = Split(line, ' ');
    std::erase(split, "");
    return split;
  };
  EXPECT_EQ(words(lines[2]), words(Split(now.out, '\n').front()));
  EXPECT_THAT(lines[2], HasSubstr("role a is wrong"));
  EXPECT_EQ(lines[2].find("Stalled"), lines[1].find("Running")) << "the columns keep their places\n" << run.out;
}

TEST_F(Watching, RowsOfGroupsShowWhatGetShows) {
  cluster_.Add(Group("train", 0, "Waiting"));
  cluster_.Add(Group("web", 0, "Running"));
  const PluginRun run = Run("get pg -w -l muster.dev/workload=train",
                            {{[this] {
                                SetStatus("PodGroup", "train-0", json::Object{{"state", "Starting"}});
                              },
                              "Starting"},
                             {[this] { cluster_.Add(Group("train", 1, "Held")); }, "Held"},
                             {[this] { cluster_.Delete("PodGroup", "train-0"); }, "Deleted"}});
  EXPECT_EQ(run.exit, plugin::kExitInterrupted) << run.err;
  const std::vector<std::string> lines = Split(run.out, '\n');
  ASSERT_EQ(lines.size(), 6U) << run.out;
  EXPECT_THAT(lines[0], HasSubstr("MEMBERS"));
  EXPECT_THAT(lines[2], HasSubstr("train-0   Starting"));
  EXPECT_THAT(lines[3], HasSubstr("train-1   Held"));
  EXPECT_THAT(run.out, Not(HasSubstr("web")));
}

TEST_F(Watching, RowsOfGroupsEndWhenTheNamedOneIsGone) {
  cluster_.Add(Group("train", 0, "Waiting"));
  const PluginRun run =
      Run("get podgroup train-0 -w", {{[this] { cluster_.Delete("PodGroup", "train-0"); }, "was deleted"}});
  EXPECT_EQ(run.exit, 1);
  EXPECT_EQ(run.err, "error: podgroups.muster.dev \"train-0\" was deleted\n");
}

TEST_F(Watching, RowsTellWhenTheyAreNotUpToDate) {
  cluster_.Add(WatchedWorkload("train"));
  const PluginRun run = Run("get -w", {{nullptr, "train"}, Outage(), Mended()});
  EXPECT_EQ(run.exit, plugin::kExitInterrupted) << run.err;
  EXPECT_EQ(run.err,
            "error: not up to date: Watch failed, trying again: connection refused\n"
            "connected again; the output is up to date again\n");
}

TEST_F(Watching, RowsEndWhenAllThatWereNamedAreGone) {
  cluster_.Add(WatchedWorkload("a"));
  cluster_.Add(WatchedWorkload("b"));
  cluster_.Add(WatchedWorkload("c"));
  const PluginRun run = Run("get a b -w", {{[this] { cluster_.Delete("Workload", "a"); }, "Deleted"},
                                           {[this] { cluster_.Delete("Workload", "c"); }, ""},
                                           {[this] { cluster_.Delete("Workload", "b"); }, "never"}});
  EXPECT_EQ(run.exit, 1);
  EXPECT_EQ(run.err, "error: all workloads that were named have been deleted\n");
  EXPECT_THAT(run.out, Not(HasSubstr("\nc ")));
  EXPECT_EQ(Run("get nosuch -w", {}).exit, 1) << "there is nothing to watch";
}

TEST_F(Watching, LinesTellOfGroupsAndWorkloadsThatWereDeleted) {
  cluster_.Add(WatchedWorkload("train", {.ready = 1}));
  cluster_.Add(WatchedWorkload("web", {.ready = 1}));
  for (int64_t i = 0; i < 2; ++i) cluster_.Add(Group("train", i, "Running"));
  const PluginRun run = Run("status -w", {{[this] {
                                             SetStatus("PodGroup", "train-1", json::Object{{"state", "Waiting"}});
                                           },
                                           "train-1  Waiting"},
                                          {[this] { cluster_.Delete("PodGroup", "train-1"); }, "train-1  Deleted\n"},
                                          Outage(),
                                          Mended(),
                                          {[this] { cluster_.Delete("Workload", "web"); }, "workload web  Deleted\n"}});
  EXPECT_EQ(run.exit, plugin::kExitInterrupted) << run.out << run.err;
}

// Its one group runs, waits or has succeeded.
class Awaiting : public Watching {
 protected:
  void Add(const std::string& name, const std::string& state) {
    cluster_.Add(WatchedWorkload(name, {.ready = state == "Waiting" ? 0 : 1}));
    cluster_.Add(Group(name, 0, state));
  }
  void Become(const std::string& name, const std::string& state) {
    SetStatus("PodGroup", name + "-0", json::Object{{"state", state}});
  }
};

TEST_F(Awaiting, EndsWhenOneThatWasChosenIsDeleted) {
  Add("a", "Running");
  Add("b", "Waiting");
  const PluginRun run = Run("wait -l team=red", {{[this] { cluster_.Delete("Workload", "b"); }, "never"}});
  EXPECT_EQ(run.exit, plugin::kExitFailed);
  EXPECT_EQ(run.err,
            "error: workload ml/b will not be ready: it has been deleted; to list the others: kubectl workload get "
            "-n ml\n");
  EXPECT_EQ(run.out, "");
}

TEST_F(Awaiting, GoesOnWithoutOneThatIsNoLongerChosen) {
  Add("a", "Running");
  Add("b", "Waiting");
  const json::Value other = json::Object{{"metadata", json::Object{{"labels", json::Object{{"team", "blue"}}}}}};
  const PluginRun run = Run("wait -l team=red", {{[&] { cluster_.MergeInto("Workload", "b", other); }, "never"}});
  EXPECT_EQ(run.exit, 0);
  EXPECT_EQ(run.err, "error: workload ml/b is no longer waited for: -l team=red no longer matches its labels\n");
  EXPECT_EQ(run.out, "workload.muster.dev/a is ready\n");
}

TEST_F(Awaiting, IsForThoseThatWereThereAtTheBeginning) {
  Add("a", "Waiting");
  const PluginRun run = Run("wait -l team=red", {{[this] {
                                                    Add("late", "Waiting");
                                                    Become("a", "Running");
                                                  },
                                                  "never"}});
  EXPECT_EQ(run.exit, 0) << run.err;
  EXPECT_EQ(run.out, "workload.muster.dev/a is ready\n");
}

// ttlSecondsAfterFinished clears away what has finished.
TEST_F(Awaiting, CompletionRemembersWhatWasComplete) {
  Add("a", "Succeeded");
  Add("b", "Waiting");
  const PluginRun run = Run("wait a b --for=complete", {{[this] { cluster_.Delete("Workload", "a"); }, ""},
                                                        {[this] { Become("b", "Succeeded"); }, "never"}});
  EXPECT_EQ(run.exit, 0) << run.err;
  EXPECT_EQ(run.out, "workload.muster.dev/a is complete\nworkload.muster.dev/b is complete\n");
}

TEST_F(Awaiting, ShowsItsProgressInOneLineThatGoesAtTheEnd) {
  Add("a", "Running");
  Add("b", "Waiting");
  PluginSetting setting;
  setting.now = kNow;
  setting.terminal = {.is_terminal = true, .width = 80, .rows = 24, .no_color = true};
  setting.steps = {{nullptr, "1 of 2 ready; ml/b is Waiting"}, {[this] { Become("b", "Running"); }, "never"}};
  const PluginRun run = RunPlugin(cluster_, SplitCommand("wait a b"), setting);
  EXPECT_EQ(run.exit, 0) << run.err;
  EXPECT_TRUE(run.out.starts_with("\r\x1b[2K1 of 2 ready; ml/b is Waiting: 1 of 1 group waiting (")) << run.out;
  EXPECT_TRUE(run.out.ends_with("\r\x1b[2Kworkload.muster.dev/a is ready\nworkload.muster.dev/b is ready\n"))
      << run.out;
  EXPECT_EQ(run.err, "");
}

}  // namespace
}  // namespace muster::testing
