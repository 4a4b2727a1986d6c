// A Tape records every event of one resource while a test runs, in the order of resource versions, so that laws can be
// checked over the whole run and not only at its end. Thread-safe. etcd counts one revision for all resources, so
// versions of different tapes of one cluster can be compared.
//
//   Tape<api::Pod> pods(transport, {.resource = api::kPods, .ns = "t1"}, api::DecodePod);
//   pods.Start();                                  // waits for the first list
//   for (const auto& event : pods.Events()) ...
#pragma once

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/base/strings.h"
#include "lib/engine/list_watch.h"
#include "lib/runtime/clock.h"
#include "lib/runtime/watch_loop.h"

namespace muster::e2e {

template <class T>
struct Recorded {
  int64_t version = 0;
  Instant seen{};     // wall clock of the test program
  bool gone = false;  // deleted: `value` is its last state
  T value;
};

template <class T>
class Tape : private engine::ListWatchSink {
 public:
  using Event = Recorded<T>;
  using Decode = std::function<Result<T>(const json::Value&)>;

  // transport must outlive this.
  Tape(wire::Transport& transport, wire::WatchScope scope, Decode decode)
      : decode_(std::move(decode)), loop_(transport, runtime::RealClock(), {.scope = std::move(scope)}, *this) {}
  ~Tape() override { loop_.Stop(); }
  Tape(const Tape&) = delete;
  Tape& operator=(const Tape&) = delete;

  // False when the first list did not come in time.
  bool Start() {
    loop_.Start();
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [this] { return synced_; });
  }
  void Stop() { loop_.Stop(); }

  std::vector<Event> Events() const {
    const std::lock_guard lock(mutex_);
    return events_;
  }
  // What there is now, by namespace and name.
  std::vector<T> Live() const {
    const std::lock_guard lock(mutex_);
    std::vector<T> values;
    for (const auto& [key, value] : live_) values.push_back(value);
    return values;
  }
  std::optional<T> Find(const api::Key& key) const {
    const std::lock_guard lock(mutex_);
    const auto at = live_.find(key);
    return at == live_.end() ? std::nullopt : std::optional<T>(at->second);
  }
  // Versions between which events may have been missed, because the watch had to begin anew.
  std::vector<std::pair<int64_t, int64_t>> Gaps() const {
    const std::lock_guard lock(mutex_);
    return gaps_;
  }
  // The first event for which `holds(event)`.
  std::optional<Event> First(const std::function<bool(const Event&)>& holds) const {
    const std::lock_guard lock(mutex_);
    const auto at = std::find_if(events_.begin(), events_.end(), holds);
    return at == events_.end() ? std::nullopt : std::optional<Event>(*at);
  }
  // The last event for which `holds(event)`.
  std::optional<Event> Last(const std::function<bool(const Event&)>& holds) const {
    const std::lock_guard lock(mutex_);
    const auto at = std::find_if(events_.rbegin(), events_.rend(), holds);
    return at == events_.rend() ? std::nullopt : std::optional<Event>(*at);
  }

 private:
  static int64_t VersionOf(const std::string& text) {
    int64_t version = 0;
    ParseInteger(text, version);
    return version;
  }

  void BeginReplace() override {
    const std::lock_guard lock(mutex_);
    replaced_.emplace();
    before_replace_ = events_.empty() ? 0 : events_.back().version;
  }

  void Upsert(const json::Value& object) override {
    Result<T> decoded = decode_(object);
    if (!decoded) return;
    const std::lock_guard lock(mutex_);
    const api::Key key = decoded->meta.key();
    if (replaced_) replaced_->insert_or_assign(key, decoded->meta.uid);
    const auto known = live_.find(key);
    if (known != live_.end() && known->second.meta.uid != decoded->meta.uid)
      Drop(known->second, events_.back().version);
    if (known != live_.end() && known->second.meta.resource_version == decoded->meta.resource_version) return;
    Add(VersionOf(decoded->meta.resource_version), false, *decoded);
    live_.insert_or_assign(key, std::move(*decoded));
  }

  void Remove(const json::Value& object) override {
    Result<T> decoded = decode_(object);
    if (!decoded) return;
    const std::lock_guard lock(mutex_);
    Drop(*decoded, VersionOf(decoded->meta.resource_version));
    live_.erase(decoded->meta.key());
  }

  void Bookmark(const std::string&) override {}

  void EndReplace(const std::string& resource_version) override {
    {
      const std::lock_guard lock(mutex_);
      std::vector<api::Key> missing;
      for (const auto& [key, value] : live_) {
        if (replaced_ && !replaced_->contains(key)) missing.push_back(key);
      }
      for (const api::Key& key : missing) {
        Drop(live_.at(key), VersionOf(resource_version));
        live_.erase(key);
      }
      replaced_.reset();
      if (synced_) gaps_.emplace_back(before_replace_, VersionOf(resource_version));
      synced_ = true;
    }
    changed_.notify_all();
  }

  void Drop(const T& value, int64_t version) { Add(version, true, value); }
  void Add(int64_t version, bool gone, const T& value) {
    events_.push_back({version, runtime::RealClock().Wall(), gone, value});
  }

  const Decode decode_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool synced_ = false;
  std::vector<Event> events_;
  std::vector<std::pair<int64_t, int64_t>> gaps_;
  int64_t before_replace_ = 0;
  std::map<api::Key, T> live_;
  std::optional<std::map<api::Key, std::string>> replaced_;  // of the list in hand: keys and uids
  runtime::WatchLoop loop_;                                  // last: its thread uses all of the above
};

}  // namespace muster::e2e
