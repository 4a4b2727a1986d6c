#include "tests/contract/server.h"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <iostream>

#include "lib/client/kubeconfig.h"
#include "lib/client/transport.h"

namespace muster::contract {
namespace {

class HttpServer final : public Server {
 public:
  HttpServer(client::Connection connection, std::unique_ptr<wire::Transport> admin)
      : connection_(std::move(connection)), admin_(std::move(admin)) {}

  wire::Transport& Admin() override { return *admin_; }

  std::unique_ptr<wire::Transport> WithToken(const std::string& token) override {
    client::Connection connection = connection_;
    connection.client_certificate = {};
    connection.client_key = {};
    connection.token = token;
    auto transport = client::HttpTransport::Create(connection, {});
    return transport ? std::move(*transport) : nullptr;
  }

 private:
  const client::Connection connection_;
  const std::unique_ptr<wire::Transport> admin_;
};

std::unique_ptr<Server> ConnectTo(const std::string& kubeconfig) {
  client::InitThreads(1);
  const auto connection = client::LoadConnection({.kubeconfig = kubeconfig}, {});
  if (!connection) {
    std::cerr << connection.error().message << "\n";
    return nullptr;
  }
  auto transport = client::HttpTransport::Create(*connection, {.user_agent = client::UserAgent("contract", "v0")});
  if (!transport) {
    std::cerr << transport.error().message << "\n";
    return nullptr;
  }
  return std::make_unique<HttpServer>(*connection, std::move(*transport));
}

}  // namespace

ServerChoice RealServer() {
  const char* kubeconfig = std::getenv("MUSTER_TEST_KUBECONFIG");
  ServerChoice choice{.name = "RealServer", .missing = "set MUSTER_TEST_KUBECONFIG to a cluster for tests"};
  if (kubeconfig != nullptr) choice.make = [path = std::string(kubeconfig)] { return ConnectTo(path); };
  return choice;
}

const std::vector<ServerChoice>& Servers() {
  static const std::vector<ServerChoice> servers{RealServer()};
  return servers;
}

std::string UniqueName(const std::string& stem) {
  static std::atomic<int> count{0};
  static const auto start = std::chrono::system_clock::now().time_since_epoch() / std::chrono::milliseconds(1);
  return stem + "-" + std::to_string(start % 100'000'000) + "-" + std::to_string(::getpid()) + "-" +
         std::to_string(++count);
}

json::Value MakeConfigMap(const std::string& name, const std::string& value) {
  return json::Object{{"apiVersion", "v1"},
                      {"kind", "ConfigMap"},
                      {"metadata", json::Object{{"name", name}, {"labels", json::Object{{"contract", name}}}}},
                      {"data", json::Object{{"value", value}}}};
}

json::Value MakeUnmanagedJob(const std::string& name) {
  const json::Value container = json::Object{{"name", "c"}, {"image", "registry.example/none"}};
  return json::Object{
      {"apiVersion", "batch/v1"},
      {"kind", "Job"},
      {"metadata", json::Object{{"name", name}}},
      {"spec",
       json::Object{{"suspend", true},
                    {"managedBy", "muster.dev/contract"},
                    {"template", json::Object{{"spec", json::Object{{"restartPolicy", "Never"},
                                                                    {"containers", json::Array{container}}}}}}}}};
}

}  // namespace muster::contract
