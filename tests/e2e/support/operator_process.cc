#include "tests/e2e/support/operator_process.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "lib/client/base64.h"
#include "lib/json/text.h"

namespace muster::e2e {
namespace {

const api::Key kLease{"muster-system", "muster-operator"};

std::string CredentialOf(const std::string& kubeconfig) {
  std::stringstream text;
  text << std::ifstream(kubeconfig).rdbuf();
  const auto config = json::Parse(text.str());
  if (!config) return {};
  std::string payload = (*config)["users"].At(0)["user"]["token"].Text();
  payload = payload.substr(payload.find('.') + 1);
  payload = payload.substr(0, payload.find('.'));
  std::replace(payload.begin(), payload.end(), '-', '+');
  std::replace(payload.begin(), payload.end(), '_', '/');
  while (payload.size() % 4 != 0) payload += '=';
  const auto claims = json::Parse(client::DecodeBase64(payload).value_or(""));
  return claims ? "JTI=" + (*claims)["jti"].Text() : std::string();
}

}  // namespace

int FreePort() {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  EXPECT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), length), 0);
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length);
  close(listener);
  return ntohs(address.sin_port);
}

std::string LeaseHolder(Cluster& cluster) {
  const auto lease = cluster.admin().Get(api::kLeases, kLease);
  return lease ? (*lease)["spec"]["holderIdentity"].Text() : std::string();
}

OperatorProcess::OperatorProcess(Cluster& cluster, const OperatorOptions& options)
    : cluster_(cluster), options_(options), health_port_(FreePort()), metrics_port_(FreePort()) {
  const std::string kubeconfig = cluster.OperatorKubeconfig("operator-" + options.identity, options.server);
  credential_ = CredentialOf(kubeconfig);
  log_path_ = cluster.run_dir() + "/log/operator-" + options.identity + ".log";
  std::error_code none_yet;
  const auto size = std::filesystem::file_size(log_path_, none_yet);
  if (!none_yet) log_begin_ = static_cast<std::streamoff>(size);
  while (metrics_port_ == health_port_) metrics_port_ = FreePort();
  std::vector<std::string> argv = {ProgramPath("muster-operator"),
                                   "--kubeconfig=" + kubeconfig,
                                   "--health-address=127.0.0.1:" + std::to_string(health_port_),
                                   "--metrics-address=127.0.0.1:" + std::to_string(metrics_port_),
                                   "--leader-elect-identity=" + options.identity,
                                   std::string("--leader-elect=") + (options.elect == Elect::kYes ? "true" : "false"),
                                   std::string("--metrics-authorization=") + (options.open_metrics ? "false" : "true"),
                                   "--log-level=debug"};
  argv.insert(argv.end(), options.more.begin(), options.more.end());
  process_ = std::make_unique<Process>(argv, cluster.ProgramEnvironment(), log_path_);
}

::testing::AssertionResult OperatorProcess::WaitReady(Duration longest) {
  return Eventually(longest, [this]() -> std::string {
    if (const auto code = process_->Wait(Duration(0))) {
      return "the operator has ended with " + std::to_string(*code) + ":\n" + LogTail(10);
    }
    return Differs("/readyz", Health("/readyz").status, 200);
  });
}

::testing::AssertionResult OperatorProcess::WaitLeading(Duration longest) {
  if (auto ready = WaitReady(longest); !ready || options_.elect == Elect::kNo) return ready;
  return Eventually(longest,
                    [this] { return Differs("the Lease's holder", LeaseHolder(cluster_), options_.identity); });
}

OperatorProcess::Page OperatorProcess::Get(int port, const std::string& path, const std::string& bearer) {
  client::Connection connection{.server = "http://127.0.0.1:" + std::to_string(port)};
  connection.token = bearer;
  auto transport = client::HttpTransport::Create(connection, {.user_agent = "e2e"});
  if (!transport) return {};
  wire::Request request{.path = path.substr(0, path.find('?')), .timeout = std::chrono::seconds(5)};
  if (path.find('?') != std::string::npos) request.query = {{path.substr(path.find('?') + 1), ""}};
  const auto answer = (*transport)->Send(request);
  return answer ? Page{answer->status, answer->body} : Page{};
}

OperatorProcess::Page OperatorProcess::Health(const std::string& path) { return Get(health_port_, path); }
OperatorProcess::Page OperatorProcess::Metrics(const std::string& bearer) {
  return Get(metrics_port_, "/metrics", bearer);
}

std::optional<double> OperatorProcess::Metric(const std::string& series) {
  std::istringstream page(Metrics().body);
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with(series + " ")) return std::stod(line.substr(series.size() + 1));
  }
  return std::nullopt;
}

std::string OperatorProcess::LogTail(size_t lines) const {
  std::ifstream file(log_path_);
  file.seekg(log_begin_);
  std::deque<std::string> tail;
  for (std::string line; std::getline(file, line);) {
    tail.push_back(std::move(line));
    if (tail.size() > lines) tail.pop_front();
  }
  std::string text;
  for (const std::string& line : tail) text += line + "\n";
  return text;
}

}  // namespace muster::e2e
