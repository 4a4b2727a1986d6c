#include "lib/runtime/controller.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <random>
#include <set>

#include "lib/runtime/debouncer.h"
#include "lib/runtime/log_sink.h"
#include "lib/runtime/watch_loop.h"
#include "tests/support/seed.h"
#include "tests/unit/runtime/eventually.h"

namespace muster::runtime {
namespace {

api::Key Key(int i) { return {"ns", "k" + std::to_string(i)}; }

TEST(Controller, ReconcilesEachKeyByOneWorkerAtATime) {
  std::mutex mutex;
  std::set<api::Key> busy;
  std::map<api::Key, int> calls;
  bool overlapped = false;
  Controller controller(RealClock(), {.name = "test", .workers = 4}, [&](const api::Key& key) {
    {
      const std::lock_guard lock(mutex);
      overlapped = overlapped || !busy.insert(key).second;
      ++calls[key];
    }
    SleepFor(Duration(1), {});
    const std::lock_guard lock(mutex);
    busy.erase(key);
    return Outcome::Done();
  });
  controller.Start();
  for (int round = 0; round < 50; ++round) {
    for (int i = 0; i < 10; ++i) controller.Add(Key(i));
  }
  EXPECT_TRUE(Eventually([&] {
    const std::lock_guard lock(mutex);
    return calls.size() == 10 && busy.empty() && controller.depth() == 0;
  }));
  controller.Stop();
  EXPECT_FALSE(overlapped);
}

TEST(Controller, RetriesAnErrorWithBackoffAndForgetsItAfterSuccess) {
  std::atomic<int> calls{0};
  Controller controller(RealClock(), {.name = "test"}, [&](const api::Key&) {
    return ++calls < 4 ? Outcome::Failed(MakeError(Code::kConflict, "stale")) : Outcome::Done();
  });
  controller.Start();
  controller.Add(Key(1));
  EXPECT_TRUE(Eventually([&] { return calls == 4; }));  // after 5, 10 and 20 ms
  SleepFor(Duration(100), {});
  EXPECT_EQ(calls, 4);
}

// What is due at a time, a deadline say, is due though something has failed.
TEST(Controller, AFailureDoesNotPutOffWhatIsDue) {
  std::atomic<int> calls{0};
  Controller controller(RealClock(), {.name = "test"}, [&](const api::Key&) {
    if (++calls > 1) return Outcome::Done();
    Error error = MakeError(Code::kThrottled, "later");
    error.retry_after = std::chrono::hours(1);
    Outcome outcome = Outcome::Failed(std::move(error));
    outcome.after = Duration(20);
    return outcome;
  });
  controller.Start();
  controller.Add(Key(1));
  EXPECT_TRUE(Eventually([&] { return calls == 2; }));
}

TEST(Controller, WakesAKeyWhenItAskedFor) {
  std::atomic<int> calls{0};
  const Instant began = RealClock().Now();
  Controller controller(RealClock(), {.name = "test"}, [&](const api::Key&) {
    return ++calls == 1 ? Outcome::RequeueAfter(Duration(60)) : Outcome::Done();
  });
  controller.Start();
  controller.Add(Key(1));
  controller.AddAfter(Key(1), std::chrono::hours(1));  // the earlier one counts
  EXPECT_TRUE(Eventually([&] { return calls == 2; }));
  EXPECT_GE(RealClock().Now() - began, Duration(60));
}

TEST(Controller, AnEarlierWakeUpReachesAWaitingWorker) {
  std::atomic<int> calls{0};
  Controller controller(RealClock(), {.name = "test"}, [&](const api::Key&) {
    ++calls;
    return Outcome::Done();
  });
  controller.Start();
  controller.AddAfter(Key(1), std::chrono::hours(1));
  SleepFor(Duration(20), {});
  controller.AddAfter(Key(2), Duration(10));
  EXPECT_TRUE(Eventually([&] { return calls == 1; }));
}

// One worker keeps the watch for all: none of many keys, due at random times in whatever order, may be slept over.
TEST(Controller, ReachesEveryDelayedKeyWhoeverKeepsTheWatch) {
  const uint64_t seed = testing::TestSeed();
  SCOPED_TRACE(testing::ReplayHint(seed));
  constexpr int kThreads = 3;
  constexpr int kKeys = 400;
  std::mutex mutex;
  std::set<api::Key> reached;
  int calls = 0;
  Controller controller(RealClock(), {.name = "test", .workers = 4}, [&](const api::Key& key) {
    if (key.name.ends_with('7')) SleepFor(Duration(1), {});
    const std::lock_guard lock(mutex);
    reached.insert(key);
    return ++calls % 5 == 0 ? Outcome::RequeueAfter(Duration(calls % 7)) : Outcome::Done();
  });
  controller.Start();
  controller.AddAfter(Key(-1), std::chrono::hours(1));  // a watch that nobody may keep to its end
  std::vector<std::jthread> adders;
  for (int thread = 0; thread < kThreads; ++thread) {
    adders.emplace_back([&, thread] {
      std::mt19937_64 random(seed + static_cast<uint64_t>(thread));
      for (int i = 0; i < kKeys; ++i) {
        controller.AddAfter(Key(thread * kKeys + i), Duration(random() % 30));
        if (random() % 8 == 0) SleepFor(Duration(random() % 3), {});
      }
    });
  }
  adders.clear();
  const auto count = [&] {
    const std::lock_guard lock(mutex);
    return reached.size();
  };
  EXPECT_TRUE(Eventually([&] { return count() == size_t{kThreads} * kKeys; })) << count();
}

// While one worker is at work for long, the next key is another's, whether it was ready or becomes due.
TEST(Controller, HandsTheWatchOverBeforeLongWork) {
  for (const Duration delay : {Duration(0), Duration(5)}) {
    std::atomic<bool> second{false};
    std::atomic<bool> in_time{false};
    Controller controller(RealClock(), {.name = "test", .workers = 2}, [&](const api::Key& key) {
      if (key == Key(2)) second = true;
      if (key == Key(1)) in_time = Eventually([&] { return second.load(); });
      return Outcome::Done();
    });
    controller.Start();
    controller.AddAfter(Key(1), delay);
    controller.AddAfter(Key(2), 3 * delay);
    EXPECT_TRUE(Eventually([&] { return second.load(); }));
    controller.Stop();
    EXPECT_TRUE(in_time) << delay.count() << " ms";
  }
}

TEST(Controller, FinishesWhatIsInHandWhenStopped) {
  std::atomic<bool> began{false};
  std::atomic<bool> finished{false};
  Controller controller(RealClock(), {.name = "test", .workers = 2}, [&](const api::Key&) {
    began = true;
    SleepFor(Duration(50), {});
    finished = true;
    return Outcome::Done();
  });
  controller.Start();
  controller.Add(Key(1));
  ASSERT_TRUE(Eventually([&] { return began.load(); }));
  controller.Stop();
  EXPECT_TRUE(finished);
  controller.Add(Key(2));
  EXPECT_EQ(controller.depth(), 0U) << "who does not work remembers nothing";
  finished = false;
  controller.Start();
  controller.Add(Key(2));
  EXPECT_TRUE(Eventually([&] { return finished.load(); }));
}

class CountingObserver : public ControllerObserver {
 public:
  void OnReconciled(Outcome::Kind result, Duration /*took*/) override { ++results[static_cast<size_t>(result)]; }
  void OnActiveWorkers(int count) override { active = count; }
  void OnAdd() override { ++adds; }
  void OnRetry() override { ++retries; }
  std::atomic<int> results[3]{};
  std::atomic<int> active{-1};
  std::atomic<int> adds{0};
  std::atomic<int> retries{0};
};

TEST(Controller, TellsItsObserver) {
  CountingObserver observer;
  std::atomic<int> calls{0};
  Controller controller(RealClock(), {.name = "test", .observer = &observer}, [&](const api::Key&) {
    switch (++calls) {
      case 1:
        return Outcome::Failed(MakeError(Code::kUnavailable, "down"));
      case 2:
        return Outcome::RequeueAfter(Duration(1));
      default:
        return Outcome::Done();
    }
  });
  controller.Start();
  controller.Add(Key(1));
  EXPECT_TRUE(Eventually([&] { return observer.results[0] == 1; }));
  controller.Stop();
  EXPECT_EQ(observer.results[1], 1);
  EXPECT_EQ(observer.results[2], 1);
  EXPECT_EQ(observer.retries, 1);
  EXPECT_EQ(observer.adds, 3);
  EXPECT_EQ(observer.active, 0);
  EXPECT_EQ(ResultLabel(Outcome::Kind::kRequeueAfter), "requeue_after");
}

TEST(Debouncer, MakesOneWakeUpOfABurst) {
  Debouncer debouncer(RealClock(), {.quiet = Duration(200), .longest = Duration(5000)});
  std::atomic<int> wakes{0};
  std::jthread waiter([&](const std::stop_token& stop) {
    while (debouncer.Wait(stop)) ++wakes;
  });
  for (int i = 0; i < 5; ++i) debouncer.Notify();
  EXPECT_TRUE(Eventually([&] { return wakes == 1; }));
  SleepFor(Duration(400), {});
  EXPECT_EQ(wakes, 1);
  debouncer.Notify();
  EXPECT_TRUE(Eventually([&] { return wakes == 2; }));
}

TEST(Debouncer, WakesAtTheLatestThoughItNeverGetsQuiet) {
  Debouncer debouncer(RealClock(), {.quiet = std::chrono::hours(1), .longest = Duration(30)});
  debouncer.Notify();
  const Instant began = RealClock().Now();
  EXPECT_TRUE(debouncer.Wait({}));
  EXPECT_LT(RealClock().Now() - began, std::chrono::seconds(5));
}

TEST(Debouncer, WakesWithoutNotificationWhenAskedTo) {
  Debouncer debouncer(RealClock(), {});
  EXPECT_TRUE(debouncer.Wait({}, Duration(5)));
  std::stop_source source;
  source.request_stop();
  EXPECT_FALSE(debouncer.Wait(source.get_token()));
}

TEST(LogLine, IsTextLikeKlogOrJson) {
  const Instant wall = *ParseTime("2026-11-22T10:00:00.123Z");
  const LogFields fields{{"podGroup", "ml/train-0"}, {"error", "line\n\x1b[31m"}};
  EXPECT_EQ(FormatLogLine(LogFormat::kText, wall, LogLevel::kWarning, "Admitted", fields),
            "W1122 10:00:00.123000] \"Admitted\" podGroup=\"ml/train-0\" error=\"line\\n\\u001B[31m\"\n");
  EXPECT_EQ(FormatLogLine(LogFormat::kJson, wall, LogLevel::kInfo, "Admitted", {{"podGroup", "ml/train-0"}}),
            "{\"ts\":" + std::to_string(wall.time_since_epoch().count()) +
                ",\"level\":\"info\",\"msg\":\"Admitted\",\"podGroup\":\"ml/train-0\"}\n");
}

}  // namespace
}  // namespace muster::runtime
