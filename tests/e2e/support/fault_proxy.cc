#include "tests/e2e/support/fault_proxy.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "lib/client/kubeconfig.h"
#include "lib/json/text.h"
#include "tests/e2e/support/eventually.h"
#include "tests/e2e/support/operator_process.h"

namespace muster::e2e {

FaultProxy::FaultProxy(Cluster& cluster) {
  const std::string program = ClusterProgram("toxiproxy");
  if (!std::filesystem::exists(program)) {
    broken_ = program + " is missing: tests/cluster/build-toxiproxy.sh";
    return;
  }
  const auto connection = client::LoadConnection({.kubeconfig = cluster.kubeconfig()}, {});
  if (!connection) {
    broken_ = connection.error().message;
    return;
  }
  const std::string upstream = connection->server.substr(connection->server.find("//") + 2);
  const std::string port = std::to_string(FreePort());
  address_ = "http://127.0.0.1:" + port;
  process_ = std::make_unique<Process>(std::vector<std::string>{program, "-host=127.0.0.1", "-port=" + port},
                                       cluster.ProgramEnvironment(), cluster.run_dir() + "/log/toxiproxy.log");
  const json::Value proxy = json::Object{{"name", "api"}, {"listen", "127.0.0.1:0"}, {"upstream", upstream}};
  const auto made = Eventually(10s, [&]() -> std::string {
    const wire::Response answer = Say("/proxies", proxy);
    const auto value = json::Parse(answer.body);
    if (value) listen_ = (*value)["listen"].Text();
    return answer.status == 201 ? "" : "status " + std::to_string(answer.status) + " " + answer.body;
  });
  if (!made) broken_ = "toxiproxy does not start: " + std::string(made.message());
}

wire::Response FaultProxy::Say(const std::string& path, const json::Value& body) {
  auto transport = client::HttpTransport::Create({.server = address_}, {.user_agent = "e2e"});
  if (!transport) return {};
  auto answer = (*transport)
                    ->Send({.method = wire::Method::kPost,
                            .path = path,
                            .body = json::Write(body),
                            .content_type = "application/json",
                            .timeout = std::chrono::seconds(10)});
  return answer ? std::move(*answer) : wire::Response{};
}

void FaultProxy::Update(const json::Value& fields) {
  const wire::Response answer = Say("/proxies/api", fields);
  EXPECT_EQ(answer.status, 200) << answer.body;
}

void FaultProxy::BothWays(const std::string& type, const json::Value& attributes) {
  for (const char* stream : {"upstream", "downstream"}) {
    const wire::Response answer =
        Say("/proxies/api/toxics", json::Object{{"type", type}, {"stream", stream}, {"attributes", attributes}});
    EXPECT_EQ(answer.status, 200) << answer.body;
  }
}

void FaultProxy::Delay(Duration by) { BothWays("latency", json::Object{{"latency", int64_t{by.count()}}}); }
void FaultProxy::Slow(int64_t kilobytes_per_second) {
  BothWays("bandwidth", json::Object{{"rate", kilobytes_per_second}});
}
void FaultProxy::HalfOpen() { BothWays("timeout", json::Object{{"timeout", 0}}); }
void FaultProxy::Reset() { BothWays("reset_peer", json::Object{{"timeout", 0}}); }

void FaultProxy::Heal() {
  const wire::Response answer = Say("/reset", json::Object());
  EXPECT_EQ(answer.status, 204) << answer.body;
}

}  // namespace muster::e2e
