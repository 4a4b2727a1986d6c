// What the operator and the API server say to each other is disturbed, while 20 groups of ten start and finish. When it
// is over, work goes on within a minute; nothing is lost, nothing runs twice, no gang runs in part.
#include <functional>
#include <thread>

#include "lib/client/kubeconfig.h"
#include "lib/client/transport.h"
#include "tests/e2e/network/load.h"
#include "tests/e2e/support/fault_proxy.h"

namespace muster::e2e {
namespace {

constexpr int kGroups = 20;
constexpr Duration kGoesOnWithin = std::chrono::seconds(60);

constexpr Duration kLeaseLasts = std::chrono::seconds(15);
constexpr const char* kLeads = "leader_election_master_status{name=\"muster-operator\"}";

class Faults : public Load {
 protected:
  enum class Passes { kNothing, kSomething };

  void SetUp() override {
    E2e::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    proxy_ = std::make_unique<FaultProxy>(cluster());
    ASSERT_EQ(proxy_->broken(), "");
  }
  void TearDown() override {
    if (proxy_ != nullptr && proxy_->broken().empty()) proxy_->Heal();
    E2e::TearDown();
    proxy_.reset();
  }

  // The fault comes when some groups run and others wait, and more are created while it lasts.
  // When nothing comes through, no group is made for these.
  void Endure(const std::string& name, Duration length, const std::function<void()>& begin,
              Passes passes = Passes::kNothing) {
    AddRoom(name, 5);
    OperatorProcess& op = StartOperator({.server = proxy_->server()});
    CreateGroups("a", 0, kGroups / 2);
    ASSERT_TRUE(Eventually(20s, [&] { return Finished() >= 2 ? "" : "no groups have finished yet"; }));
    begin();
    CreateGroups("b", 0, kGroups / 2);
    const int64_t before = Finished();
    const Instant until = runtime::RealClock().Wall() + length;
    while (runtime::RealClock().Wall() < until) {
      ASSERT_TRUE(op.Running()) << op.LogTail(20);
      ASSERT_NE(op.Health("/healthz").status, 0) << "it hangs";
      std::this_thread::sleep_for(100ms);
    }
    for (const api::PodGroup& group : seen().groups.Live()) {
      EXPECT_FALSE(passes == Passes::kNothing && group.meta.name.starts_with("b")) << group.meta.name << " was made";
    }
    if (length > kLeaseLasts && passes == Passes::kNothing) {
      EXPECT_EQ(op.Metric(kLeads), 0) << "it still leads";
    }
    PrintFigure("groups that finished during '" + name + "'", std::to_string(Finished() - before));
    proxy_->Heal();
    const Instant healed = runtime::RealClock().Wall();
    if (Finished() < kGroups) ExpectProgressWithin(kGoesOnWithin / kPatience, name);
    ASSERT_TRUE(Eventually(60s, [&] { return NotAllFinished(kGroups); }));
    PrintFigure("seconds from its end until all had finished", Seconds(runtime::RealClock().Wall() - healed));
    EXPECT_TRUE(op.Running());
    CheckTheWholeRun(kGroups);
  }

  FaultProxy& proxy() { return *proxy_; }

  // How long a request of our own takes through the proxy, on a connection of its own: a GET of a ConfigMap of so many
  // bytes. A busy machine makes it longer, never shorter.
  Duration RoundTrip(size_t bytes = 0) {
    Create(kConfigMaps, json::Object{{"apiVersion", "v1"},
                                     {"kind", "ConfigMap"},
                                     {"metadata", json::Object{{"name", "filled"}}},
                                     {"data", json::Object{{"filling", std::string(bytes, 'x')}}}});
    auto connection = client::LoadConnection({.kubeconfig = cluster().kubeconfig()}, {});
    if (!connection) return Fail(connection.error());
    connection->server = proxy_->server();
    const auto transport = client::HttpTransport::Create(*connection, {.user_agent = "e2e"});
    if (!transport) return Fail(transport.error());
    const Instant asked = runtime::RealClock().Now();
    const auto answer =
        (*transport)->Send({.path = "/api/v1/namespaces/" + ns() + "/configmaps/filled", .timeout = kGoesOnWithin});
    const Duration took = runtime::RealClock().Now() - asked;
    if (!answer) return Fail(answer.error());
    EXPECT_EQ(answer->status, 200) << answer->body;
    EXPECT_GE(answer->body.size(), bytes);
    return took;
  }

 private:
  static Duration Fail(const Error& error) {
    ADD_FAILURE() << error.message;
    return Duration(0);
  }

  std::unique_ptr<FaultProxy> proxy_;
};

// Outages that outlast the lease: for `make test-all`.
class LongFaults : public Faults {};

TEST_F(Faults, Cut) {
  Endure("cut", 8s, [&] { proxy().Cut(); });
}

// Longer than a lease lasts: it must stop acting, and begin again.
TEST_F(LongFaults, CutForLongerThanTheLease) {
  Endure("long-cut", 20s, [&] { proxy().Cut(); });
}

TEST_F(Faults, Delay) {
  constexpr Duration kDelay = std::chrono::milliseconds(500);
  Endure(
      "delay", 6s,
      [&] {
        proxy().Delay(kDelay);
        EXPECT_GE(RoundTrip(), 2 * kDelay) << "there and back: the proxy delays nothing";
      },
      Passes::kSomething);
}

TEST_F(Faults, Slow) {
  constexpr int64_t kKilobytesPerSecond = 10;
  constexpr size_t kBytes = 40'000;
  Endure(
      "slow", 6s,
      [&] {
        proxy().Slow(kKilobytesPerSecond);
        const double rate = static_cast<double>(kBytes) / 1024 / Seconds(RoundTrip(kBytes));
        PrintFigure("KB a second through the proxy", rate);
        EXPECT_LE(rate, 1.5 * kKilobytesPerSecond) << "the proxy slows nothing down";
      },
      Passes::kSomething);
}

// Connections are accepted, and nobody answers. What was said into them is lost, so that they are broken ever after.
TEST_F(LongFaults, HalfOpen) {
  Endure("half-open", 12s, [&] { proxy().HalfOpen(); });
}

TEST_F(Faults, Reset) {
  Endure("reset", 5s, [&] { proxy().Reset(); });
}

}  // namespace
}  // namespace muster::e2e
