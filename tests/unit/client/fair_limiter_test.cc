// The order in which waiting requests are let through, as positions in that order and never as times.
#include "lib/client/fair_limiter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <mutex>
#include <thread>
#include <vector>

namespace muster::client {
namespace {

TEST(FairLimiter, KnowsTheLaneOfARequest) {
  EXPECT_EQ(LaneOfPath("/api/v1/namespaces/team-a/pods"), "team-a");
  EXPECT_EQ(LaneOfPath("/apis/muster.dev/v1alpha1/namespaces/team-b/workloads/w/status"), "team-b");
  EXPECT_EQ(LaneOfPath("/api/v1/namespaces/team-a"), "team-a");
  EXPECT_EQ(LaneOfPath("/api/v1/namespaces"), "");
  EXPECT_EQ(LaneOfPath("/api/v1/nodes"), "");
}

class Crowd {
 public:
  Crowd(double qps, int burst) : limiter_(qps, burst) {}
  ~Crowd() { limiter_.Stop(); }

  // Starts a thread that passes in this lane, and returns when it waits (or has passed).
  void Send(const std::string& lane) {
    const size_t in_before = InTheLimiter();
    threads_.emplace_back([this, lane] {
      const bool passed = limiter_.Pass(lane, {});
      const std::scoped_lock lock(mutex_);
      order_.push_back(passed ? lane : "stopped");
    });
    while (InTheLimiter() == in_before) std::this_thread::yield();
  }
  FairLimiter& limiter() { return limiter_; }
  std::vector<std::string> Join() {
    threads_.clear();
    return order_;
  }

 private:
  // Each thread is counted once when it has come in: it waits, or it has passed.
  size_t InTheLimiter() {
    const std::scoped_lock lock(mutex_);
    return limiter_.waiting() + order_.size();
  }

  FairLimiter limiter_;
  std::mutex mutex_;
  std::vector<std::string> order_;
  std::vector<std::jthread> threads_;
};

TEST(FairLimiter, ARequestDoesNotWaitForAllOfAnotherNamespace) {
  bool seen = false;
  for (int tries = 0; tries < 20 && !seen; ++tries) {
    Crowd crowd(20, 1);
    for (int i = 0; i < 12; ++i) crowd.Send("flood");
    crowd.Send("other");
    // Says nothing when this machine was so slow that most of the flood had passed before the other one came.
    seen = crowd.limiter().waiting() >= 6;
    const std::vector<std::string> order = crowd.Join();
    ASSERT_EQ(order.size(), 13U);
    EXPECT_EQ(std::count(order.begin(), order.end(), "other"), 1);
    // It came last, and is let through before the last four of the flood.
    const auto late = std::count(order.end() - 4, order.end(), "other");
    EXPECT_TRUE(!seen || late == 0);
  }
  EXPECT_TRUE(seen);
}

TEST(FairLimiter, StopEndsAllWaiting) {
  Crowd crowd(0.001, 1);
  crowd.Send("a");
  for (int i = 0; i < 5; ++i) crowd.Send("b");
  crowd.limiter().Stop();
  const std::vector<std::string> order = crowd.Join();
  EXPECT_EQ(std::count(order.begin(), order.end(), "stopped"), 5);
  EXPECT_FALSE(crowd.limiter().Pass("a", {}));
}

TEST(FairLimiter, OneThatGivesUpLeavesTheOthersTheirSlots) {
  FairLimiter limiter(50, 1);
  ASSERT_TRUE(limiter.Pass("a", {}));
  std::stop_source given_up;
  bool passed = true;
  std::jthread one([&] { passed = limiter.Pass("a", given_up.get_token()); });
  while (limiter.waiting() == 0 && one.joinable() && !given_up.stop_requested()) given_up.request_stop();
  one.join();
  EXPECT_FALSE(passed);
  EXPECT_TRUE(limiter.Pass("b", {}));
  EXPECT_EQ(limiter.waiting(), 0U);
}

}  // namespace
}  // namespace muster::client
