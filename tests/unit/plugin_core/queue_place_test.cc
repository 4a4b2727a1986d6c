#include "kubectl-plugin/core/queue_place.h"

#include <gtest/gtest.h>

namespace muster::plugin {
namespace {

const Instant kNow{std::chrono::hours(10'000)};

api::PodGroup MakeAsking(const std::string& name, int asked_minutes_ago, const std::string& priority = "") {
  api::PodGroup group;
  group.meta.ns = "ml";
  group.meta.name = name;
  group.spec.priority_class_name = priority;
  group.status.state = api::GroupState::kWaiting;
  group.status.asked_time = kNow - std::chrono::minutes(asked_minutes_ago);
  return group;
}

const std::vector<Priority> kClasses{{"high", 1000, false}, {"normal", 10, true}, {"low", -5, false}};

TEST(PlaceOf, CountsHigherPriorityAndEarlierAskers) {
  const api::PodGroup self = MakeAsking("self", 10);
  const std::vector<api::PodGroup> groups{self, MakeAsking("late-high", 1, "high"), MakeAsking("early", 20),
                                          MakeAsking("late", 5), MakeAsking("early-low", 90, "low")};
  const QueuePlace place = PlaceOf(self, groups, kClasses, QueueScope::kCluster, kNow);
  EXPECT_EQ(place.ahead, 2);
  EXPECT_EQ(place.waiting, 5);
  EXPECT_EQ(PlaceText(place), "2 groups: ml/late-high (priority 1000), ml/early (asked 20m ago)");
}

TEST(PlaceOf, LeavesOutWhatDoesNotContend) {
  const api::PodGroup self = MakeAsking("self", 10);
  api::PodGroup resting = MakeAsking("resting", 20);
  resting.status.next_attempt_time = kNow + std::chrono::minutes(1);
  api::PodGroup running = MakeAsking("running", 20);
  running.status.state = api::GroupState::kRunning;
  api::PodGroup held = MakeAsking("held", 20);
  held.spec.run = api::Run::kHold;
  api::PodGroup leaving = MakeAsking("leaving", 20);
  leaving.meta.deleted = kNow;
  const QueuePlace place = PlaceOf(self, {self, resting, running, held, leaving}, {}, QueueScope::kCluster, kNow);
  EXPECT_EQ(PlaceText(place), "nothing");
}

TEST(PlaceOf, BreaksTiesByName) {
  const api::PodGroup b = MakeAsking("b", 10);
  EXPECT_EQ(PlaceOf(b, {MakeAsking("a", 10), MakeAsking("c", 10)}, {}, QueueScope::kCluster, kNow).ahead, 1);
}

TEST(PlaceText, SaysWhatCouldNotBeSeen) {
  QueuePlace place;
  EXPECT_EQ(PlaceText(place), "unknown (no right to list podgroups.muster.dev)");
  place.scope = QueueScope::kNamespace;
  EXPECT_EQ(PlaceText(place), "nothing in this namespace (no right to see others)");
}

TEST(PriorityOf, FallsBackToTheGlobalDefault) {
  EXPECT_EQ(PriorityOf(MakeAsking("a", 1), kClasses), 10);
  EXPECT_EQ(PriorityOf(MakeAsking("a", 1, "low"), kClasses), -5);
  EXPECT_EQ(PriorityOf(MakeAsking("a", 1, "gone"), kClasses), 0);
}

}  // namespace
}  // namespace muster::plugin
