// What is offered at the cursor, and the directive that tells the shell about file names and spaces.
#include <gtest/gtest.h>

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "kubectl-plugin/cmd/completion_scripts.h"
#include "lib/base/strings.h"
#include "tests/scenario/plugin/support/plugin_run.h"

namespace muster::testing {
namespace {

json::Value Object(const std::string& api_version, const std::string& kind, const std::string& name,
                   const std::string& ns) {
  json::Value object = json::Object{{"apiVersion", api_version},
                                    {"kind", kind},
                                    {"metadata", json::Object{{"name", name}}},
                                    {"spec", json::Object{}}};
  if (!ns.empty()) object.Mutable("metadata").Set("namespace", ns);
  return object;
}

class Completion : public ::testing::Test {
 protected:
  Completion() {
    for (const char* name : {"train", "tests", "web"})
      cluster_.Add(Object("muster.dev/v1alpha1", "Workload", name, "ml"));
    cluster_.Add(Object("muster.dev/v1alpha1", "PodGroup", "train-0", "ml"));
    cluster_.Add(Object("muster.dev/v1alpha1", "Workload", "far", "prod"));
    cluster_.Add(Object("v1", "Namespace", "ml", ""));
    cluster_.Add(Object("v1", "Namespace", "prod", ""));
  }

  // "json jsonpath= :4"; what is said of each is left out.
  std::string At(std::vector<std::string> words, const std::string& verb = "__complete") {
    words.insert(words.begin(), verb);
    const PluginRun run = RunPlugin(cluster_, words, {});
    EXPECT_EQ(run.exit, 0);
    EXPECT_EQ(run.err, "");
    std::vector<std::string> lines = Split(run.out, '\n');
    lines.pop_back();
    for (std::string& line : lines) line.erase(std::min(line.size(), line.find('\t')));
    return Join(lines, " ");
  }

  MemoryCluster cluster_;
};

TEST_F(Completion, OffersWhatBelongsThere) {
  struct Case {
    std::vector<std::string> words;
    const char* offered;
  };
  for (const Case& c : {
           // Verbs, where none is typed yet, before and behind flags; words that are none get nothing.
           Case{{"sta"}, "status :4"},
           Case{{"-n", "ml", "su"}, "suspend :4"},
           Case{{"nonsense", ""}, ":4"},
           Case{{"help", "ex"}, "explain :4"},
           Case{{"completion", ""}, "bash fish zsh :4"},
           Case{{"completion", "bash", ""}, ":4"},
           // Names, each once; of the namespace that is chosen, however that is written.
           Case{{"status", ""}, "tests train web :4"},
           Case{{"status", "train", "t"}, "tests :4"},
           Case{{"get", "-n", "prod", ""}, "far podgroups workloads :4"},
           Case{{"get", "--namespace=prod", ""}, "far podgroups workloads :4"},
           Case{{"get", "-n=prod", ""}, "far podgroups workloads :4"},
           Case{{"status", "-w", "w"}, "web :4"},
           Case{{"explain", "--live", "tr"}, "train train-0 :4"},
           Case{{"explain", "podgroup/"}, "podgroup/train-0 :4"},
           Case{{"get", "podg"}, "podgroups :4"},
           Case{{"get", "podgroups", ""}, "train-0 :4"},
           Case{{"get", "pg", "-n", "prod", ""}, ":4"},
           Case{{"get", "pg", "train-0", ""}, ":4"},
           Case{{"get", "wl", "t"}, "tests train :4"},
           Case{{"explain", "pg", "t"}, "train-0 :4"},
           Case{{"status", "workload", "w"}, "web :4"},
           Case{{"suspend", "pg", ""}, ":4"},
           Case{{"explain", "wl/w"}, "wl/web :4"},
           Case{{"suspend", "podgroup/"}, ":4"},
           Case{{"suspend", "pods/"}, ":4"},
           Case{{"timeline", "w"}, "web :4"},
           Case{{"timeline", "web", ""}, ":4"},
           Case{{"get", "--", "t"}, "tests train :4"},
           // No names where none belong.
           Case{{"plan", ""}, ":4"},
           Case{{"lint", ""}, ":4"},
           Case{{"check", ""}, ":4"},
           Case{{"version", ""}, ":4"},
           // Files are the shell's.
           Case{{"plan", "-f", ""}, ":0"},
           Case{{"lint", "--filename", "t"}, ":0"},
           Case{{"lint", "--filename=t"}, ":0"},
           Case{{"get", "--kubeconfig", ""}, ":0"},
           Case{{"get", "--certificate-authority=", ""}, "podgroups tests train web workloads :4"},
           Case{{"get", "--client-key="}, ":0"},
           // Values, of --flag=VALUE alone.
           Case{{"get", "-o", ""}, "json jsonpath= name wide yaml :4"},
           Case{{"get", "-o=js"}, "json jsonpath= :4"},
           Case{{"get", "--output=jsonp"}, "jsonpath= :6"},
           Case{{"check", "-o", ""}, "json jsonpath= yaml :4"},
           Case{{"wait", "--for=c"}, "complete :4"},
           Case{{"scale", "web", "--dry-run", "s"}, "server :4"},
           Case{{"get", "--color", ""}, "always auto never :4"},
           Case{{"get", "-n", ""}, "ml prod :4"},
           Case{{"get", "--namespace=p"}, "prod :4"},
           Case{{"--context", ""}, "dev prod :4"},
           Case{{"get", "--context=d"}, "dev :4"},
           Case{{"get", "--cluster", ""}, "dev-cluster prod-cluster :4"},
           Case{{"get", "--user", "b"}, "bob :4"},
           Case{{"get", "--kubeconfig", "nosuch", "--user", ""}, ":4"},
           // Nobody knows these.
           Case{{"get", "--token", ""}, ":4"},
           Case{{"get", "-l", ""}, ":4"},
           Case{{"scale", "web", "--replicas", ""}, ":4"},
           Case{{"wait", "--timeout="}, ":4"},
           Case{{"get", "--no"}, "--no-headers :4"},
           Case{{"plan", "--fi"}, "--filename :4"},
           Case{{"get", "--", "--no"}, ":4"},
       }) {
    EXPECT_EQ(At(c.words), c.offered) << Join(c.words, " ");
  }
}

TEST_F(Completion, OfAServerThatDoesNotAnswerIsEmpty) {
  cluster_.Break(MakeError(Code::kUnavailable, "connection refused"));
  EXPECT_EQ(At({"get", ""}), "podgroups workloads :4");
  EXPECT_EQ(At({"get", "-n", ""}), ":4");
  EXPECT_EQ(At({"get", "--no"}), "--no-headers :4");
}

TEST_F(Completion, NamesAreMadeSafe) {
  cluster_.Add(Object("v1", "Namespace", "a\x1b[2Jb\nc", ""));
  EXPECT_EQ(At({"get", "-n", "a"}, "__complete-quoting"), "a^[[2Jb c :4");
}

TEST_F(Completion, LeavesOutWhatAShellWouldNotReadAsItIsUnlessTheCallerQuotes) {
  for (const char* name : {"x$(reboot)", "x`reboot`", "x;reboot", "x y", "x'y", "x\"y", "x\\y", "x|y", "x&y", "x>y",
                           "x*y", "x{1,2}", "x~y", "x!y", "x#y", "x[1]", "xü-1.2/3:4@5_6"}) {
    cluster_.Add(Object("v1", "Namespace", name, ""));
  }
  EXPECT_EQ(At({"get", "-n", "x"}), "xü-1.2/3:4@5_6 :4");
  EXPECT_EQ(At({"get", "-n", "x$"}, "__complete-quoting"), "x$(reboot) :4");
  EXPECT_EQ(At({"get", "--namespace=x;"}, "__complete-quoting"), "x;reboot :4");
}

// The scripts, read by real shells; the program is one that answers as ours does, and writes down what it was asked.
class ShellScript : public ::testing::Test {
 protected:
  ShellScript() : folder_(std::filesystem::path(::testing::TempDir()) / ("completion-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  ~ShellScript() override { std::filesystem::remove_all(folder_); }

  std::string Path(const std::string& name) const { return (folder_ / name).string(); }
  void Write(const std::string& name, const std::string& text) const { std::ofstream(folder_ / name) << text; }
  void Answer(const std::string& answer) const {
    Write("kubectl-workload", "#!/bin/sh\nprintf '%s,' \"$@\" >" + Path("asked") + "\nprintf '" + answer + "'\n");
    std::filesystem::permissions(folder_ / "kubectl-workload", std::filesystem::perms::owner_all);
  }
  std::string Run(const std::string& command) const {
    std::FILE* pipe = ::popen(("PATH=" + folder_.string() + ":$PATH " + command + " 2>&1").c_str(), "r");
    if (pipe == nullptr) return "no shell";
    std::string out;
    char buffer[4096];
    while (const size_t got = std::fread(buffer, 1, sizeof buffer, pipe)) out.append(buffer, got);
    ::pclose(pipe);
    return out;
  }
  // Continuous integration has them all: there a test that is left out is a failed one.
  bool Lacks(const std::string& shell) const {
    const bool lacks = Run("command -v " + shell).empty();
    EXPECT_FALSE(lacks && std::getenv("CI") != nullptr) << shell << " is not installed";
    return lacks;
  }

  std::filesystem::path folder_;
};

TEST_F(ShellScript, OfBashDoesWhatTheDirectiveSays) {
  Write("script", std::string(*plugin::ShellCompletionScript("bash")));
  // `replaced`: what bash replaces, the word behind the last "=", ":" or "@".
  const auto complete = [this](const std::string& answer, const std::string& line, const std::string& replaced = "") {
    Answer(answer);
    Write("test", "source " + Path("script") + "\ncompopt() { printf '%s ' \"$@\"; }\nCOMP_LINE='" + line +
                      "' COMP_POINT=${#COMP_LINE}\n_kubectl_workload kubectl-workload '" + replaced +
                      "' before\nprintf '%s|' \"${COMPREPLY[@]}\"\ncat " + Path("asked") + "\n");
    return Run("bash -eu " + Path("test"));
  };
  EXPECT_EQ(complete("status\\tShow it\\nstop\\n:4\\n", "kubectl-workload st", "st"),
            "status|stop|__complete-quoting,st,");
  EXPECT_EQ(complete("jsonpath=\\n:6\\n", "kubectl-workload get -o json", "json"),
            "-o nospace jsonpath=|__complete-quoting,get,-o,json,");
  EXPECT_EQ(complete(":0\\n", "kubectl-workload plan -f "), "-o default |__complete-quoting,plan,-f,,");
  // Contexts of EKS and of kubeadm: what stands before the last ":" or "@" is there already.
  EXPECT_EQ(complete("arn:aws:eks:eu:1:cluster/a\\n:4\\n", "kubectl-workload get --context arn:"),
            "aws:eks:eu:1:cluster/a|__complete-quoting,get,--context,arn:,");
  EXPECT_EQ(complete("admin@one\\nadmin@other\\n:4\\n", "kubectl-workload get --context=admin@o", "o"),
            "one|other|__complete-quoting,get,--context=admin@o,");
  // What is offered is quoted; what was offered before and is completed further is asked for without quotes.
  EXPECT_EQ(complete("admin@a $(b)\\n:4\\n", R"(kubectl-workload get --context admin@a\ )", R"(a\ )"),
            R"(a\ \$\(b\)|__complete-quoting,get,--context,admin@a ,)");
}

TEST_F(ShellScript, OfFishOffersWholeWords) {
  if (Lacks("fish")) GTEST_SKIP() << "fish is not installed";
  Write("script", std::string(*plugin::ShellCompletionScript("fish")));
  const auto complete = [this](const std::string& answer, const std::string& line) {
    Answer(answer);
    return Run("fish --no-config -c \"source " + Path("script") + "; cd " + folder_.string() + "; complete -C'" + line +
               "'\"");
  };
  EXPECT_EQ(complete("status\\tShow it\\n:4\\n", "kubectl-workload st"), "status\tShow it\n");
  EXPECT_EQ(complete("json\\n:4\\n", "kubectl-workload get --output=js"), "--output=json\n");
  EXPECT_EQ(complete(":0\\n", "kubectl-workload plan -f scr"), "script\n");
  EXPECT_EQ(complete(":0\\n", "kubectl-workload plan --filename=scr"), "--filename=script\n");
  EXPECT_EQ(complete(":4\\n", "kubectl-workload get scr"), "");
}

// A context of a kubeconfig from elsewhere: completed and run, the program gets the name, and nothing in it has run.
TEST_F(ShellScript, QuotesWhatItOffers) {
  const std::string name = R"(a$(touch pwned);`touch pwned`"b'c &|!)";
  for (const auto& [shell, interactive, before] :
       {std::tuple("bash", "bash --norc -i", ""),
        std::tuple("zsh", "zsh -f -i", "autoload -Uz compinit; compinit -u -D; "),
        std::tuple("fish", "fish --no-config -i", "")}) {
    if (Lacks(shell)) continue;
    for (const std::string typed : {"--context ", R"(--context=a\$)"}) {
      Write("script", std::string(*plugin::ShellCompletionScript(shell)));
      Write("answer", name + "\n:4\n");
      Write("kubectl-workload", "#!/bin/sh\nif [ \"$1\" = __complete-quoting ]; then cat " + Path("answer") +
                                    "; touch " + Path("asked") + "; else printf '<%s>' \"$@\" >" + Path("new") +
                                    "; mv " + Path("new") + " " + Path("ran") + "; fi\n");
      std::filesystem::permissions(folder_ / "kubectl-workload", std::filesystem::perms::owner_all);
      // Each line is typed when the one before has shown its effect.
      Write("type",
            "await() { n=0; until [ -e \"$1\" ] || [ $n = 200 ]; do n=$((n + 1)); sleep 0.05; done; }\n"
            "cd " +
                folder_.string() + "\nrm -f ready asked ran pwned\n" + "printf '%s\\n' '" + before +
                "source script; touch ready'; await ready\n" + "printf '%s\\t' 'kubectl-workload get " + typed +
                "'; await asked\n" + "printf '\\n'; await ran\nprintf 'exit\\n'\n");
      Run("sh -c 'cd " + folder_.string() + " && sh type | TERM=dumb timeout 60 script -qec \"" + interactive +
          "\" screen'");
      const std::string flag = typed.substr(0, typed.find_first_of(" =") + 1);
      EXPECT_EQ(Run("cat " + Path("ran")),
                flag.ends_with("=") ? "<get><" + flag + name + ">" : "<get><--context><" + name + ">")
          << shell << ", " << typed << ": " << Run("cat " + Path("screen"));
      EXPECT_FALSE(std::filesystem::exists(folder_ / "pwned")) << shell << ", " << typed;
    }
  }
}

TEST_F(ShellScript, OfZshIsOne) {
  if (Lacks("zsh")) GTEST_SKIP() << "zsh is not installed";
  Write("script", std::string(*plugin::ShellCompletionScript("zsh")));
  EXPECT_EQ(Run("zsh -f -n " + Path("script")), "");
}

}  // namespace
}  // namespace muster::testing
