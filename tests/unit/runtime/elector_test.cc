#include "lib/runtime/elector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

#include "lib/json/text.h"
#include "lib/runtime/watch_loop.h"
#include "tests/support/scripted_transport.h"
#include "tests/unit/runtime/eventually.h"

namespace muster::runtime {
namespace {

using muster::testing::Json;
using muster::testing::Refusal;
using muster::testing::ScriptedTransport;

// A server with one lease, that can be cut off or made to hang.
class ElectorTest : public ::testing::Test {
 protected:
  enum class Server { kWell, kDown, kHangs, kNoNamespace };

  ElectorTest() {
    transport_.OnSend([this](const wire::Request& request) { return Handle(request); });
  }

  Result<wire::Response> Handle(const wire::Request& request) {
    std::unique_lock lock(mutex_);
    const auto well = [this] { return server_ == Server::kWell; };
    if (server_ == Server::kHangs) changed_.wait_for(lock, request.timeout, well);
    if (server_ == Server::kHangs) return MakeError(Code::kTimeout, "no answer");
    if (server_ == Server::kDown) return MakeError(Code::kUnavailable, "connection refused");
    if (request.method == wire::Method::kGet) return lease_.IsNull() ? Refusal(404, "NotFound") : Json(200, lease_);
    if (server_ == Server::kNoNamespace) return Refusal(404, "NotFound");
    json::Value lease = json::Parse(request.body).value_or(json::Value());
    const bool fresh = lease["metadata"]["resourceVersion"] == lease_["metadata"]["resourceVersion"];
    if (!fresh) return Refusal(409, "Conflict");
    lease.Mutable("metadata").Set("resourceVersion", std::to_string(++version_));
    lease_ = lease;
    return Json(200, lease_);
  }
  void Make(Server server) {
    const std::lock_guard lock(mutex_);
    server_ = server;
    changed_.notify_all();
  }
  std::string Holder() {
    const std::lock_guard lock(mutex_);
    return lease_["spec"]["holderIdentity"].Text();
  }
  static engine::LeaderElection::Options Quick(const std::string& identity) {
    return {.lease = {"ns", "lease"},
            .identity = identity,
            .lease_duration = Duration(2'000),
            .renew_deadline = Duration(600),
            .retry_period = Duration(50),
            .request_timeout = Duration(5'000)};
  }
  Elector::Callbacks Counting() {
    return {.on_started = [this] { ++started_; }, .on_stopped = [this] { ++stopped_; }};
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  Server server_ = Server::kWell;
  json::Value lease_;
  int version_ = 0;
  std::atomic<int> started_{0};
  std::atomic<int> stopped_{0};
  ScriptedTransport transport_;
};

TEST_F(ElectorTest, LeadsAndGivesTheLeaseBackWhenStopped) {
  Elector a(transport_, RealClock(), Quick("a"), Counting());
  EXPECT_FALSE(a.IsLeader());
  a.Start();
  ASSERT_TRUE(Eventually([&] { return a.IsLeader() && started_ == 1; }));
  EXPECT_EQ(Holder(), "a");
  a.Stop();
  EXPECT_FALSE(a.IsLeader());
  EXPECT_EQ(stopped_, 1);
  EXPECT_EQ(Holder(), "");
}

TEST_F(ElectorTest, AStandbyTakesOverAtOnceWhenTheLeaderStops) {
  Elector a(transport_, RealClock(), Quick("a"), {});
  a.Start();
  ASSERT_TRUE(Eventually([&] { return a.IsLeader(); }));
  std::string seen;
  Elector b(transport_, RealClock(), Quick("b"), {.on_new_leader = [&](const std::string& id) { seen += id; }});
  b.Start();
  SleepFor(Duration(200), {});
  EXPECT_FALSE(b.IsLeader());
  const Instant before = RealClock().Now();
  a.Stop();
  ASSERT_TRUE(Eventually([&] { return b.IsLeader(); }));
  EXPECT_LT(RealClock().Now() - before, Duration(1'500));  // not the lease's duration
  b.Stop();
  EXPECT_EQ(seen, "ab");
}

TEST_F(ElectorTest, StopsActingByTheDeadlineEvenWhileARequestHangs) {
  Elector a(transport_, RealClock(), Quick("a"), Counting());
  a.Start();
  ASSERT_TRUE(Eventually([&] { return a.IsLeader(); }));
  Make(Server::kHangs);
  ASSERT_TRUE(Eventually([&] { return !a.IsLeader(); }));
  EXPECT_TRUE(Eventually([&] { return stopped_ == 1; }));  // the request does not outlast the term
  Make(Server::kWell);
  EXPECT_TRUE(Eventually([&] { return a.IsLeader() && started_ == 2; }));
  EXPECT_EQ(stopped_, 1);
}

TEST_F(ElectorTest, KeepsLeadingThroughAShortOutage) {
  engine::LeaderElection::Options options = Quick("a");
  options.lease_duration = Duration(15'000);
  options.renew_deadline = Duration(5'000);
  Elector a(transport_, RealClock(), options, Counting());
  a.Start();
  ASSERT_TRUE(Eventually([&] { return a.IsLeader(); }));
  Make(Server::kDown);
  SleepFor(Duration(200), {});
  EXPECT_TRUE(a.IsLeader());
  Make(Server::kWell);
  SleepFor(Duration(600), {});
  EXPECT_TRUE(a.IsLeader());
  EXPECT_EQ(stopped_, 0);
}

TEST_F(ElectorTest, ANamespaceThatDoesNotExistIsToldUntilItDoes) {
  Make(Server::kNoNamespace);
  std::atomic<int> asked{0};
  Elector a(transport_, RealClock(), Quick("a"), {.advice = [&](const Error&) {
              ++asked;
              return std::string("create it");
            }});
  EXPECT_FALSE(a.Trouble().has_value());
  a.Start();
  ASSERT_TRUE(Eventually([&] { return a.Trouble().has_value() && asked == 1; }));
  EXPECT_EQ(a.Trouble()->code, Code::kNotFound);
  SleepFor(Duration(300), {});
  EXPECT_TRUE(a.Trouble().has_value());
  EXPECT_EQ(asked, 1) << "it is logged once a minute";
  Make(Server::kWell);
  ASSERT_TRUE(Eventually([&] { return a.IsLeader(); }));
  EXPECT_FALSE(a.Trouble().has_value());
}

TEST_F(ElectorTest, AnOutageIsNoTroubleForAPerson) {
  Make(Server::kDown);
  Elector a(transport_, RealClock(), Quick("a"), {});
  a.Start();
  SleepFor(Duration(300), {});
  EXPECT_FALSE(a.Trouble().has_value());
}

}  // namespace
}  // namespace muster::runtime
