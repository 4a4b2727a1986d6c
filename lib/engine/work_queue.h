// WorkQueue: which items need work, each at most once. Layer: engine. Pure: the time is handed in, nothing blocks;
// runtime::Controller puts a lock and threads around it. Namespaces take turns (lib/base/turns.h), so that one that
// floods the queue does not delay the others. The rest of the semantics are those of client-go's util/workqueue:
//  - an item added twice before it is taken is handed out once;
//  - an item being processed is not handed out again; added meanwhile, it is queued again when it is Done;
//  - AddAfter keeps the earliest time of an item; AddRateLimited waits 5 ms * 2^failures, at most 1000 s, until Forget.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "lib/api/meta.h"
#include "lib/base/check.h"
#include "lib/base/time.h"
#include "lib/base/turns.h"
#include "lib/engine/backoff.h"

namespace muster::engine {

// Told what happens in a queue, for metrics (workqueue_*). Called under the queue's lock: must be quick.
class WorkQueueObserver {
 public:
  virtual ~WorkQueueObserver() = default;
  virtual void OnAdd() {}
  virtual void OnRetry() {}
  virtual void OnDepth(size_t /*depth*/) {}
  virtual void OnTaken(Duration /*waited*/) {}  // from added to taken
  virtual void OnDone(Duration /*worked*/) {}   // from taken to done
};

// Items of one lane are handed out in the order in which they were added; lanes take turns. Other types than keys have
// one lane.
inline const std::string& LaneOf(const api::Key& key) { return key.ns; }
template <class Item>
std::string LaneOf(const Item& /*item*/) {
  return {};
}

template <class Item>
class WorkQueue {
 public:
  struct Options {
    Duration first_retry{5};
    // What stands in the way may be gone at any moment, and somebody waits for what is tried again.
    Duration longest_retry{60'000};
    WorkQueueObserver* observer = nullptr;  // must outlive the queue
  };

  explicit WorkQueue(Options options = {}) : options_(options) {}

  void Add(const Item& item, Instant now) {
    if (const auto busy = busy_.find(item); busy != busy_.end() && busy->second.again) return;
    if (waiting_.contains(item)) return;
    Tell([](WorkQueueObserver& o) { o.OnAdd(); });
    if (const auto busy = busy_.find(item); busy != busy_.end()) {
      busy->second.again = now;
      return;
    }
    Enqueue(item, now);
  }

  void AddAfter(const Item& item, Duration delay, Instant now) {
    if (delay <= Duration(0)) return Add(item, now);
    const Instant due = now + delay;
    const auto known = due_of_.find(item);
    if (known != due_of_.end() && known->second <= due) return;
    if (known != due_of_.end()) delayed_.erase({known->second, item});
    due_of_[item] = due;
    delayed_.insert({due, item});
  }

  // Again after the item's own backoff; `at_least` is what the server asked for (Retry-After).
  void AddRateLimited(const Item& item, Instant now, Duration at_least = Duration(0)) {
    int& failures = failures_[item];
    Tell([](WorkQueueObserver& o) { o.OnRetry(); });
    const Duration delay = ExponentialDelay(options_.first_retry, 2, failures, options_.longest_retry);
    AddAfter(item, std::max(at_least, delay), now);
    failures = std::min(failures + 1, 1000);
  }
  void Forget(const Item& item) { failures_.erase(item); }
  int Failures(const Item& item) const {
    const auto at = failures_.find(item);
    return at == failures_.end() ? 0 : at->second;
  }

  // The next item that is ready at `now`, of the lane whose turn it is; it is being processed until Done.
  std::optional<Item> Take(Instant now) {
    MoveDue(now);
    if (ready_.empty()) return std::nullopt;
    Item item = ready_.Pop();
    const auto waiting = waiting_.find(item);
    const Instant added = waiting->second;
    waiting_.erase(waiting);
    busy_[item] = {now, std::nullopt};
    Tell([&](WorkQueueObserver& o) {
      o.OnDepth(ready_.size());
      o.OnTaken(now - added);
    });
    return item;
  }
  void Done(const Item& item, Instant now) {
    const auto busy = busy_.find(item);
    CHECK(busy != busy_.end());
    const Busy was = busy->second;
    busy_.erase(busy);
    Tell([&](WorkQueueObserver& o) { o.OnDone(now - was.since); });
    if (was.again) Enqueue(item, *was.again);
  }

  // Forgets all that waits, its failures too; what is being processed stays until Done.
  void Clear() {
    ready_.Clear();
    waiting_.clear();
    delayed_.clear();
    due_of_.clear();
    failures_.clear();
    for (auto& [item, busy] : busy_) busy.again.reset();
    Tell([](WorkQueueObserver& o) { o.OnDepth(0); });
  }

  // When the first of the delayed items is due; what is ready does not count.
  std::optional<Instant> FirstDelayed() const {
    if (delayed_.empty()) return std::nullopt;
    return delayed_.begin()->first;
  }
  size_t depth() const { return ready_.size(); }
  size_t processing() const { return busy_.size(); }
  size_t delayed() const { return delayed_.size(); }
  // How long the item that has been processed longest is in work (workqueue_longest_running_processor_seconds) and
  // how long all of them together (workqueue_unfinished_work_seconds).
  Duration LongestRunning(Instant now) const {
    Duration longest(0);
    for (const auto& [item, busy] : busy_) longest = std::max(longest, now - busy.since);
    return longest;
  }
  Duration Unfinished(Instant now) const {
    Duration sum(0);
    for (const auto& [item, busy] : busy_) sum += now - busy.since;
    return sum;
  }

 private:
  struct Busy {
    Instant since{};
    std::optional<Instant> again;  // added while being processed, at this time
  };

  void Enqueue(const Item& item, Instant added) {
    waiting_.emplace(item, added);
    ready_.Push(LaneOf(item), item);
    Tell([&](WorkQueueObserver& o) { o.OnDepth(ready_.size()); });
  }

  void MoveDue(Instant now) {
    while (!delayed_.empty() && delayed_.begin()->first <= now) {
      const Item item = delayed_.begin()->second;
      delayed_.erase(delayed_.begin());
      due_of_.erase(item);
      Add(item, now);
    }
  }

  template <class F>
  void Tell(F&& f) {
    if (options_.observer != nullptr) f(*options_.observer);
  }

  Options options_;
  Turns<Item> ready_;                // exactly the keys of waiting_
  std::map<Item, Instant> waiting_;  // ready items and when they were added
  std::map<Item, Busy> busy_;        // being processed
  std::set<std::pair<Instant, Item>> delayed_;
  std::map<Item, Instant> due_of_;  // of each delayed item
  std::map<Item, int> failures_;
};

}  // namespace muster::engine
