// What Api repeats, and how often.
#include <atomic>
#include <thread>

#include "tests/transport/fixture.h"

namespace muster::client {
namespace {

using ::testing::HasSubstr;

const std::string kPod = R"({"kind":"Pod","metadata":{"name":"a","managedFields":[1]}})";
constexpr api::Resource kMaps{"", "v1", "configmaps", "ConfigMap"};

// Answers `bad` to the first `times` requests, then `good`; empty `bad` closes the connection.
struct Flaky {
  std::string bad;
  int times;
  std::string good = HttpAnswer(200, kPod);
  std::atomic<int> asked{0};
  RawHttpServer::Handler Handler() {
    return [this](RawConnection& c) {
      while (c.ReadRequest()) {
        const bool good_now = ++asked > times;
        if (!good_now && bad.empty()) return;
        c.Write(good_now ? good : bad);
      }
    };
  }
};

TEST(Api, WaitsAsLongAsRetryAfterSays) {
  Flaky flaky{.bad = HttpAnswer(429, "{}", {"Retry-After: 1"}), .times = 1};
  RawHttpServer server(flaky.Handler());
  const auto transport = ConnectTo(server.Url());
  Api api(*transport);
  const StopWatch watch;
  const auto made = api.Create(kMaps, "ns", json::Object{});
  EXPECT_OUTCOME(made, "OK");
  EXPECT_GE(watch.Elapsed(), 1000ms);
  EXPECT_LT(watch.Elapsed(), 2000ms);
  EXPECT_EQ(flaky.asked, 2);
  EXPECT_TRUE(made->object["metadata"]["managedFields"].IsNull());
}

TEST(Api, GivesUpAfterTenAnswersThatAskItToWait) {
  Flaky flaky{.bad = HttpAnswer(503, "{}", {"Retry-After: 0"}), .times = 1000};
  RawHttpServer server(flaky.Handler());
  const auto transport = ConnectTo(server.Url());
  Api api(*transport);
  EXPECT_OUTCOME(api.Delete(kMaps, {"ns", "a"}, {.uid = "u"}), "Unavailable");
  EXPECT_EQ(flaky.asked, 11);
}

TEST(Api, RepeatsWritesAFewTimesOnALostConnection) {
  Flaky twice{.bad = "", .times = 2};
  RawHttpServer server(twice.Handler());
  const auto transport = ConnectTo(server.Url());
  Api api(*transport);
  EXPECT_OUTCOME(api.Create(kMaps, "ns", json::Object{}), "OK");
  EXPECT_EQ(twice.asked, 3);
  Flaky forever{.bad = "", .times = 1000};
  RawHttpServer broken(forever.Handler());
  const auto to_broken = ConnectTo(broken.Url());
  Api other(*to_broken);
  EXPECT_OUTCOME(other.Create(kMaps, "ns", json::Object{}), "Unavailable");
  EXPECT_EQ(forever.asked, 3);
}

TEST(Api, RepeatsReadsOn5xxUntilTheDeadline) {
  Flaky flaky{.bad = HttpAnswer(500, "{}"), .times = 3};
  RawHttpServer server(flaky.Handler());
  const auto transport = ConnectTo(server.Url());
  Api api(*transport);
  EXPECT_OUTCOME(api.Get(api::kPods, {"ns", "a"}), "OK");
  EXPECT_EQ(flaky.asked, 4);
  Flaky forever{.bad = HttpAnswer(500, "{}"), .times = 1000};
  RawHttpServer broken(forever.Handler());
  const auto to_broken = ConnectTo(broken.Url());
  Api hasty(*to_broken, {.read_deadline = 400ms});
  const StopWatch watch;
  EXPECT_OUTCOME(hasty.Get(api::kPods, {"ns", "a"}), "Unavailable");
  EXPECT_LT(watch.Elapsed(), 2s);
  EXPECT_GE(forever.asked, 2);
}

TEST(Api, DoesNotRepeatWhatTheUserGotWrong) {
  const std::string typing =
      R"({"kind":"Status","code":500,"message":"failed to create typed patch object (ns/n; apps/v1): )"
      R"(.spec.foo: field not declared in schema"})";
  Flaky flaky{.bad = HttpAnswer(500, typing), .times = 1000};
  RawHttpServer server(flaky.Handler());
  const auto transport = ConnectTo(server.Url());
  Api api(*transport);
  EXPECT_OUTCOME(api.MergePatch(kMaps, {"ns", "a"}, json::Object{}), "Invalid");
  EXPECT_EQ(flaky.asked, 1);
}

// A write must not be carried on with by one who may no longer lead: neither here nor there.
TEST(Api, AWriteEndsAtItsDeadlineAndTheServerIsToldSo) {
  RawHttpServer silent([](RawConnection& c) {
    if (c.ReadRequest()) c.Stall();
  });
  const auto transport = ConnectTo(silent.Url());
  Api api(*transport, {.write_deadline = 1900ms});
  const StopWatch watch;
  EXPECT_OUTCOME(api.Create(kMaps, "ns", json::Object{}), "Timeout");
  EXPECT_GE(watch.Elapsed(), 1800ms);
  ASSERT_EQ(silent.requests().size(), 1U);
  EXPECT_THAT(silent.requests()[0].line, HasSubstr("timeout=2s"));
}

TEST(Api, AWriteWhoseTurnComesTooLateIsNotSent) {
  Flaky never{.bad = "", .times = 0};
  RawHttpServer server(never.Handler());
  const auto transport = ConnectTo(server.Url(), {.qps = 1, .burst = 1});
  Api api(*transport, {.write_deadline = 900ms});  // less than until the next one's turn
  EXPECT_OUTCOME(api.Create(kMaps, "ns", json::Object{}), "OK");
  const auto late = api.Create(kMaps, "ns", json::Object{});
  EXPECT_OUTCOME(late, "Timeout");
  EXPECT_THAT(late.error().message, HasSubstr("was not sent"));
  EXPECT_EQ(never.asked, 1);
}

TEST(Api, StopsWaitingWhenAskedTo) {
  Flaky flaky{.bad = HttpAnswer(429, "{}", {"Retry-After: 30"}), .times = 1000};
  RawHttpServer server(flaky.Handler());
  const auto transport = ConnectTo(server.Url());
  std::stop_source stop;
  Api api(*transport, {.write_deadline = 60s, .stop = stop.get_token()});
  const std::jthread stopper([&] {
    std::this_thread::sleep_for(100ms);
    stop.request_stop();
  });
  const StopWatch watch;
  EXPECT_OUTCOME(api.Create(kMaps, "ns", json::Object{}), "Cancelled");
  EXPECT_LT(watch.Elapsed(), 1s);
}

TEST(Api, SaysWhenAnAnswerIsNoJson) {
  RawHttpServer server(
      AlwaysAnswers(HttpAnswer(200, "<html>\n<body>Sign in, please</body></html>", {"Content-Type: text/html"})));
  const auto transport = ConnectTo(server.Url());
  Api api(*transport);
  const auto got = api.Get(api::kPods, {"ns", "a"});
  EXPECT_OUTCOME(got, "Decode");
  EXPECT_THAT(got.error().message, HasSubstr("<html> <body>Sign in, please"));
  EXPECT_THAT(got.error().message, HasSubstr("is this address a Kubernetes API server?"));
}

}  // namespace
}  // namespace muster::client
