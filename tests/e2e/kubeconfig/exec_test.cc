// How often credentials commands are run, and whom they may ask.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/e2e/kubeconfig/matrix.h"

namespace muster::e2e {
namespace {

constexpr const char* kGroup = "client.authentication.k8s.io/";

class Commands : public Matrix {
 protected:
  static std::string Answer(const std::string& version, const std::string& token, const std::string& expires = "") {
    return "{\"kind\":\"ExecCredential\",\"apiVersion\":\"" + std::string(kGroup) + version +
           "\",\"status\":{\"token\":\"" + token + "\"" +
           (expires.empty() ? "" : ",\"expirationTimestamp\":\"" + expires + "\"") + "}}";
  }
  // A command that counts its runs and gives the answers in turn, the last one for ever.
  static void Counting(const std::vector<std::string>& answers) {
    std::string script = "echo run >> " + dir() + "/runs\nn=$(grep -c run " + dir() + "/runs)\n";
    for (size_t i = 0; i < answers.size(); ++i) {
      const bool is_last = i + 1 == answers.size();
      script += (is_last ? "if true; then" : "if [ $n = " + std::to_string(i + 1) + " ]; then") + " echo '" +
                answers[i] + "'; exit; fi\n";
    }
    Script("counts", script);
  }
  static std::string Counted(const std::string& version = "v1", const std::string& mode = "Never") {
    return Config(Trusted(), "exec: {apiVersion: " + std::string(kGroup) + version + ", command: ./counts" +
                                 (mode.empty() ? "" : ", interactiveMode: " + mode) + "}");
  }
  // Runs since the last time.
  static long Runs() {
    std::ifstream file(dir() + "/runs");
    const long runs = std::count(std::istreambuf_iterator<char>(file), {}, '\n');
    std::filesystem::remove(dir() + "/runs");
    return runs;
  }
  void SetUp() override {
    Matrix::SetUp();
    if (IsSkipped() || HasFailure()) return;
    Runs();
  }
};

TEST_F(Commands, RunOnceWhileTheirAnswerHolds) {
  for (const std::string version : {"v1", "v1beta1"}) {
    for (const std::string expires : {"", "2999-01-01T00:00:00Z"}) {
      SCOPED_TRACE(version + " " + expires);
      Counting({Answer(version, Token(), expires)});
      const Row row{.kubeconfig = Counted(version)};
      EXPECT_EQ(Kubectl(row).out, kAnswers);
      EXPECT_EQ(Runs(), 1);
      const CommandResult ours = Ours(row);
      EXPECT_EQ(ours.out, kAnswers) << ours.Text();
      EXPECT_EQ(Runs(), 1);
    }
  }
}

TEST_F(Commands, RunForEachRequestWhenTheirAnswerHasExpired) {
  Counting({Answer("v1", Token(), "2001-01-01T00:00:00Z")});
  const Row row{.kubeconfig = Counted()};
  EXPECT_EQ(Kubectl(row).out, kAnswers);
  EXPECT_GE(Runs(), 1);
  EXPECT_EQ(Ours(row).out, kAnswers);
  EXPECT_EQ(Runs(), 1);  // one request
}

// kubectl takes the second answer for its next request, and so has one to fail with; we repeat the one that failed.
TEST_F(Commands, RunAgainWhenTheServerRefusesTheirAnswer) {
  Counting({Answer("v1", "refused"), Answer("v1", Token())});
  const Row row{.kubeconfig = Counted()};
  const CommandResult ours = Ours(row);
  EXPECT_EQ(ours.out, kAnswers) << ours.Text();
  EXPECT_EQ(Runs(), 2);
  Kubectl(row);
  EXPECT_GE(Runs(), 2);
  Counting({Answer("v1", "refused")});
  const CommandResult refused = Ours(row);
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_NE(refused.err.find("rejected by"), std::string::npos) << refused.Text();
  EXPECT_EQ(Runs(), 2);
  EXPECT_NE(Kubectl(row).exit_code, 0);
  EXPECT_GE(Runs(), 2);
}

TEST_F(Commands, AnotherIsNotRunWhenOneFails) {
  Script("counts", "echo run >> " + dir() + "/runs; exit 3");
  const Row row{.kubeconfig = Counted()};
  EXPECT_NE(Ours(row).exit_code, 0);
  EXPECT_EQ(Runs(), 1);
  EXPECT_NE(Kubectl(row).exit_code, 0);
  EXPECT_GE(Runs(), 1);
}

// Standard input is no terminal here: tests/e2e/terminal has those.
TEST_F(Commands, InteractiveModes) {
  const auto row = [&](const std::string& version, const std::string& mode, const std::string& refusal = "") {
    return Row{.what = version + " " + mode, .kubeconfig = Counted(version, mode), .refusal = refusal};
  };
  for (const std::string version : {"v1", "v1beta1"}) {
    Counting({Answer(version, Token())});
    Compare({row(version, "Never"), row(version, "IfAvailable"), row(version, "Always", "needs a terminal"),
             row(version, "Sometimes", "needs interactiveMode: Never, IfAvailable or Always"),
             row(version, "", version == "v1" ? "needs interactiveMode" : "")});
  }
}

TEST_F(Commands, AreToldWhatTheyAnswer) {
  const auto telling = [&](const std::string& version, const std::string& what) {
    Script("counts", "case $KUBERNETES_EXEC_INFO in *'" + what + "'*) echo '" + Answer(version, Token()) +
                         "';; *) echo \"told: $KUBERNETES_EXEC_INFO\" >&2; exit 4;; esac");
    Compare(Row{.what = version + " is told " + what, .kubeconfig = Counted(version)});
  };
  for (const std::string version : {"v1", "v1beta1"}) {
    telling(version, "\"apiVersion\":\"" + std::string(kGroup) + version + "\"");
    telling(version, "\"kind\":\"ExecCredential\"");
    telling(version, "\"interactive\":false");
  }
}

}  // namespace
}  // namespace muster::e2e
