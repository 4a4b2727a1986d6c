// What the operator says when it cannot start: one line that names flag or field, value and remedy.
#include "lib/json/text.h"
#include "tests/e2e/kubeconfig/matrix.h"

namespace muster::e2e {
namespace {

class OperatorRefuses : public Matrix {
 protected:
  static CommandResult Run(const std::vector<std::string>& flags, const std::string& kubeconfig = "") {
    std::vector<std::string> argv = {ProgramPath("muster-operator"), "--health-address=0", "--metrics-address=0"};
    argv.insert(argv.end(), flags.begin(), flags.end());
    Environment environment = cluster().ProgramEnvironment();
    environment["HOME"] = dir() + "/home";
    environment["KUBECONFIG"] = kubeconfig;
    for (const char* name : {"KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"}) environment[name] = "";
    return RunCommand(argv, {.environment = environment, .deadline = 20s});
  }

  static void Expect(const std::string& kubeconfig, const std::string& message) {
    SCOPED_TRACE(message);
    const std::string file = File("config", kubeconfig);
    const CommandResult refused = Run({"--kubeconfig", file});
    EXPECT_EQ(refused.exit_code, 1) << refused.Text();
    EXPECT_EQ(refused.out, "");
    EXPECT_EQ(refused.err, "muster-operator: cannot start: " + message + "\n");
  }
};

TEST_F(OperatorRefuses, AKubeconfigItCannotUse) {
  const std::string file = dir() + "/config";
  const std::string context = "context \"x\" of " + file;
  Expect("clusters: [",
         "kubeconfig " + file + ": invalid YAML, line 1: nothing closes the bracket that begins here (column 11)");
  Expect(Config("server: \"127 0\"", ""),
         "server \"http://127 0\" holds more than host, port and path: write it as https://host:port, in " + context);
  Expect(Config(Server() + ", certificate-authority: none.crt", ""),
         "certificate-authority " + dir() + "/none.crt of " + context + " cannot be used: cannot read " + dir() +
             "/none.crt: No such file or directory: correct the path, or the file's rights");
  Expect(Config(Server() + ", certificate-authority-data: \"?\"", ""),
         "kubeconfig " + file + ": clusters[0].cluster.certificate-authority-data is not base64");
  Expect(Config("", ""), context + " names no server: set clusters[].cluster.server");
}

TEST_F(OperatorRefuses, WhatItsFlagsName) {
  const auto refusal = [](const std::vector<std::string>& flags, const std::string& list = "") {
    const CommandResult refused = Run(flags, list);
    EXPECT_NE(refused.exit_code, 0) << refused.Text();
    EXPECT_EQ(refused.out, "");
    return refused.err;
  };
  const std::string good = File("good", Config(Trusted(), "token: " + Token()));
  const std::string start = "muster-operator: cannot start: ";
  EXPECT_EQ(refusal({"--kubeconfig=/none"}),
            start + "kubeconfig: cannot read /none: No such file or directory: correct --kubeconfig\n");
  EXPECT_EQ(refusal({}, dir()), start + "kubeconfig: cannot read " + dir() + ": Is a directory: correct KUBECONFIG\n");
  EXPECT_EQ(refusal({}),
            start + "no cluster is configured: give --kubeconfig, set KUBECONFIG, or write ~/.kube/config\n");
  EXPECT_EQ(refusal({"--context=z"}, good), start + "no context \"z\" in " + good + "; there is: x\n");
  EXPECT_EQ(refusal({"--workers=0"}),
            "muster-operator: --workers 0: must be a whole number from 1 to 256\nSee muster-operator --help\n");
}

TEST_F(OperatorRefuses, InTheFormOfItsLog) {
  const CommandResult refused = Run({"--kubeconfig=/none", "--log-format=json"});
  EXPECT_EQ(refused.exit_code, 1);
  const auto line = json::Parse(refused.err);
  ASSERT_TRUE(line.has_value()) << refused.err;
  EXPECT_EQ((*line)["error"].Text(), "kubeconfig: cannot read /none: No such file or directory: correct --kubeconfig");
}

}  // namespace
}  // namespace muster::e2e
