// What a run asks of the server, and what it does when the server does not play along. The texts are golden
// (tests/scenario/plugin); here are requests, exit codes and errors.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kubectl-plugin/cmd/flags.h"
#include "kubectl-plugin/cmd/verb.h"
#include "tests/scenario/plugin/support/plugin_run.h"

namespace muster::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

json::Value Workload(const std::string& name) {
  return json::Object{{"apiVersion", "muster.dev/v1alpha1"},
                      {"kind", "Workload"},
                      {"metadata", json::Object{{"name", name}, {"namespace", "ml"}}},
                      {"spec", json::Object{{"replicas", 1}, {"roles", json::Array{}}}}};
}

PluginRun Ask(wire::Transport& cluster, std::string_view command, PluginSetting setting = {}) {
  return RunPlugin(cluster, SplitCommand(command), setting);
}

TEST(Suspend, IsOneSmallPatch) {
  MemoryCluster cluster;
  cluster.Add(Workload("train"));
  EXPECT_EQ(Ask(cluster, "suspend train").exit, 0);
  EXPECT_THAT(cluster.writes(), ElementsAre("PATCH /apis/muster.dev/v1alpha1/namespaces/ml/workloads/train "
                                            "{\"spec\":{\"suspend\":true}}"));
}

TEST(Suspend, WritesNothingOnAClientDryRunOrWhenAlreadySo) {
  MemoryCluster cluster;
  cluster.Add(Workload("train"));
  EXPECT_EQ(Ask(cluster, "suspend train --dry-run=client").exit, 0);
  EXPECT_EQ(Ask(cluster, "resume train").exit, 0);
  EXPECT_THAT(cluster.writes(), IsEmpty());
}

TEST(Suspend, AsksTheServerOnAServerDryRun) {
  MemoryCluster cluster;
  cluster.Add(Workload("train"));
  EXPECT_EQ(Ask(cluster, "suspend train --dry-run=server").exit, 0);
  EXPECT_THAT(cluster.writes(), ElementsAre(HasSubstr("dryRun=All")));
  EXPECT_FALSE((*cluster.Find("Workload", "train"))["spec"]["suspend"].Bool());
}

TEST(Errors, AreOneLineThatSaysWhatToDo) {
  struct Case {
    Error error;
    const char* expected;
  };
  for (const Case& c :
       {Case{MakeError(Code::kUnavailable, "connection refused"), "cannot reach https://cluster.example"},
        Case{MakeError(Code::kTimeout, ""), "--request-timeout"},
        Case{MakeError(Code::kUnauthorized, "the token has expired"), "the token has expired"}}) {
    for (const char* verb : {"get", "get train", "status train", "explain train-0", "suspend train"}) {
      MemoryCluster cluster;
      cluster.Break(c.error);
      const PluginRun run = Ask(cluster, verb);
      EXPECT_EQ(run.exit, 1) << verb;
      EXPECT_EQ(run.out, "") << verb;
      EXPECT_THAT(run.err, HasSubstr(c.expected)) << verb;
      EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << verb << ": " << run.err;
    }
  }
}

TEST(Errors, OfTheServerAreMadeSafe) {
  MemoryCluster cluster;
  cluster.Refuse("/apis/muster.dev", 403, "Forbidden", "no \x1b[2J\nsecond line");
  const PluginRun run = Ask(cluster, "get");
  EXPECT_EQ(run.err, "Error from server (Forbidden): no ^[[2J second line\n");
}

TEST(Errors, NameTheRightThatIsMissing) {
  MemoryCluster cluster;
  cluster.Add(Workload("train"));
  cluster.Refuse("/apis/muster.dev/v1alpha1/namespaces/ml/podgroups", 403, "Forbidden", "podgroups is forbidden");
  EXPECT_THAT(Ask(cluster, "status train").err, HasSubstr("podgroups is forbidden"));
}

TEST(Errors, OfAFileThatIsTooLargeSayHowToSplitIt) {
  MemoryCluster cluster;
  PluginSetting setting;
  setting.files["f"] = std::string(5UL << 20U, '#');
  setting.files["j"] = "{" + std::string(5UL << 20U, ' ');
  EXPECT_EQ(
      Ask(cluster, "plan -f f", setting).err,
      "error: f: YAML of 5242880 bytes is larger than the limit of 4194304: split it into several files and repeat "
      "-f\n");
  EXPECT_THAT(Ask(cluster, "plan -f j", setting).err, HasSubstr("j: JSON of 5242881 bytes is larger than the limit"));
}

TEST(Errors, OfAnAnswerThatIsNoJsonNameTheServer) {
  class Proxy final : public wire::Transport {
   public:
    Result<wire::Response> Send(const wire::Request&) override {
      return wire::Response{200, "<html>log in</html>", {}, std::nullopt};
    }
    Result<wire::Response> Stream(const wire::Request&, const wire::LineSink&, std::stop_token) override {
      return MakeError(Code::kCancelled, "");
    }
  } proxy;
  const PluginRun run = Ask(proxy, "get");
  EXPECT_EQ(run.exit, 1);
  EXPECT_THAT(run.err, HasSubstr("https://cluster.example:6443 (context \"dev\"): invalid JSON at byte 0"));
  EXPECT_THAT(run.err, HasSubstr("see --server and --context"));
}

TEST(Names, MayBeThoseOfVerbs) {
  MemoryCluster cluster;
  cluster.Add(Workload("get"));
  cluster.Add(Workload("status"));
  EXPECT_EQ(Ask(cluster, "get get status -o name").out, "workload.muster.dev/get\nworkload.muster.dev/status\n");
}

TEST(Flags, MayStandAnywhere) {
  MemoryCluster cluster;
  cluster.Add(Workload("train"));
  for (const char* command : {"-n ml get train -o name", "get -n ml train -o name", "get train -n=ml -oname",
                              "get --namespace ml -o=name train", "get train --namespace=ml --output name"}) {
    EXPECT_EQ(Ask(cluster, command).out, "workload.muster.dev/train\n") << command;
  }
}

TEST(Flags, ReachTheConnection) {
  const auto line = plugin::ParseArguments(
      SplitCommand("get --kubeconfig k --context c --cluster l --user u -s https://x --token t --as a --as-group g "
                   "--as-group h --request-timeout 3s --insecure-skip-tls-verify"),
      "kubectl workload");
  ASSERT_TRUE(line.has_value()) << line.error().message;
  const client::ConfigOverrides& to = line->options.config;
  EXPECT_EQ(to.kubeconfig + to.context + to.cluster + to.user + to.server + to.token, "kcluhttps://xt");
  EXPECT_EQ(to.impersonate_user, "a");
  EXPECT_THAT(to.impersonate_groups, ElementsAre("g", "h"));
  EXPECT_EQ(to.request_timeout, "3s");
  EXPECT_TRUE(to.insecure_skip_tls_verify);
  EXPECT_FALSE(to.stdin_is_taken);
  const auto reads = plugin::ParseArguments({"lint", "-f", "-"}, "kubectl workload");
  ASSERT_TRUE(reads.has_value()) << reads.error().message;
  EXPECT_TRUE(reads->options.config.stdin_is_taken);
}

TEST(Help, IsThereForEveryVerb) {
  MemoryCluster cluster;
  for (const plugin::Verb& verb : plugin::Verbs()) {
    const PluginRun run = Ask(cluster, std::string(verb.name) + " --help");
    EXPECT_EQ(run.exit, 0) << verb.name;
    EXPECT_THAT(run.out, HasSubstr("Usage: kubectl workload " + std::string(verb.name)));
    EXPECT_EQ(run.err, "");
  }
}

TEST(StatusWatch, LeavesTheTerminalAsItWas) {
  MemoryCluster cluster;
  cluster.Add(Workload("train"));
  PluginSetting setting;
  setting.terminal = {.is_terminal = true, .width = 80, .rows = 24, .no_color = true};
  setting.events = {plugin::Event::kTimeout, plugin::Event::kResize, plugin::Event::kWake};
  const PluginRun run = Ask(cluster, "status train -w", setting);
  EXPECT_EQ(run.exit, plugin::kExitInterrupted);
  EXPECT_TRUE(run.out.starts_with("\x1b[?1049h\x1b[?25l\x1b[?7l"));
  const size_t end = run.out.find("\x1b[?7h\x1b[?25h\x1b[?1049lWorkload  ");
  ASSERT_NE(end, std::string::npos);
  EXPECT_EQ(run.out.find('\x1b', end + 20), std::string::npos) << "the last frame is followed by something";
}

TEST(StatusWatch, PrintsPlainLinesWhereTheCursorCannotMove) {
  MemoryCluster cluster;
  cluster.Add(Workload("train"));
  PluginSetting setting;
  setting.terminal = {.is_terminal = true, .width = 80, .rows = 24, .no_color = true, .can_move = false};
  const PluginRun run = Ask(cluster, "status train -w", setting);
  EXPECT_EQ(run.out.find('\x1b'), std::string::npos);
}

TEST(Color, FollowsTheTerminalAndTheFlag) {
  using plugin::Color;
  plugin::Terminal terminal;
  EXPECT_EQ(plugin::PaperFor(terminal, "auto").color, Color::kNever);
  EXPECT_EQ(plugin::PaperFor(terminal, "always").color, Color::kAlways);
  terminal.is_terminal = true;
  EXPECT_EQ(plugin::PaperFor(terminal, "auto").color, Color::kAlways);
  EXPECT_EQ(plugin::PaperFor(terminal, "never").color, Color::kNever);
  terminal.no_color = true;
  EXPECT_EQ(plugin::PaperFor(terminal, "auto").color, Color::kNever);
  EXPECT_EQ(plugin::PaperFor(terminal, "always").color, Color::kAlways);
}

}  // namespace
}  // namespace muster::testing
