#include "tests/e2e/support/cluster.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "lib/client/kubeconfig.h"
#include "lib/json/text.h"
#include "tests/e2e/support/eventually.h"

namespace muster::e2e {
namespace {

constexpr const char* kSource = MUSTER_SOURCE_DIR;
constexpr Duration kStartLongest = std::chrono::seconds(120);

std::string ClusterBin() { return std::string(kSource) + "/build/cluster-bin"; }

std::string ProgramName() { return std::filesystem::read_symlink("/proc/self/exe").filename(); }

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : value;
}

// Torn down by GoogleTest's environment, not by a static destructor: threads and libraries are still there.
class Teardown : public ::testing::Environment {
 public:
  explicit Teardown(std::unique_ptr<Cluster>* cluster) : cluster_(cluster) {}
  void TearDown() override { cluster_->reset(); }

 private:
  std::unique_ptr<Cluster>* cluster_;
};

std::unique_ptr<Cluster>& TheCluster() {
  static std::unique_ptr<Cluster> cluster;
  return cluster;
}

const ::testing::Environment* const kTeardown = ::testing::AddGlobalTestEnvironment(new Teardown(&TheCluster()));

}  // namespace

std::string ClusterProgram(const std::string& name) { return ClusterBin() + "/" + name; }
std::string ProgramDirectory() {
  const std::string given = Variable("MUSTER_PROGRAMS");
  return given.empty() ? MUSTER_BIN_DIR : given;
}

std::string ProgramPath(const std::string& name) { return ProgramDirectory() + "/" + name; }

Cluster& Cluster::Get() {
  if (TheCluster() == nullptr) TheCluster().reset(new Cluster());
  return *TheCluster();
}

Cluster::Cluster() {
  client::InitThreads(2);
  const std::string given = Variable("MUSTER_KUBECONFIG");
  is_ours_ = given.empty();
  run_dir_ = std::string(kSource) + "/build/clusters/" + ProgramName() + "." + std::to_string(getpid());
  std::filesystem::create_directories(run_dir_ + "/log");
  kubeconfig_ = is_ours_ ? run_dir_ + "/kubeconfig" : given;
  for (const char* program : {"muster-operator", "kubectl-workload"}) {
    if (!std::filesystem::exists(ProgramPath(program))) broken_ = ProgramPath(program) + " is missing: make build";
  }
  if (broken_.empty()) Start();
}

Cluster::~Cluster() {
  transport_.reset();
  std::error_code ignored;
  const bool passed = ::testing::UnitTest::GetInstance()->Passed() && !keep_logs_;
  if (is_ours_) {
    std::vector<std::string> down = {Script("down.sh"), "--run-dir", run_dir_, "--sweep"};
    if (passed) down.push_back("--purge");
    RunCommand(down);
  } else if (passed) {
    std::filesystem::remove_all(run_dir_, ignored);
  }
  if (!passed) std::fprintf(stderr, "the logs of the cluster and of the operators are in %s\n", run_dir_.c_str());
}

std::string Cluster::Script(const std::string& name) const { return std::string(kSource) + "/tests/cluster/" + name; }

void Cluster::Must(const std::vector<std::string>& argv, Duration deadline) {
  const CommandResult result = RunCommand(argv, {.environment = ProgramEnvironment(), .deadline = deadline});
  if (result.exit_code == 0) return;
  ADD_FAILURE() << argv[0] << ": " << result.Text();
}

void Cluster::Start() {
  if (is_ours_) {
    const CommandResult up =
        RunCommand({Script("up.sh"), "--run-dir", run_dir_, "--parent", std::to_string(getpid()), "--audit"},
                   {.deadline = kStartLongest});
    if (up.exit_code != 0) {
      broken_ = "the test cluster does not start: " + up.Text();
      return;
    }
  }
  Connect();
  if (broken_.empty()) unusable_ = WhyUnusable();
  if (broken_.empty() && unusable_.empty()) Install();
}

void Cluster::Connect() {
  const auto connection = client::LoadConnection({.kubeconfig = kubeconfig_}, {});
  if (!connection) {
    broken_ = connection.error().message;
    return;
  }
  auto transport = client::HttpTransport::Create(*connection, {.user_agent = client::UserAgent("e2e", "v0")});
  if (!transport) {
    broken_ = transport.error().message;
    return;
  }
  transport_ = std::move(*transport);
  api_ = std::make_unique<client::Api>(*transport_);
}

// Nodes of its own would take our pods, and without kwok no hollow node ever runs one.
std::string Cluster::WhyUnusable() {
  if (is_ours_) return {};
  const auto nodes = admin().List(api::kNodes, "");
  if (!nodes) return nodes.error().message;
  if (!(*nodes)["items"].Items().empty()) {
    return "the cluster of MUSTER_KUBECONFIG has nodes; end-to-end tests bring their own: use one of make cluster-up";
  }
  AddNodes({.prefix = "probe"});
  const json::Value container = json::Object{{"name", "c"}, {"image", "registry.example/none"}};
  const json::Value pod =
      json::Object{{"apiVersion", "v1"},
                   {"kind", "Pod"},
                   {"metadata", json::Object{{"name", "e2e-probe"}}},
                   {"spec", json::Object{{"nodeName", "probe-0"}, {"containers", json::Array{container}}}}};
  const api::Key key{"default", "e2e-probe"};
  const auto made = admin().Create(api::kPods, key.ns, pod);
  const auto runs = Eventually(std::chrono::seconds(10), [&] {
    const auto got = admin().Get(api::kPods, key);
    return got && (*got)["status"]["phase"].Text() == "Running" ? "" : "the pod does not run";
  });
  if (made) (void)admin().Delete(api::kPods, key, {.grace_seconds = 0});
  RemoveNodes("probe");
  return runs ? "" : "the cluster of MUSTER_KUBECONFIG runs no hollow nodes (kwok): use one of make cluster-up";
}

void Cluster::Install() {
  const std::string source = kSource;
  const std::string kubectl = ClusterBin() + "/kubectl";
  constexpr Duration kLongest = std::chrono::seconds(60);
  Must({kubectl, "apply", "--server-side", "-f", source + "/crds", "-f", source + "/config/manager/namespace.yaml",
        "-f", source + "/config/rbac", "-f", source + "/config/policy"},
       kLongest);
  Must({kubectl, "wait", "--for=condition=Established", "--timeout=30s", "crd/workloads.muster.dev",
        "crd/podgroups.muster.dev"},
       kLongest);
  // The garbage collector looks for new kinds every 30 seconds, and at its start: the first test need not wait for it.
  if (is_ours_) Component("restart", "kube-controller-manager");
}

Environment Cluster::ProgramEnvironment() const {
  return {{"KUBECONFIG", kubeconfig_},
          {"KUBECACHEDIR", run_dir_ + "/kube-cache"},
          {"MUSTER_TEST_CLUSTER_DIR", run_dir_},
          {"PATH", ProgramDirectory() + ":" + ClusterBin() + ":" + Variable("PATH")},
          {"NO_COLOR", "1"}};
}

CommandResult Cluster::Kubectl(std::vector<std::string> arguments, const std::string& input) {
  arguments.insert(arguments.begin(), ClusterBin() + "/kubectl");
  return RunCommand(arguments, {.input = input, .environment = ProgramEnvironment()});
}

void Cluster::AddNodes(const NodeShape& shape) {
  std::vector<std::string> argv = {Script("nodes.sh"),          "add",        "--prefix",    shape.prefix, "--count",
                                   std::to_string(shape.count), "--capacity", shape.capacity};
  for (const std::string& label : shape.labels) argv.insert(argv.end(), {"--label", label});
  for (const std::string& taint : shape.taints) argv.insert(argv.end(), {"--taint", taint});
  Must(argv, std::chrono::seconds(60));
}

void Cluster::RemoveNodes(const std::string& prefix) {
  Must({Script("nodes.sh"), "remove", "--prefix", prefix}, std::chrono::seconds(60));
}

void Cluster::Component(const std::string& verb, const std::string& name) {
  Must({Script("component.sh"), verb, name, "--run-dir", run_dir_}, std::chrono::seconds(90));
}

void Cluster::StartApiServer() {
  Component("start", "kube-apiserver");
  Component("restart", "kube-controller-manager");
  Component("restart", "kube-scheduler");
}

std::string Cluster::OperatorKubeconfig(const std::string& who, const std::string& server) {
  const CommandResult token = Kubectl({"create", "token", "muster-operator", "-n", "muster-system", "--duration=2h"});
  EXPECT_EQ(token.exit_code, 0) << token.Text();
  if (own_kubeconfig_.empty()) {
    own_kubeconfig_ = Kubectl({"config", "view", "--minify", "--raw", "--flatten", "-o", "json"}).out;
  }
  auto config = json::Parse(own_kubeconfig_);
  EXPECT_TRUE(config.has_value()) << own_kubeconfig_;
  if (!config) return {};
  const std::string bearer = token.out.substr(0, token.out.find('\n'));
  const std::string user = (*config)["users"].At(0)["name"].Text();
  config->Set("users", json::Array{json::Object{{"name", user}, {"user", json::Object{{"token", bearer}}}}});
  if (!server.empty()) {
    config->Mutable("clusters").MutableItems().at(0).Mutable("cluster").Set("server", server);
  }
  std::string path = run_dir_ + "/kubeconfig-" + who;
  std::ofstream(path) << json::Write(*config);
  std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  return path;
}

}  // namespace muster::e2e
