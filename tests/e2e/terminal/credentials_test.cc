// Credentials commands that ask the person at the terminal (exec of a kubeconfig, interactiveMode): kubectl and ours
// with the same kubeconfig and the same line typed, in the same terminal.
#include <filesystem>
#include <fstream>

#include "lib/base/strings.h"
#include "lib/client/base64.h"
#include "lib/client/kubeconfig.h"
#include "tests/e2e/support/fixture.h"
#include "tests/e2e/terminal/tmux.h"

namespace muster::e2e {
namespace {

using Lines = std::vector<std::string>;

class AskedAtTheTerminal : public E2e {
 protected:
  void SetUp() override {
    E2e::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    Apply(MakeWorkload("one", {JobRole("j", 1)}));
    const CommandResult made = cluster().Kubectl({"create", "token", "muster-operator", "-n", "muster-system"});
    ASSERT_EQ(made.exit_code, 0) << made.Text();
    const std::string token = made.out.substr(0, made.out.find('\n'));
    folder_ = cluster().run_dir() + "/asked";
    std::filesystem::create_directories(folder_);
    // Half of the token is known, the other half is what is typed.
    constexpr size_t kTyped = 12;
    ASSERT_GT(token.size(), kTyped);
    typed_ = token.substr(token.size() - kTyped);
    std::ofstream(folder_ + "/login")
        << "#!/bin/sh\n"
        << "case $KUBERNETES_EXEC_INFO in *'\"interactive\":true'*) ;; *) echo 'nobody to ask' >&2; exit 4;; esac\n"
        << "[ -t 0 ] || { echo 'no terminal' >&2; exit 5; }\n"
        << "printf 'code: ' >&2\nread -r code\n"
        << R"(echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":")"
        << token.substr(0, token.size() - kTyped) << "'\"$code\"'\"}}'\n";
    std::filesystem::permissions(folder_ + "/login", std::filesystem::perms::owner_all);
    WriteConfigs();
  }

  // folder_/<mode>
  void WriteConfigs() {
    const auto admin = client::LoadConnection({.kubeconfig = cluster().kubeconfig()}, {});
    ASSERT_TRUE(admin.has_value());
    for (const char* mode : {"Always", "IfAvailable", "Never"}) {
      std::ofstream(folder_ + "/" + mode)
          << "current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]\n"
          << "clusters: [{name: c, cluster: {server: \"" << admin->server
          << "\", certificate-authority-data: " << client::EncodeBase64(admin->certificate_authority.text) << "}}]\n"
          << "users: [{name: u, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: ./login, "
          << "interactiveMode: " << mode << "}}}]\n";
    }
  }

  std::string Command(const std::string& program, const std::string& mode) const {
    return program + " -o name -n " + ns() + " --kubeconfig " + folder_ + "/" + mode;
  }

  static std::string Lacks(Tmux& terminal, const std::function<bool(const Lines&)>& shows) {
    const Lines screen = terminal.Screen();
    return shows(screen) ? "" : "the screen is:\n" + Join(screen, "\n");
  }
  // Types a line where the shell waits, on a screen of its own. What is typed before it waits may be cleared away.
  static void Say(Tmux& terminal, const std::string& line) {
    const auto waits = [](const Lines& screen) { return !screen.empty() && screen.back() == "prompt>"; };
    const auto waits_alone = [](const Lines& screen) { return screen == Lines{"prompt>"}; };
    ASSERT_TRUE(Eventually(5s, [&] { return Lacks(terminal, waits); }));
    if (!Lacks(terminal, waits_alone).empty()) terminal.Type({"clear", "Enter"});
    ASSERT_TRUE(Eventually(5s, [&] { return Lacks(terminal, waits_alone); }));
    terminal.Type({"-l", "--", line});
    terminal.Type({"Enter"});
  }
  // What stands between that line and the shell's next prompt, once it does.
  static Lines Answer(Tmux& terminal) {
    EXPECT_TRUE(Eventually(15s, [&] {
      return Lacks(terminal, [](const Lines& screen) { return screen.size() > 1 && screen.back() == "prompt>"; });
    }));
    Lines lines = terminal.Look().unwrapped;
    if (lines.size() < 2) return lines;
    return {lines.begin() + 1, lines.end() - 1};
  }

  std::string folder_;
  std::string typed_;
};

constexpr const char* kTheirs = "kubectl get workloads.muster.dev";
constexpr const char* kOurs = "kubectl-workload get";

TEST_F(AskedAtTheTerminal, TheCommandGetsWhatIsTyped) {
  Tmux terminal(cluster().ProgramEnvironment(), 250, 24, cluster().run_dir() + "/log/terminal." + ns());
  const Lines wanted = {"code: " + typed_, "workload.muster.dev/one"};
  for (const char* mode : {"Always", "IfAvailable"}) {
    for (const char* program : {kTheirs, kOurs}) {
      SCOPED_TRACE(std::string(program) + " " + mode);
      Say(terminal, Command(program, mode));
      ASSERT_TRUE(Eventually(15s, [&] {
        return Lacks(terminal, [](const Lines& screen) { return !screen.empty() && screen.back() == "code:"; });
      }));
      terminal.Type({"-l", "--", typed_});
      terminal.Type({"Enter"});
      EXPECT_EQ(Answer(terminal), wanted);
    }
  }
}

TEST_F(AskedAtTheTerminal, WhoMayNotAskDoesNot) {
  Tmux terminal(cluster().ProgramEnvironment(), 250, 24, cluster().run_dir() + "/log/terminal." + ns());
  struct Case {
    std::string mode;
    std::string input;
    std::string theirs;
    std::string ours;
  };
  for (const Case& each : {Case{"Always", " </dev/null", "standard input is not a terminal",
                                "needs a terminal as standard input (interactiveMode Always)"},
                           Case{"IfAvailable", " </dev/null", "nobody to ask", "nobody to ask"},
                           Case{"Never", "", "nobody to ask", "nobody to ask"}}) {
    for (const auto& [program, words] : {std::pair(kTheirs, each.theirs), std::pair(kOurs, each.ours)}) {
      SCOPED_TRACE(std::string(program) + " " + each.mode);
      Say(terminal, Command(program, each.mode) + each.input + " || echo \"failed with $?\"");
      const Lines lines = Answer(terminal);
      const std::string text = Join(lines, "\n");
      EXPECT_NE(text.find(words), std::string::npos) << text;
      EXPECT_EQ(text.find("code:"), std::string::npos) << text;
      ASSERT_FALSE(lines.empty());
      EXPECT_EQ(lines.back(), "failed with 1") << text;
    }
  }
}

}  // namespace
}  // namespace muster::e2e
