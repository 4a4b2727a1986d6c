// What the operator and the API server say to each other is disturbed, while 40 groups of ten start and finish. When it
// is over, work goes on within a minute; nothing is lost, nothing runs twice, no gang runs in part.
#include <functional>
#include <thread>

#include "tests/e2e/network/load.h"
#include "tests/e2e/support/fault_proxy.h"

namespace muster::e2e {
namespace {

constexpr int kGroups = 40;
constexpr Duration kGoesOnWithin = std::chrono::seconds(60);

class Faults : public Load {
 protected:
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
  void Endure(const std::string& name, Duration length, const std::function<void()>& begin) {
    AddRoom(name, 10);
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

 private:
  std::unique_ptr<FaultProxy> proxy_;
};

TEST_F(Faults, Cut) {
  Endure("cut", 8s, [&] { proxy().Cut(); });
}

// Longer than a lease lasts: it must stop acting, and begin again.
TEST_F(Faults, CutForLongerThanTheLease) {
  Endure("long-cut", 20s, [&] { proxy().Cut(); });
}

TEST_F(Faults, Delay) {
  Endure("delay", 10s, [&] { proxy().Delay(500ms); });
}

TEST_F(Faults, Slow) {
  Endure("slow", 10s, [&] { proxy().Slow(10); });
}

// Connections are accepted, and nobody answers. What was said into them is lost, so that they are broken ever after.
TEST_F(Faults, HalfOpen) {
  Endure("half-open", 12s, [&] { proxy().HalfOpen(); });
}

TEST_F(Faults, Reset) {
  Endure("reset", 8s, [&] { proxy().Reset(); });
}

}  // namespace
}  // namespace muster::e2e
