#include "tests/bench/operator_process.h"

#include <sstream>
#include <string_view>
#include <thread>
#include <vector>

#include "lib/runtime/clock.h"

namespace muster::bench {
namespace {

constexpr Duration kReadyMax = std::chrono::seconds(60);
constexpr Duration kReadyPoll{5};

Result<std::unique_ptr<client::HttpTransport>> TransportTo(int port) {
  client::Connection connection;
  connection.server = "http://127.0.0.1:" + std::to_string(port);
  return client::HttpTransport::Create(connection, {.user_agent = "muster-bench"});
}

std::string LoopbackAddress(int port) { return "127.0.0.1:" + std::to_string(port); }

}  // namespace

OwnWrites ParseOwnWrites(const std::string& metrics_page) {
  OwnWrites writes;
  std::istringstream lines(metrics_page);
  for (std::string line; std::getline(lines, line);) {
    const size_t end = line.rfind("} ");
    if (!line.starts_with("rest_client_requests_total{") || end == std::string::npos) continue;
    const double count = std::stod(line.substr(end + 2));
    const auto is = [&](std::string_view method) {
      return line.find("method=\"" + std::string(method) + "\"") != std::string::npos;
    };
    if (is("PUT")) {
      writes.lease += count;
    } else if (!is("GET")) {
      writes.changes += count;
    }
  }
  return writes;
}

Result<std::unique_ptr<OperatorProcess>> OperatorProcess::Start(const Options& options) {
  TRY(auto metrics, TransportTo(options.port));
  TRY(auto health, TransportTo(options.port + 1));
  const std::vector<std::string> argv = {
      options.program, "--kubeconfig=" + options.kubeconfig, "--metrics-address=" + LoopbackAddress(options.port),
      "--health-address=" + LoopbackAddress(options.port + 1), "--metrics-authorization=false"};
  TRY(Child child, Child::Start(argv, options.log));
  return std::unique_ptr<OperatorProcess>(new OperatorProcess(std::move(child), std::move(health), std::move(metrics)));
}

bool OperatorProcess::IsReady() {
  wire::Request request;
  request.path = "/readyz";
  request.timeout = std::chrono::seconds(1);
  const auto answer = health_->Send(request);
  return answer.has_value() && answer->status == 200;
}

Result<Instant> OperatorProcess::WaitReady() {
  const runtime::Clock& clock = runtime::RealClock();
  const Instant deadline = clock.Now() + kReadyMax;
  while (clock.Now() < deadline) {
    if (IsReady()) return clock.Now();
    std::this_thread::sleep_for(kReadyPoll);
  }
  return MakeError(Code::kTimeout, "the operator does not become ready; its log says why");
}

Result<OwnWrites> OperatorProcess::ReadWrites() {
  wire::Request request;
  request.path = "/metrics";
  TRY(const wire::Response answer, metrics_->Send(request));
  if (answer.status != 200) return MakeError(Code::kInternal, "/metrics answers " + std::to_string(answer.status));
  return ParseOwnWrites(answer.body);
}

}  // namespace muster::bench
