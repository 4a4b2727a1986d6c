// One request, one answer, on servers that break the rules. Each hazard of cpprestsdk has its test here or in
// stream_test.cc.
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <fstream>
#include <thread>

#include "tests/transport/fixture.h"

namespace muster::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Send, ReturnsStatusBodyWarningsAndRetryAfter) {
  RawHttpServer server(AlwaysAnswers(HttpAnswer(
      429, "slow down", {"Retry-After: 7", "Warning: 299 - \"one, two\"", "Warning: 299 - \"say \\\"three\\\"\""})));
  const auto answer = ConnectTo(server.Url())->Send(Get());
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 429);
  EXPECT_EQ(answer->body, "slow down");
  EXPECT_EQ(answer->retry_after, Duration(7s));
  EXPECT_THAT(answer->warnings, ElementsAre("one, two", "say \"three\""));
}

TEST(Send, EncodesTheTargetAndSendsItsHeaders) {
  RawHttpServer server(AlwaysAnswers(HttpAnswer(200, "{}")));
  const auto transport =
      ConnectTo(server.Url() + "/base/", {.user_agent = "muster-test/v1"},
                {.token = "t0ken", .impersonate_user = "jane", .impersonate_groups = {"system:masters", "a b, c"}});
  wire::Request request = Get("/api/v1/a b");
  request.query = {{"labelSelector", "a in (b,c),d=é&x=%"}, {"limit", "5"}};
  ASSERT_TRUE(transport->Send(request));
  const RawRequest seen = server.requests().at(0);
  EXPECT_EQ(seen.line,
            "GET /base/api/v1/a%20b?labelSelector=a%20in%20%28b%2Cc%29%2Cd%3D%C3%A9%26x%3D%25&limit=5 HTTP/1.1");
  EXPECT_THAT(seen.Header("Authorization"), ElementsAre("Bearer t0ken"));
  EXPECT_THAT(seen.Header("User-Agent"), ElementsAre("muster-test/v1"));
  EXPECT_THAT(seen.Header("Accept"), ElementsAre("application/json"));
  EXPECT_THAT(seen.Header("Impersonate-User"), ElementsAre("jane"));
  EXPECT_THAT(seen.Header("Impersonate-Group"), ElementsAre("system:masters", "a b, c"));
}

TEST(Send, SendsABodyWithItsType) {
  RawHttpServer server(AlwaysAnswers(HttpAnswer(201, "{}")));
  ASSERT_TRUE(ConnectTo(server.Url())->Send(Post("{\"a\":1}")));
  const RawRequest seen = server.requests().at(0);
  EXPECT_EQ(seen.body, "{\"a\":1}");
  EXPECT_THAT(seen.Header("Content-Type"), ElementsAre("application/json"));
}

TEST(Send, KeepsConnectionsForTheNextRequest) {
  RawHttpServer server(AlwaysAnswers(HttpAnswer(200, "{}")));
  const auto transport = ConnectTo(server.Url());
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(transport->Send(Get()));
  EXPECT_EQ(server.connections(), 1);
}

// The library repeats by itself what it sent on a reused connection that closed. Nothing can stop it: every write must
// be repeatable, and this test says so.
TEST(Send, IsRepeatedByTheLibraryWhenAReusedConnectionCloses) {
  RawHttpServer server([](RawConnection& c) {
    while (const auto request = c.ReadRequest()) {
      if (c.index() == 0 && request->nth == 1) return;
      c.Write(HttpAnswer(201, "{}"));
    }
  });
  const auto transport = ConnectTo(server.Url());
  ASSERT_TRUE(transport->Send(Post("first")));
  const auto second = transport->Send(Post("second"));
  EXPECT_OUTCOME(second, "OK");
  ASSERT_EQ(server.requests().size(), 3U);
  EXPECT_EQ(server.requests()[1].body, "second");
  EXPECT_EQ(server.requests()[2].body, "second");
}

TEST(Send, IsUnavailableWhenAFreshConnectionClosesOrIsReset) {
  RawHttpServer server([](RawConnection& c) {
    c.ReadRequest();
    if (c.index() == 1) c.Reset();
  });
  const auto transport = ConnectTo(server.Url());
  EXPECT_OUTCOME(transport->Send(Post()), "Unavailable");
  EXPECT_OUTCOME(transport->Send(Post()), "Unavailable");
  EXPECT_EQ(server.requests().size(), 2U);
}

TEST(Send, SaysWhereItCouldNotConnectAtOnce) {
  std::string url;
  {
    const RawHttpServer gone([](RawConnection&) {});
    url = gone.Url();
  }
  const StopWatch watch;
  const auto answer = ConnectTo(url)->Send(Get());
  EXPECT_OUTCOME(answer, "Unavailable");
  EXPECT_THAT(answer.error().message, HasSubstr("cannot connect to the API server at " + url));
  EXPECT_THAT(answer.error().message, HasSubstr("the server of the test"));
  const auto nowhere = ConnectTo("http://no-such-host.invalid:1")->Send(Get());
  EXPECT_OUTCOME(nowhere, "Unavailable");
  EXPECT_THAT(nowhere.error().message, HasSubstr("cannot resolve the host name"));
  EXPECT_LT(watch.Elapsed(), 10s);
}

TEST(Send, FollowsNoRedirectAndLeaksNoToken) {
  RawHttpServer thief(AlwaysAnswers(HttpAnswer(200, "{}")));
  RawHttpServer server(AlwaysAnswers(HttpAnswer(302, "", {"Location: " + thief.Url() + "/api"})));
  const auto transport = ConnectTo(server.Url(), {}, {.token = "secret"});
  const auto answer = transport->Send(Get());
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 302);
  EXPECT_EQ(thief.connections(), 0);
  Api api(*transport);
  EXPECT_OUTCOME(api.Get(api::kPods, {"a", "b"}), "Internal");
}

TEST(Send, GivesUpAfterTheTimeoutWhateverTheServerDrips) {
  RawHttpServer server([](RawConnection& c) {
    c.ReadRequest();
    c.Write(ChunkedHead());
    while (c.Write(Chunk("x"))) std::this_thread::sleep_for(20ms);  // never silent, never done
  });
  RawHttpServer silent([](RawConnection& c) { c.Stall(); });
  wire::Request request = Get();
  request.timeout = 300ms;
  for (const std::string& url : {server.Url(), silent.Url()}) {
    const StopWatch watch;
    const auto answer = ConnectTo(url)->Send(request);
    EXPECT_OUTCOME(answer, "Timeout");
    EXPECT_THAT(answer.error().message, HasSubstr("did not answer within 0.3 s"));
    EXPECT_GE(watch.Elapsed(), 300ms);
    EXPECT_LT(watch.Elapsed(), 4s);
  }
}

TEST(Send, RefusesAnAnswerLargerThanItsLimit) {
  const auto flood = [](const std::string& head) {
    return [head](RawConnection& c) {
      c.ReadRequest();
      c.Write(head);
      const std::string mebibyte(1U << 20U, 'x');
      for (int i = 0; i < 4096 && c.Write(head.find("chunked") == std::string::npos ? mebibyte : Chunk(mebibyte));
           ++i) {
      }
    };
  };
  for (const std::string& head : {ChunkedHead(), std::string("HTTP/1.1 200 X\r\nContent-Length: 4294967296\r\n\r\n"),
                                  std::string("HTTP/1.1 200 X\r\n\r\n")}) {
    RawHttpServer server(flood(head));
    const auto answer = ConnectTo(server.Url(), {.body_bytes_max = 8U << 20U})->Send(Get());
    EXPECT_OUTCOME(answer, "Decode");
    EXPECT_THAT(answer.error().message, HasSubstr("larger than 8388608 bytes"));
  }
}

TEST(Send, SurvivesWhatIsNoHttp) {
  const std::string many_headers = [] {
    std::string text = "HTTP/1.1 200 X\r\n";
    for (int i = 0; i < 20000; ++i) text += "X-" + std::to_string(i) + ": " + std::string(50, 'y') + "\r\n";
    return text + "Content-Length: 2\r\n\r\n{}";
  }();
  const std::vector<std::pair<std::string, std::string>> cases{
      {"rubbish\r\n\r\n", "Unavailable"},
      {std::string("\0\1\2\3\r\n\r\n", 8), "Unavailable"},
      {"HTTP/1.1 99999 X\r\n\r\n", "Unavailable"},
      {"HTTP/1.1 200 X\r\nContent-Length: 10\r\n\r\nshort", "Unavailable"},
      {"HTTP/1.1 200 X\r\nContent-Length: -5\r\n\r\n", "Unavailable"},
      {"HTTP/1.1 200 X\r\n:\r\nno colon\r\na:\r\n\r\n", "OK"},
      {ChunkedHead() + "zz\r\nabc\r\n", "Unavailable"},
      {ChunkedHead() + "5\r\nab", "Unavailable"},
      {ChunkedHead() + "-2\r\n\r\n", "Unavailable"},
      {ChunkedHead() + "-5\r\nabc", "Unavailable"},
      {ChunkedHead() + "7fffffff\r\nabc", "Unavailable"},
      {ChunkedHead() + "ffffffffffffffffffff\r\nabc", "Unavailable"},
      {ChunkedHead() + Chunk("abc"), "Unavailable"},
      {ChunkedHead() + Chunk("abc") + "0\r\n", "Unavailable"},
      {many_headers, "OK"},
      {"HTTP/1.1 200 X\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", "OK"},
  };
  for (const auto& [bytes, outcome] : cases) {
    RawHttpServer server([&bytes = bytes](RawConnection& c) {
      c.ReadRequest();
      c.Write(bytes);
    });
    const StopWatch watch;
    EXPECT_OUTCOME(ConnectTo(server.Url())->Send(Get()), outcome) << " for " << bytes.substr(0, 60);
    EXPECT_LT(watch.Elapsed(), 2s) << bytes.substr(0, 60);
  }
}

TEST(Send, OpensNoMoreConnectionsThanAllowed) {
  RawHttpServer server([](RawConnection& c) {
    while (c.ReadRequest()) {
      std::this_thread::sleep_for(2ms);
      c.Write(HttpAnswer(200, "{}"));
    }
  });
  const auto transport = ConnectTo(server.Url(), {.connections_max = 4});
  std::atomic<int> good{0};
  {
    std::vector<std::jthread> callers;
    for (int i = 0; i < 64; ++i) callers.emplace_back([&] { good += transport->Send(Get()) ? 1 : 0; });
  }
  EXPECT_EQ(good, 64);
  EXPECT_LE(server.open_connections_max(), 4);
}

TEST(Send, IsSlowedToTheRateLimit) {
  RawHttpServer server(AlwaysAnswers(HttpAnswer(200, "{}")));
  std::atomic<int> waited{0};
  const auto transport =
      ConnectTo(server.Url(),
                {.qps = 5, .burst = 5, .observer = [&](const Observation& o) { waited += o.waited > 0ms ? 1 : 0; }});
  const StopWatch watch;
  std::atomic<int> good{0};
  {
    std::vector<std::jthread> callers;
    for (int i = 0; i < 8; ++i) callers.emplace_back([&] { good += transport->Send(Get()) ? 1 : 0; });
  }
  EXPECT_EQ(good, 8);
  EXPECT_GE(watch.Elapsed(), 590ms);  // three beyond the burst, 200 ms each
  EXPECT_GE(waited, 1);
}

TEST(Send, EndsAtOnceWhenTheTransportStops) {
  RawHttpServer server([](RawConnection& c) { c.Stall(); });
  const auto transport = ConnectTo(server.Url());
  const std::jthread stopper([&] {
    std::this_thread::sleep_for(100ms);
    transport->Stop();
  });
  const StopWatch watch;
  EXPECT_OUTCOME(transport->Send(Get()), "Cancelled");
  EXPECT_OUTCOME(transport->Send(Get()), "Cancelled");
  EXPECT_LT(watch.Elapsed(), 1100ms);
}

TEST(Send, TellsItsObserver) {
  RawHttpServer server(AlwaysAnswers(HttpAnswer(404, "{}")));
  std::vector<std::string> seen;
  const auto observe = [&](const Observation& o) {
    seen.push_back(std::string(o.method) + " " + std::string(o.code) + " " + std::string(o.host));
  };
  const std::string host = "127.0.0.1:" + std::to_string(server.port());
  ASSERT_TRUE(ConnectTo(server.Url(), {.observer = observe})->Send(Post()));
  RawHttpServer closing([](RawConnection& c) { c.ReadRequest(); });
  ASSERT_FALSE(ConnectTo(closing.Url(), {.observer = observe})->Send(Get()));
  EXPECT_THAT(seen, ElementsAre("POST 404 " + host, "GET <error> 127.0.0.1:" + std::to_string(closing.port())));
}

class TokenFile {
 public:
  explicit TokenFile(const std::string& token) { Write(token); }
  ~TokenFile() { std::remove(path_.c_str()); }
  void Write(const std::string& token) { std::ofstream(path_) << token << "\n"; }
  const std::string& path() const { return path_; }

 private:
  const std::string path_ = ::testing::TempDir() + "token-" + std::to_string(::getpid());
};

TEST(Send, ReadsTheTokenFileAgainOnceWhenRefused) {
  TokenFile file("old");
  RawHttpServer server([&](RawConnection& c) {
    while (const auto request = c.ReadRequest()) {
      const bool good = request->Header("Authorization") == std::vector<std::string>{"Bearer new"};
      c.Write(HttpAnswer(good ? 200 : 401, "{}"));
    }
  });
  const auto transport = ConnectTo(server.Url(), {}, {.token_file = file.path()});
  const auto refused = transport->Send(Get());
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 401);
  EXPECT_EQ(server.requests().size(), 1U);  // the file holds no other: no use in asking again
  file.Write("new");
  const auto taken = transport->Send(Get());
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->status, 200);
}

TEST(Send, NeedsATokenThatFitsInAHeader) {
  RawHttpServer server(AlwaysAnswers(HttpAnswer(200, "{}")));
  EXPECT_OUTCOME(ConnectTo(server.Url(), {}, {.token = "a\r\nX-Evil: 1"})->Send(Get()), "Unauthorized");
  EXPECT_OUTCOME(ConnectTo(server.Url(), {}, {.token_file = "/no/such/file"})->Send(Get()), "Unauthorized");
  const Connection evil{.server = server.Url(), .impersonate_user = "a\nb", .origin = "the test"};
  EXPECT_EQ(Outcome(HttpTransport::Create(evil, {})), "Invalid");
  EXPECT_TRUE(server.requests().empty());
}

}  // namespace
}  // namespace muster::client
