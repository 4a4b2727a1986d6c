#include "lib/engine/work_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <random>
#include <string>

#include "lib/engine/resource_version.h"

namespace muster::engine {
namespace {

Instant At(int64_t ms) { return Instant(Duration(ms)); }

class CountingObserver : public WorkQueueObserver {
 public:
  void OnAdd() override { ++adds; }
  void OnRetry() override { ++retries; }
  void OnDepth(size_t now) override { depth = now; }
  void OnTaken(Duration took) override { waited = took; }
  void OnDone(Duration took) override { worked = took; }
  int adds = 0;
  int retries = 0;
  size_t depth = 0;
  Duration waited{-1};
  Duration worked{-1};
};

TEST(WorkQueue, HandsOutAnItemOnceHoweverOftenItWasAdded) {
  WorkQueue<std::string> queue;
  for (const char* item : {"a", "b", "a", "a"}) queue.Add(item, At(0));
  EXPECT_EQ(queue.depth(), 2U);
  EXPECT_EQ(queue.Take(At(0)), "a");
  EXPECT_EQ(queue.Take(At(0)), "b");
  EXPECT_EQ(queue.Take(At(0)), std::nullopt);
}

TEST(WorkQueue, DoesNotHandOutWhatIsBeingProcessed) {
  WorkQueue<std::string> queue;
  queue.Add("a", At(0));
  ASSERT_EQ(queue.Take(At(1)), "a");
  queue.Add("a", At(2));
  queue.Add("a", At(3));
  EXPECT_EQ(queue.Take(At(4)), std::nullopt);
  EXPECT_EQ(queue.depth(), 0U);
  queue.Done("a", At(5));
  EXPECT_EQ(queue.Take(At(6)), "a");
  queue.Done("a", At(7));
  EXPECT_EQ(queue.Take(At(8)), std::nullopt);
}

TEST(WorkQueue, KeepsTheEarliestDelay) {
  WorkQueue<std::string> queue;
  queue.AddAfter("a", Duration(100), At(0));
  queue.AddAfter("a", Duration(50), At(0));
  queue.AddAfter("a", Duration(80), At(0));
  EXPECT_EQ(queue.FirstDelayed(), At(50));
  EXPECT_EQ(queue.Take(At(49)), std::nullopt);
  EXPECT_EQ(queue.Take(At(50)), "a");
  queue.Done("a", At(51));
  EXPECT_EQ(queue.Take(At(1000)), std::nullopt);
  EXPECT_EQ(queue.FirstDelayed(), std::nullopt);
}

TEST(WorkQueue, ADelayThatEndsDuringProcessingQueuesAgain) {
  WorkQueue<std::string> queue;
  queue.Add("a", At(0));
  ASSERT_EQ(queue.Take(At(0)), "a");
  queue.AddAfter("a", Duration(10), At(0));
  EXPECT_EQ(queue.Take(At(20)), std::nullopt);
  queue.Done("a", At(30));
  EXPECT_EQ(queue.Take(At(30)), "a");
}

TEST(WorkQueue, AnImmediateAddDoesNotForgetALaterOne) {
  WorkQueue<std::string> queue;
  queue.AddAfter("a", Duration(100), At(0));
  queue.Add("a", At(1));
  ASSERT_EQ(queue.Take(At(1)), "a");
  queue.Done("a", At(2));
  EXPECT_EQ(queue.Take(At(100)), "a");
}

TEST(WorkQueue, BacksOffPerItemAndForgets) {
  WorkQueue<std::string> queue;
  const auto delay = [&](const std::string& item) {
    queue.AddRateLimited(item, At(0));
    const Duration due = *queue.FirstDelayed() - At(0);
    queue.Take(*queue.FirstDelayed());
    queue.Done(item, At(0));
    return due.count();
  };
  EXPECT_EQ(delay("a"), 5);
  EXPECT_EQ(delay("a"), 10);
  EXPECT_EQ(delay("a"), 20);
  EXPECT_EQ(delay("b"), 5);
  queue.Forget("a");
  EXPECT_EQ(delay("a"), 5);
  for (int i = 0; i < 30; ++i) delay("a");
  EXPECT_EQ(delay("a"), 60'000);
}

TEST(WorkQueue, WaitsAtLeastAsLongAsTheServerAsks) {
  WorkQueue<std::string> queue;
  queue.AddRateLimited("a", At(0), Duration(3000));
  EXPECT_EQ(queue.FirstDelayed(), At(3000));
}

TEST(WorkQueue, TellsItsObserver) {
  CountingObserver observer;
  WorkQueue<std::string> queue({.observer = &observer});
  queue.Add("a", At(0));
  queue.Add("a", At(0));
  queue.Add("b", At(0));
  EXPECT_EQ(observer.adds, 2);
  EXPECT_EQ(observer.depth, 2U);
  queue.Take(At(7));
  EXPECT_EQ(observer.depth, 1U);
  EXPECT_EQ(observer.waited, Duration(7));
  EXPECT_EQ(queue.LongestRunning(At(10)), Duration(3));
  queue.Done("a", At(12));
  EXPECT_EQ(observer.worked, Duration(5));
  queue.AddRateLimited("a", At(12));
  EXPECT_EQ(observer.retries, 1);
  EXPECT_EQ(queue.LongestRunning(At(20)), Duration(0));
}

TEST(WorkQueue, TheWaitOfAnItemAddedDuringProcessingCountsFromThen) {
  CountingObserver observer;
  WorkQueue<std::string> queue({.observer = &observer});
  queue.Add("a", At(0));
  queue.Take(At(0));
  queue.Add("a", At(10));
  queue.Done("a", At(30));
  queue.Take(At(31));
  EXPECT_EQ(observer.waited, Duration(21));
}

TEST(Backoff, DoublesWithJitterAndStartsAgainAfterHealthyTime) {
  Backoff backoff({.first = Duration(800), .longest = Duration(30'000), .reset_after = Duration(120'000)});
  EXPECT_EQ(backoff.Next(At(0), 0), Duration(800));
  EXPECT_EQ(backoff.Next(At(1'000), 0.5), Duration(2'400));
  EXPECT_EQ(backoff.Next(At(5'000), 0), Duration(3'200));
  for (int i = 0; i < 100; ++i) backoff.Next(At(10'000), 0);
  EXPECT_EQ(backoff.Next(At(10'000), 0), Duration(30'000));
  EXPECT_EQ(backoff.Next(At(10'000 + 30'000 + 120'000), 0), Duration(30'000));
  EXPECT_EQ(backoff.Next(At(400'000), 0), Duration(800));
}

struct VersionCase {
  const char* seen;
  const char* wanted;
  bool reached;
};

TEST(HasReached, ComparesAsNumbersAndOnlyNumbers) {
  const VersionCase cases[] = {{"10", "9", true},    {"9", "10", false},
                               {"9", "9", true},     {"", "9", false},
                               {"9", "", false},     {"", "", false},
                               {"abc", "abc", true}, {"abd", "abc", false},
                               {"010", "9", false},  {"18446744073709551617", "18446744073709551616", true}};
  for (const VersionCase& c : cases) EXPECT_EQ(HasReached(c.seen, c.wanted), c.reached) << c.seen << " " << c.wanted;
}

// ---- Namespaces take turns

TEST(FairQueue, ServesNamespacesInTurn) {
  WorkQueue<api::Key> queue;
  for (const char* name : {"1", "2", "3"}) queue.Add({"a", name}, At(0));
  queue.Add({"b", "1"}, At(1));
  queue.Add({"c", "1"}, At(2));
  queue.Add({"b", "2"}, At(3));
  std::string order;
  while (const auto key = queue.Take(At(4))) order += key->Text() + " ";
  EXPECT_EQ(order, "a/1 b/1 c/1 a/2 b/2 a/3 ");
}

// The laws, over random histories of a few namespaces, one of which floods the queue:
//  - an item waits for at most one item of each other namespace per item of its own namespace before it;
//  - items of one namespace come in the order in which they were added;
//  - nothing is lost and nothing is handed out twice.
TEST(FairQueue, AnItemWaitsForOneItemOfEachOtherNamespaceAtMost) {
  std::mt19937 random(20261);  // NOLINT: the same histories each time
  const auto below = [&](size_t n) { return static_cast<size_t>(random() % n); };
  for (int history = 0; history < 200; ++history) {
    constexpr size_t kNamespaces = 5;
    WorkQueue<api::Key> queue;
    struct Waiting {
      size_t before;        // of its own namespace
      size_t others_taken;  // since it was added
    };
    std::map<api::Key, Waiting> waiting;
    std::map<std::string, std::deque<api::Key>> in_order;
    int added = 0;
    for (int step = 0; step < 400; ++step) {
      if (step < 300 && below(3) > 0) {
        const std::string ns = below(2) == 0 ? "flood" : "n" + std::to_string(below(kNamespaces - 1));
        const api::Key key{ns, std::to_string(added++)};
        queue.Add(key, At(step));
        waiting[key] = {in_order[ns].size(), 0};
        in_order[ns].push_back(key);
        continue;
      }
      const auto taken = queue.Take(At(step));
      ASSERT_EQ(taken.has_value(), !waiting.empty());
      if (!taken) continue;
      ASSERT_EQ(in_order[taken->ns].front(), *taken) << "history " << history;
      in_order[taken->ns].pop_front();
      const Waiting was = waiting.at(*taken);
      EXPECT_LE(was.others_taken, (was.before + 1) * (kNamespaces - 1)) << "history " << history;
      waiting.erase(*taken);
      for (auto& [key, other] : waiting) other.others_taken += key.ns == taken->ns ? 0 : 1;
      queue.Done(*taken, At(step));
    }
    EXPECT_EQ(queue.depth(), waiting.size());
  }
}

TEST(FairQueue, ANamespaceThatComesBackGoesToTheEndOfTheLine) {
  WorkQueue<api::Key> queue;
  queue.Add({"a", "1"}, At(0));
  queue.Add({"b", "1"}, At(0));
  queue.Add({"b", "2"}, At(0));
  ASSERT_EQ(queue.Take(At(0)), (api::Key{"a", "1"}));
  queue.Add({"a", "2"}, At(1));
  EXPECT_EQ(queue.Take(At(1)), (api::Key{"b", "1"}));
  EXPECT_EQ(queue.Take(At(1)), (api::Key{"a", "2"}));
  EXPECT_EQ(queue.Take(At(1)), (api::Key{"b", "2"}));
}

}  // namespace
}  // namespace muster::engine
