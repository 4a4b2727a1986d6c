#include "tests/e2e/kubeconfig/matrix.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "lib/client/base64.h"
#include "lib/client/kubeconfig.h"
#include "lib/json/text.h"
#include "tests/e2e/support/workloads.h"

namespace muster::e2e {
namespace {

constexpr Duration kLongest = std::chrono::seconds(20);  // our request timeout is 10 s
constexpr const char* kReader = "reader";

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Of the cluster's own release: what else is on PATH may be older.
const std::string& KubectlPath() {
  static const std::string path = std::string(MUSTER_SOURCE_DIR) + "/build/cluster-bin/kubectl";
  return path;
}

void MustRun(const std::vector<std::string>& argv) {
  const CommandResult done = RunCommand(argv);
  ASSERT_EQ(done.exit_code, 0) << argv[0] << " " << argv[1] << ": " << done.Text();
}

void MustKubectl(const std::vector<std::string>& arguments, const std::string& input = {}) {
  const CommandResult done = Cluster::Get().Kubectl(arguments, input);
  ASSERT_EQ(done.exit_code, 0) << done.Text();
}

}  // namespace

void Matrix::SetUpTestSuite() {
  static bool made = false;  // there are several suites
  if (std::exchange(made, true) || !cluster().broken().empty() || !cluster().is_ours()) return;
  std::filesystem::create_directories(dir() + "/home");
  MustKubectl({"create", "namespace", kSpace});
  for (const char* name : {"one", "two"}) {
    MustKubectl({"apply", "-n", kSpace, "-f", "-"},
                json::Write(MakeWorkload(name, {JobRole("w", 1)}, {.suspend = true})));
  }
  MustKubectl({"create", "clusterrole", kReader, "--verb=get,list,watch", "--resource=workloads.muster.dev"});
  MustKubectl({"create", "serviceaccount", kReader, "-n", kSpace});
  MustKubectl({"create", "clusterrolebinding", kReader, "--clusterrole", kReader, "--user", "jane", "--group", "crew",
               "--serviceaccount", std::string(kSpace) + ":" + kReader});
  Issue("jane", 2);
  Issue("expired", -1);
}

void Matrix::SetUp() {
  ASSERT_EQ(cluster().broken(), "");
  if (!cluster().is_ours()) GTEST_SKIP() << "needs a cluster of its own: unset MUSTER_KUBECONFIG";
}

const std::string& Matrix::dir() {
  static const std::string path = cluster().run_dir() + "/matrix";
  return path;
}

std::string Matrix::File(const std::string& name, const std::string& text) {
  const std::filesystem::path path = dir() + "/" + name;
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path) << text;
  return path;
}

std::string Matrix::Script(const std::string& name, const std::string& text) {
  std::string path = File(name, "#!/bin/sh\n" + text + "\n");
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  return path;
}

std::string Matrix::Config(const std::string& cluster, const std::string& user) {
  return "apiVersion: v1\nkind: Config\ncurrent-context: x\ncontexts: [{name: x, context: {cluster: c, user: u, "
         "namespace: " +
         std::string(kSpace) + "}}]\nclusters: [{name: c, cluster: {" + cluster + "}}]\nusers: [{name: u, user: {" +
         user + "}}]\n";
}

int Matrix::Port() {
  static const int port = [] {
    const auto connection = client::LoadConnection({.kubeconfig = cluster().kubeconfig()}, {});
    return connection ? std::stoi(connection->server.substr(connection->server.rfind(':') + 1)) : 0;
  }();
  return port;
}

std::string Matrix::Server(const std::string& host) {
  return "server: \"https://" + host + ":" + std::to_string(Port()) + "\"";
}

std::string Matrix::Pki(const std::string& file) { return ReadFile(cluster().run_dir() + "/pki/" + file); }

std::string Matrix::Authority() { return "certificate-authority-data: " + client::EncodeBase64(Pki("ca.crt")); }

std::string Matrix::Inline(const std::string& file) { return client::EncodeBase64(ReadFile(dir() + "/" + file)); }

const std::string& Matrix::Token() {
  static const std::string token = [] {
    const CommandResult made = cluster().Kubectl({"create", "token", kReader, "-n", kSpace});
    EXPECT_EQ(made.exit_code, 0) << made.Text();
    return made.out.substr(0, made.out.find('\n'));
  }();
  return token;
}

void Matrix::Issue(const std::string& name, int days) {
  MustRun({"openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out",
           dir() + "/" + name + ".key"});
  Sign(name, days);
}

void Matrix::Sign(const std::string& name, int days) {
  const std::string stem = dir() + "/" + name;
  const std::string authority = cluster().run_dir() + "/pki/ca";
  MustRun({"openssl", "req", "-new", "-key", stem + ".key", "-out", stem + ".csr", "-subj", "/CN=jane"});
  MustRun({"openssl", "x509", "-req", "-in", stem + ".csr", "-CA", authority + ".crt", "-CAkey", authority + ".key",
           "-set_serial", "0x" + std::to_string(1000 + days), "-days", std::to_string(days), "-out", stem + ".crt"});
}

CommandResult Matrix::Run(const std::vector<std::string>& program, const Row& row) {
  if (!row.kubeconfig.empty()) File("config", row.kubeconfig);
  Environment environment = cluster().ProgramEnvironment();
  environment["HOME"] = dir() + "/home";
  for (const char* name :
       {"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy", "KUBERNETES_SERVICE_HOST",
        "KUBERNETES_SERVICE_PORT", "KUBERNETES_MASTER", "POD_NAMESPACE"}) {
    environment[name] = "";
  }
  environment["KUBECONFIG"] = row.kubeconfig.empty() ? "" : dir() + "/config";
  for (const auto& [name, value] : row.environment) environment[name] = value;
  std::vector<std::string> argv = row.wrapper;
  argv.push_back(program[0]);
  argv.insert(argv.end(), row.flags.begin(), row.flags.end());
  argv.insert(argv.end(), program.begin() + 1, program.end());
  return RunCommand(argv, {.environment = environment, .deadline = kLongest});
}

CommandResult Matrix::Kubectl(const Row& row) {
  return Run({KubectlPath(), "get", "workloads.muster.dev", "-o", "name"}, row);
}

CommandResult Matrix::Ours(const Row& row) { return Run({ProgramPath("kubectl-workload"), "get", "-o", "name"}, row); }

void Matrix::Compare(const Row& row) {
  SCOPED_TRACE(row.what);
  const CommandResult theirs = Kubectl(row);
  const CommandResult ours = Ours(row);
  const std::string both = "kubectl: " + theirs.Text() + "\nours: " + ours.Text();
  if (row.refusal.empty()) {
    EXPECT_EQ(theirs.exit_code, 0) << both;
    EXPECT_EQ(theirs.out, kAnswers) << both;
    EXPECT_EQ(ours.out, theirs.out) << both;
    EXPECT_EQ(ours.exit_code, 0) << both;
    return;
  }
  EXPECT_NE(theirs.exit_code, 0) << both;
  EXPECT_EQ(ours.exit_code, 1) << both;
  EXPECT_EQ(ours.out, "") << both;
  EXPECT_NE(ours.err.find(row.refusal), std::string::npos) << both;
  EXPECT_EQ(std::count(ours.err.begin(), ours.err.end(), '\n'), 1) << both;
  EXPECT_EQ(ours.err.find(Token()), std::string::npos) << both;
}

void Matrix::Compare(const Difference& difference) {
  SCOPED_TRACE(difference.row.what);
  const CommandResult theirs = Kubectl(difference.row);
  const CommandResult ours = Ours(difference.row);
  const std::string both = "kubectl: " + theirs.Text() + "\nours: " + ours.Text();
  EXPECT_EQ(theirs.exit_code == 0, difference.kubectl == kAnswers) << both;
  EXPECT_NE((theirs.out + theirs.err).find(difference.kubectl), std::string::npos) << both;
  EXPECT_EQ(ours.exit_code == 0, difference.ours == kAnswers) << both;
  EXPECT_NE((ours.out + ours.err).find(difference.ours), std::string::npos) << both;
  EXPECT_EQ(ours.err.find(Token()), std::string::npos) << both;
}

}  // namespace muster::e2e
