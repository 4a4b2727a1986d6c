// EventBudget: one object cannot cause Events without end.
#include "operator/shell/event_budget.h"

#include <gtest/gtest.h>

namespace muster::shell {
namespace {

using std::chrono::seconds;

constexpr Instant kStart{std::chrono::hours(1)};

int Taken(EventBudget& budget, const std::string& uid, Instant now, int tries) {
  int taken = 0;
  for (int i = 0; i < tries; ++i) taken += budget.Take(uid, now) ? 1 : 0;
  return taken;
}

TEST(EventBudget, LetsABurstThroughAndThenOneInHalfAMinute) {
  EventBudget budget;
  EXPECT_EQ(Taken(budget, "a", kStart, 1000), 25);
  EXPECT_EQ(Taken(budget, "b", kStart, 10), 10) << "another object has its own";
  EXPECT_EQ(Taken(budget, "a", kStart + seconds(29), 1000), 0);
  EXPECT_EQ(Taken(budget, "a", kStart + seconds(30), 1000), 1);
  EXPECT_EQ(Taken(budget, "a", kStart + seconds(3600), 1000), 25);
}

TEST(EventBudget, AnHourOfChangesEachSecondGivesFewEvents) {
  EventBudget budget;
  int taken = 0;
  for (int second = 0; second < 3600; ++second) taken += Taken(budget, "a", kStart + seconds(second), 1);
  EXPECT_LE(taken, 25 + 120);
}

TEST(EventBudget, RemembersABoundedNumberOfObjects) {
  EventBudget budget({.burst = 1, .objects_max = 10});
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(budget.Take(std::to_string(i), kStart + seconds(i)));
  EXPECT_FALSE(budget.Take("999", kStart + seconds(1000)));
  EXPECT_TRUE(budget.Take("0", kStart + seconds(1000))) << "it was forgotten";
}

}  // namespace
}  // namespace muster::shell
