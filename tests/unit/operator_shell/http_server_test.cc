#include "operator/shell/http_server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <random>
#include <thread>
#include <vector>

#include "operator/shell/endpoints.h"
#include "operator/shell/listen_socket.h"

namespace muster::shell {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Clock = std::chrono::steady_clock;

constexpr std::string_view kGet = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";

// A plain client of 127.0.0.1, that never waits longer than five seconds.
class Client {
 public:
  explicit Client(uint16_t port) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval limit{5, 0};
    setsockopt(socket_.fd(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = connect(socket_.fd(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
  }
  bool connected() const { return connected_; }
  bool Send(std::string_view bytes) {
    return send(socket_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
  }
  std::string ReadAll() {
    std::string text;
    std::array<char, 4096> buffer;
    for (;;) {
      const ssize_t got = recv(socket_.fd(), buffer.data(), buffer.size(), 0);
      if (got <= 0) return text;
      text.append(buffer.data(), static_cast<size_t>(got));
    }
  }
  void FinishSending() { shutdown(socket_.fd(), SHUT_WR); }

 private:
  Socket socket_;
  bool connected_ = false;
};

HttpRoutes Routes() {
  return {{"/hello", [](const HttpRequest& r) { return HttpAnswer{.body = r.method + " " + r.query + "\n"}; }},
          {"/big", [](const HttpRequest&) { return HttpAnswer{.body = std::string(8 << 20, 'x')}; }},
          {"/throws", [](const HttpRequest&) -> HttpAnswer { return {.body = std::string().substr(1)}; }}};
}

std::unique_ptr<HttpServer> StartServer(HttpServerOptions options = {}) {
  auto server = HttpServer::Start("127.0.0.1:0", Routes(), std::move(options));
  EXPECT_TRUE(server.has_value()) << server.error().message;
  return std::move(server).value();
}

std::string Ask(const HttpServer& server, std::string_view bytes) {
  Client client(server.Port());
  client.Send(bytes);
  return client.ReadAll();
}

TEST(ListenAddress, IsReadFromAFlag) {
  const auto parse = [](std::string_view text) { return ParseListenAddress(text).value(); };
  EXPECT_EQ(parse("0"), std::nullopt);
  EXPECT_EQ(parse(":8081"), (ListenAddress{"", 8081}));
  EXPECT_EQ(parse("127.0.0.1:0"), (ListenAddress{"127.0.0.1", 0}));
  EXPECT_EQ(parse("[::1]:8080"), (ListenAddress{"::1", 8080}));
  EXPECT_EQ(parse("localhost:65535"), (ListenAddress{"localhost", 65535}));
  for (const char* bad : {"", "8081", ":", ":http", ":65536", ":-1", ":000080", "::1:8080", "[::1]", "[::1:80", "[]:80",
                          "[1.2.3.4]:80", "a b:80", "http://a:80", "a:80/", ": 80"}) {
    const auto parsed = ParseListenAddress(bad);
    ASSERT_FALSE(parsed.has_value()) << bad;
    EXPECT_EQ(parsed.error().code, Code::kInvalid);
    EXPECT_THAT(parsed.error().message, HasSubstr("or 0 to disable"));
  }
}

TEST(HttpMessage, RefusesWhatIsNotARequestOfOurs) {
  const struct {
    std::string bytes;
    int status;  // 0: incomplete
  } cases[] = {
      {"", 0},
      {"GET / HTTP/1.1\r\nHost: a\r\n", 0},
      {"GET / HTTP/1.1\r\n\r\n", 400},  // no Host
      {"GET / HTTP/1.0\r\n\r\n", 200},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"GET / HTTP/1.1\nHost: a\n\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400},
      {"GET /\x01 HTTP/1.1\r\n", 400},
      {"GET /\xC3\xA4 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"\r\n\r\n", 400},
      {std::string("\x16\x03\x01\x02", 4), 400},  // a TLS hello
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx", 405},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
      {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
      {"GET /" + std::string(9000, 'a'), 431},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(9000, 'a') + "\r\n\r\n", 431},
  };
  for (const auto& c : cases) {
    const HttpParse parse = ParseHttpRequest(c.bytes, 8192);
    const int status = parse.state == HttpParse::State::kIncomplete ? 0
                       : parse.state == HttpParse::State::kComplete ? 200
                                                                    : parse.refusal.status;
    EXPECT_EQ(status, c.status) << c.bytes.substr(0, 60);
  }
  std::string many = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (int i = 0; i < 100; ++i) many += "X: y\r\n";
  EXPECT_EQ(ParseHttpRequest(many + "\r\n", 8192).refusal.status, 431);
}

TEST(HttpMessage, ReadsPathQueryAndBearerToken) {
  const HttpParse parse = ParseHttpRequest(
      "HEAD /readyz?verbose&x=1 HTTP/1.1\r\nhOsT: a\r\nauthorization:  bearer  abc.def \r\n\r\nrest", 8192);
  ASSERT_EQ(parse.state, HttpParse::State::kComplete);
  EXPECT_EQ(parse.request.method, "HEAD");
  EXPECT_EQ(parse.request.path, "/readyz");
  EXPECT_EQ(parse.request.query, "verbose&x=1");
  EXPECT_EQ(parse.request.bearer, "abc.def");
  const std::string basic = "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic abc\r\n\r\n";
  EXPECT_EQ(ParseHttpRequest(basic, 8192).request.bearer, "");
}

TEST(HttpServer, AnswersGetAndHead) {
  const auto server = StartServer();
  const std::string get = Ask(*server, "GET /hello?q=1 HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(get, StartsWith("HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 8\r\n"));
  EXPECT_TRUE(get.ends_with("\r\n\r\nGET q=1\n")) << get;
  const std::string head = Ask(*server, "HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(head, HasSubstr("Content-Length: 6\r\n"));
  EXPECT_TRUE(head.ends_with("\r\n\r\n")) << head;
}

TEST(HttpServer, AnswersErrorsWithTheirStatus) {
  const auto server = StartServer();
  EXPECT_THAT(Ask(*server, "GET /other HTTP/1.1\r\nHost: a\r\n\r\n"), StartsWith("HTTP/1.1 404 Not Found\r\n"));
  const std::string post = Ask(*server, "POST /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(post, StartsWith("HTTP/1.1 405 Method Not Allowed\r\n"));
  EXPECT_THAT(post, HasSubstr("Allow: GET, HEAD\r\n"));
  EXPECT_THAT(Ask(*server, "nonsense\r\n\r\n"), StartsWith("HTTP/1.1 400 Bad Request\r\n"));
  EXPECT_THAT(Ask(*server, "GET /throws HTTP/1.1\r\nHost: a\r\n\r\n"), StartsWith("HTTP/1.1 500 "));
  // The client is still sending when it is refused: the answer must reach it all the same.
  EXPECT_THAT(Ask(*server, "GET /hello HTTP/1.1\r\nX: " + std::string(100'000, 'a')), StartsWith("HTTP/1.1 431 "));
}

TEST(HttpServer, TakesARequestInPiecesAndSendsALargeAnswer) {
  const auto server = StartServer();
  Client slow(server->Port());
  for (const char c : kGet) ASSERT_TRUE(slow.Send(std::string_view(&c, 1)));
  EXPECT_THAT(slow.ReadAll(), StartsWith("HTTP/1.1 200 "));
  EXPECT_GT(Ask(*server, "GET /big HTTP/1.1\r\nHost: a\r\n\r\n").size(), 8U << 20U);
  Client half_closed(server->Port());
  half_closed.Send(kGet);
  half_closed.FinishSending();
  EXPECT_THAT(half_closed.ReadAll(), StartsWith("HTTP/1.1 200 "));
}

TEST(HttpServer, EndsARequestThatNeverEnds) {
  const auto server = StartServer({.read_timeout = milliseconds(500)});
  EXPECT_THAT(Ask(*server, "GET /hello HTT"), StartsWith("HTTP/1.1 408 "));
  EXPECT_EQ(Ask(*server, ""), "");
}

TEST(HttpServer, StaysReachableWhileIdleConnectionsTakeEveryPlace) {
  const auto server = StartServer({.connections_max = 4});
  std::vector<std::unique_ptr<Client>> idle;
  for (int i = 0; i < 20; ++i) idle.push_back(std::make_unique<Client>(server->Port()));
  EXPECT_THAT(Ask(*server, kGet), StartsWith("HTTP/1.1 200 "));
}

// A handler that does not know its answers until somebody tells them.
struct Slow {
  std::atomic<bool> known = false;
  HttpHandler Handler() {
    return [this](const HttpRequest& r) -> std::optional<HttpAnswer> {
      if (!known) return std::nullopt;
      return HttpAnswer{.body = r.peer + "\n"};
    };
  }
};

TEST(HttpServer, AsksAHandlerAgainThatDoesNotKnowItsAnswerYet) {
  Slow slow;
  HttpRoutes routes = Routes();
  routes["/slow"] = slow.Handler();
  const auto server = HttpServer::Start("127.0.0.1:0", routes, {});
  ASSERT_TRUE(server.has_value());
  Client client((*server)->Port());
  client.Send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(Ask(**server, kGet), StartsWith("HTTP/1.1 200 ")) << "others are served meanwhile";
  slow.known = true;
  EXPECT_THAT(client.ReadAll(), HasSubstr("\r\n\r\n127.0.0.1\n"));
}

TEST(HttpServer, GivesUpOnAnAnswerThatNeverComes) {
  Slow slow;
  const auto server =
      HttpServer::Start("127.0.0.1:0", {{"/slow", slow.Handler()}}, {.answer_timeout = milliseconds(100)});
  ASSERT_TRUE(server.has_value());
  EXPECT_THAT(Ask(**server, "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n"), StartsWith("HTTP/1.1 503 "));
}

// Connections that wait for their answer keep their places; those that say nothing, or do not close, give theirs up.
TEST(HttpServer, StaysReachableWhileRequestsWaitForTheirAnswers) {
  Slow slow;
  HttpRoutes routes = Routes();
  routes["/slow"] = slow.Handler();
  const auto server = HttpServer::Start("127.0.0.1:0", routes, {.connections_max = 4});
  ASSERT_TRUE(server.has_value());
  std::vector<std::unique_ptr<Client>> waiting;
  for (int i = 0; i < 3; ++i) {
    waiting.push_back(std::make_unique<Client>((*server)->Port()));
    waiting.back()->Send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
  }
  std::vector<std::unique_ptr<Client>> idle;
  for (int i = 0; i < 20; ++i) idle.push_back(std::make_unique<Client>((*server)->Port()));
  EXPECT_THAT(Ask(**server, kGet), StartsWith("HTTP/1.1 200 "));
  slow.known = true;
  for (const auto& client : waiting) EXPECT_THAT(client->ReadAll(), StartsWith("HTTP/1.1 200 "));
}

TEST(HttpServer, AnswersManyClientsAtOnce) {
  const auto server = StartServer();
  std::vector<std::thread> threads;
  std::atomic<int> answered = 0;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) answered += Ask(*server, kGet).starts_with("HTTP/1.1 200 ") ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(answered, 400);
}

TEST(HttpServer, SurvivesGarbage) {
  const auto server = StartServer({.read_timeout = milliseconds(20)});
  std::mt19937 random(20261123);
  for (int i = 0; i < 300; ++i) {
    std::string bytes(kGet);
    const size_t edits = 1 + random() % 8;
    for (size_t e = 0; e < edits; ++e) bytes[random() % bytes.size()] = static_cast<char>(random() % 256);
    if (i % 3 == 0) bytes.resize(random() % bytes.size());
    if (i % 7 == 0) bytes.assign(random() % 20'000, static_cast<char>(random() % 256));
    Client client(server->Port());
    client.Send(bytes);
    if (i % 2 == 0) continue;  // gone without reading
    const std::string answer = client.ReadAll();
    EXPECT_TRUE(answer.empty() || answer.starts_with("HTTP/1.1 ")) << answer;
  }
  // Whole, but perhaps not within 20 ms where the machine is busy.
  const std::string answer = Ask(*server, kGet);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ") || answer.starts_with("HTTP/1.1 408 ")) << answer;
}

TEST(HttpServer, StopsAtOnceWithOpenConnections) {
  const auto server = StartServer();
  const uint16_t port = server->Port();
  Client idle(port);
  Client halfway(port);
  halfway.Send("GET /hello");
  const Clock::time_point before = Clock::now();
  server->Stop();
  server->Stop();
  EXPECT_LT(Clock::now() - before, std::chrono::seconds(1));
  EXPECT_EQ(server->Port(), 0);
  EXPECT_EQ(idle.ReadAll(), "");
  EXPECT_FALSE(Client(port).connected());
}

TEST(HttpServer, TellsWhyItCannotListen) {
  const auto server = StartServer();
  const std::string taken = "127.0.0.1:" + std::to_string(server->Port());
  const auto second = HttpServer::Start(taken, Routes(), {.flag = "--metrics-address"});
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().message,
            "--metrics-address " + taken + ": address already in use: choose another or 0 to disable");
  const auto bad = HttpServer::Start("nowhere", Routes(), {.flag = "--health-address"});
  ASSERT_FALSE(bad.has_value());
  EXPECT_THAT(bad.error().message, StartsWith("--health-address: \"nowhere\" is not an address"));
  const auto disabled = HttpServer::Start("0", Routes());
  ASSERT_TRUE(disabled.has_value());
  EXPECT_EQ((*disabled)->Port(), 0);
  (*disabled)->Stop();
}

TEST(HealthChecks, AnswersOkOrTheNamesOfThoseThatFail) {
  HealthChecks checks;
  bool filled = false;
  checks.Add("ping", [] { return Ok(); });
  checks.Add("caches", [&]() -> Status {
    if (!filled) return MakeError(Code::kUnavailable, "pods are not listed yet");
    return Ok();
  });
  const HttpHandler ready = checks.Handler("readyz");
  const HttpAnswer failing = ready({.method = "GET", .path = "/readyz"}).value();
  EXPECT_EQ(failing.status, 500);
  EXPECT_EQ(failing.body, "[+]ping ok\n[-]caches failed: pods are not listed yet\nreadyz check failed\n");
  filled = true;
  EXPECT_EQ(ready({})->status, 200);
  EXPECT_EQ(ready({})->body, "ok");
  EXPECT_EQ(ready({.query = "verbose"})->body, "[+]ping ok\n[+]caches ok\nreadyz check passed\n");
  checks.Add("ping", []() -> Status { return MakeError(Code::kInternal, "stuck"); });
  EXPECT_EQ(ready({})->body, "[-]ping failed: stuck\n[+]caches ok\nreadyz check failed\n");
}

TEST(MetricsHandler, IsOpenUnlessToldWhoMayRead) {
  const auto text = [] { return std::string("up 1\n"); };
  const HttpAnswer open = MetricsHandler(text)({}).value();
  EXPECT_EQ(open.status, 200);
  EXPECT_EQ(open.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(open.body, "up 1\n");
  const HttpHandler closed = MetricsHandler(text, [](const HttpRequest& request) -> std::optional<Access> {
    const std::string& bearer = request.bearer;
    if (bearer == "asked") return std::nullopt;
    if (bearer == "many") return Access::kBusy;
    if (bearer == "good") return Access::kAllowed;
    return bearer == "old" ? Access::kUnauthenticated : bearer == "other" ? Access::kForbidden : Access::kUnknown;
  });
  EXPECT_EQ(closed({})->status, 401);
  EXPECT_EQ(closed({.bearer = "old"})->status, 401);
  EXPECT_EQ(closed({.bearer = "other"})->status, 403);
  EXPECT_EQ(closed({.bearer = "whose"})->status, 503);
  EXPECT_EQ(closed({.bearer = "many"})->status, 503);
  EXPECT_FALSE(closed({.bearer = "asked"}).has_value());
  EXPECT_EQ(closed({.bearer = "good"})->body, "up 1\n");
  EXPECT_THAT(RenderHttpAnswer(*closed({}), false), HasSubstr("WWW-Authenticate: Bearer\r\n"));
}

}  // namespace
}  // namespace muster::shell
