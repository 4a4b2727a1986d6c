// The attacker reaches /metrics and has no token; the victim is Prometheus, whose scrapes must be answered.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <thread>

#include "lib/base/strings.h"
#include "tests/e2e/support/people.h"

namespace muster::e2e {
namespace {

constexpr int kConnections = 400;

// One request for /metrics from an address of loopback; the status, 0 when there was no answer within ten seconds.
int Scrape(int port, const char* from, const std::string& token) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval limit{10, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  sockaddr_in own{};
  own.sin_family = AF_INET;
  inet_pton(AF_INET, from, &own.sin_addr);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<uint16_t>(port));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const std::string request = "GET /metrics HTTP/1.1\r\nHost: operator\r\nAuthorization: Bearer " + token + "\r\n\r\n";
  std::string answer;
  if (bind(fd, reinterpret_cast<const sockaddr*>(&own), sizeof own) == 0 &&
      connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0 &&
      send(fd, request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size())) {
    std::array<char, 4096> buffer;
    for (ssize_t got = 1; got > 0;) {
      got = recv(fd, buffer.data(), buffer.size(), 0);
      if (got > 0) answer.append(buffer.data(), static_cast<size_t>(got));
    }
  }
  close(fd);
  return answer.starts_with("HTTP/1.1 ") ? std::atoi(answer.c_str() + 9) : 0;
}

// 400 connections at a time, each with another token that nobody gave, for as long as this exists.
class Flood {
 public:
  explicit Flood(int port) {
    for (int i = 0; i < kConnections; ++i) {
      threads_.emplace_back([this, port, i](const std::stop_token& stop) {
        for (int n = 0; !stop.stop_requested(); ++n) {
          const std::string token = "made-up-" + std::to_string(i) + "-" + std::to_string(n);
          const int status = Scrape(port, "127.0.0.66", token);
          if (status == 200 || status == 403) ++let_in;
          ++sent;
        }
      });
    }
  }
  std::atomic<int64_t> sent = 0;
  std::atomic<int64_t> let_in = 0;

 private:
  std::vector<std::jthread> threads_;
};

class MetricsUnderAttack : public People {
 protected:
  std::string TokenOf(const std::string& account) {
    EXPECT_EQ(Kubectl({"create", "serviceaccount", account}).exit_code, 0);
    const std::string token = Kubectl({"create", "token", account}).out;
    return token.substr(0, token.find('\n'));
  }
};

TEST_F(MetricsUnderAttack, AnswersKnownAndNewScrapersWhileMadeUpTokensPourIn) {
  OperatorProcess& op = StartOperator({.open_metrics = false});
  const std::string known = TokenOf("prometheus");
  const std::string fresh = TokenOf("prometheus-2");
  for (const char* account : {"prometheus", "prometheus-2"}) {
    const std::string user = "system:serviceaccount:" + ns() + ":" + account;
    Kubectl({"create", "clusterrolebinding", ns() + "-" + account, "--clusterrole=muster-metrics-reader",
             "--serviceaccount=" + ns() + ":" + account});
    ASSERT_TRUE(Eventually(20s, [&] {
      return Differs("can-i", Kubectl({"auth", "can-i", "get", "/metrics", "--as=" + user}).exit_code, 0);
    }));
  }
  ASSERT_EQ(Scrape(op.metrics_port(), "127.0.0.1", known), 200);

  const AuditLog audit(cluster().run_dir());
  const int64_t mark = audit.Mark();
  Flood flood(op.metrics_port());
  ASSERT_TRUE(Eventually(20s, [&] { return flood.sent > kConnections ? "" : "the flood has not begun"; }));
  const int64_t before = flood.sent;
  int answered = 0;
  constexpr int kScrapes = 20;
  for (int i = 0; i < kScrapes; ++i) answered += Scrape(op.metrics_port(), "127.0.0.1", known) == 200 ? 1 : 0;
  EXPECT_EQ(answered, kScrapes) << "scrapes with a token that the operator knows";
  // A token is renewed every hour: the operator does not know it, and gets it from another address than the flood.
  EXPECT_EQ(Scrape(op.metrics_port(), "127.0.0.2", fresh), 200);
  EXPECT_GT(flood.sent, before) << "the flood went on meanwhile";
  EXPECT_EQ(flood.let_in, 0);
  EXPECT_EQ(op.Health("/healthz").status, 200);
  size_t reviews = 0;
  for (const AuditedRequest& request : audit.RequestsSince(mark)) {
    if (request.user == kOperatorUser && request.resource == "tokenreviews") ++reviews;
  }
  PrintFigure("requests of the flood", std::to_string(flood.sent));
  PrintFigure("tokens that the API server was asked about", std::to_string(reviews));
  EXPECT_LT(reviews, static_cast<size_t>(flood.sent) / 2);
  for (const char* account : {"prometheus", "prometheus-2"}) {
    Kubectl({"delete", "clusterrolebinding", ns() + "-" + account});
  }
}

}  // namespace
}  // namespace muster::e2e
