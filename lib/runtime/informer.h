// Informer<T>: a Store<T> that follows the API server. Layer: runtime. One thread of its own lists and watches, decodes
// outside the lock, and calls the handlers; everything else may be called from any thread.
//
//   Informer<Pod> pods(transport, RealClock(), {.scope = {.resource = api::kPods}, .indexes = {...}}, DecodePod);
//   pods.AddHandler([&](const Informer<Pod>::Pointer& old_pod, const Informer<Pod>::Pointer& new_pod) { ... });
//   pods.Start();
//   if (!pods.WaitSynced(120s)) ...
//   for (const auto& pod : pods.ByIndex("group", "ns/train-0")) ...
//
// Handlers: added before Start; called on the informer's thread, after the store has changed and without its lock, one
// change at a time and in order; they must be quick (queue a key). The objects of the first list are handed to them
// after all of it is in the store, and before it counts as synced. An object that cannot be decoded is logged once and
// left as it was last known.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lib/base/log.h"
#include "lib/engine/list_watch.h"
#include "lib/engine/store.h"
#include "lib/engine/write_gate.h"
#include "lib/runtime/clock.h"
#include "lib/runtime/watch_loop.h"

namespace muster::runtime {

template <class T>
class Informer : private engine::ListWatchSink {
 public:
  using Pointer = std::shared_ptr<const T>;
  using Index = typename engine::Store<T>::Index;
  using Decode = std::function<Result<T>(const json::Value&)>;
  using Handler = std::function<void(const Pointer& old_value, const Pointer& new_value)>;
  using ProgressHandler = std::function<void(const std::string& resource_version)>;
  struct Options {
    wire::WatchScope scope;
    std::vector<Index> indexes;
    bool watch_list = true;
    // False for what the API server keeps no cache of (events): it sends no bookmarks of it, so watches are kept short
    // enough to end before their silence would look like a dead peer.
    bool bookmarks = true;
    bool takes_cut = false;  // decode is also given what is not whole (wire::IsCut), to have it told
  };

  // transport and clock must outlive the informer.
  Informer(wire::Transport& transport, const Clock& clock, Options options, Decode decode)
      : resource_(options.scope.resource),
        takes_cut_(options.takes_cut),
        decode_(std::move(decode)),
        store_(std::move(options.indexes),
               [this](const Pointer& old_value, const Pointer& new_value) {
                 if (mirror_) mirror_(old_value, new_value);
                 if (synced_.load(std::memory_order_relaxed)) changes_.emplace_back(old_value, new_value);
               }),
        loop_(transport, clock, LoopOptions(options), *this) {}
  ~Informer() override { Stop(); }
  Informer(const Informer&) = delete;
  Informer& operator=(const Informer&) = delete;

  // At most one, before Start: called in the moment of each change and under the store's lock, so that nobody can read
  // from here what it has not heard of. It must be quick and call nothing here.
  void SetMirror(Handler mirror) { mirror_ = std::move(mirror); }
  void AddHandler(Handler handler) { handlers_.push_back(std::move(handler)); }
  // Told after a bookmark and after a (re)list is complete: all changes up to that version have been delivered.
  void AddProgressHandler(ProgressHandler handler) { progress_handlers_.push_back(std::move(handler)); }

  void Start() { loop_.Start(); }
  // Joins the thread; the store stays readable.
  void Stop() {
    loop_.Stop();
    sync_changed_.notify_all();
  }

  // The first list is in the store, and the handlers have heard of all of it.
  bool Synced() const { return synced_.load(std::memory_order_acquire); }
  bool WaitSynced(Duration longest) const {
    std::unique_lock lock(sync_mutex_);
    return sync_changed_.wait_for(lock, longest, [this] { return Synced(); });
  }

  Pointer Get(const api::Key& key) const {
    const std::lock_guard lock(mutex_);
    return store_.Get(key);
  }
  std::vector<Pointer> ByIndex(std::string_view index, std::string_view value) const {
    const std::lock_guard lock(mutex_);
    return store_.ByIndex(index, value);
  }
  size_t CountByIndex(std::string_view index, std::string_view value) const {
    const std::lock_guard lock(mutex_);
    return store_.CountByIndex(index, value);
  }
  // f(const Pointer&) for all, in the order of keys. Everybody waits meanwhile: f must be quick and call nothing here.
  template <class F>
  void ForEach(F&& f) const {
    const std::lock_guard lock(mutex_);
    store_.ForEach(f);
  }
  size_t Size() const {
    const std::lock_guard lock(mutex_);
    return store_.size();
  }
  // Objects that could not be decoded since the start, each version counted.
  size_t undecodable() const { return undecodable_.load(std::memory_order_relaxed); }
  const api::Resource& resource() const { return resource_; }

  // What the store knows of one object, for a WriteGate.
  engine::WriteGate::View ViewOf(const api::Key& key) const {
    const std::lock_guard lock(mutex_);
    engine::WriteGate::View view{.seen = store_.resource_version()};
    if (const Pointer value = store_.Get(key)) {
      view.present = true;
      view.uid = value->meta.uid;
      view.resource_version = value->meta.resource_version;
      view.deleting = value->meta.deleted.has_value();
    }
    return view;
  }

 private:
  using Change = std::pair<Pointer, Pointer>;

  static engine::ListWatch::Options LoopOptions(const Options& options) {
    engine::ListWatch::Options loop{.scope = options.scope, .watch_list = options.watch_list};
    if (!options.bookmarks) {
      loop.shortest_watch = std::chrono::seconds(50);
      loop.longest_watch = std::chrono::seconds(80);
    }
    return loop;
  }

  void BeginReplace() override {
    const std::lock_guard lock(mutex_);
    store_.BeginReplace();
  }

  void Upsert(const json::Value& object) override {
    const wire::Identity id = wire::IdentityOf(object);
    {  // A relist names mostly what we have: that costs no decoding.
      const std::lock_guard lock(mutex_);
      if (store_.Keep(id.key, id.uid, id.resource_version)) {
        store_.Advance(id.resource_version);
        return;
      }
    }
    if (wire::IsCut(object) && !takes_cut_) return Skip(id, MakeError(Code::kDecode, "it is nested too deeply"));
    Result<T> decoded = decode_(object);
    if (!decoded.has_value()) return Skip(id, decoded.error());
    Pointer value = std::make_shared<const T>(std::move(decoded).value());
    {
      const std::lock_guard lock(mutex_);
      store_.Put(std::move(value));
      store_.Advance(id.resource_version);
    }
    Deliver();
  }

  void Remove(const json::Value& object) override {
    const wire::Identity id = wire::IdentityOf(object);
    {
      const std::lock_guard lock(mutex_);
      store_.Remove(id.key);
      store_.Advance(id.resource_version);
    }
    Deliver();
  }

  void Bookmark(const std::string& resource_version) override {
    {
      const std::lock_guard lock(mutex_);
      store_.Advance(resource_version);
    }
    Progress(resource_version);
  }

  void EndReplace(const std::string& resource_version) override {
    {
      const std::lock_guard lock(mutex_);
      store_.EndReplace(resource_version);
      if (!Synced()) {
        changes_.reserve(store_.size());
        store_.ForEach([this](const Pointer& value) { changes_.emplace_back(nullptr, value); });
      }
    }
    Deliver();
    {
      const std::lock_guard lock(sync_mutex_);
      synced_.store(true, std::memory_order_release);
    }
    sync_changed_.notify_all();
    Progress(resource_version);
  }

  void Skip(const wire::Identity& id, const Error& error) {
    undecodable_.fetch_add(1, std::memory_order_relaxed);
    constexpr size_t kMostRemembered = 1000;
    if (logged_.size() < kMostRemembered && logged_.insert(id.uid).second) {
      LogError("Object cannot be decoded, ignoring it",
               {{"kind", std::string(resource_.kind)}, {"object", id.key.Text()}, {"error", error.message}});
    }
    const std::lock_guard lock(mutex_);
    store_.Advance(id.resource_version);
  }

  void Deliver() {
    if (changes_.empty()) return;
    const std::vector<Change> changes = std::exchange(changes_, {});
    for (const auto& [old_value, new_value] : changes) {
      for (const Handler& handler : handlers_) handler(old_value, new_value);
    }
  }

  void Progress(const std::string& resource_version) const {
    for (const ProgressHandler& handler : progress_handlers_) handler(resource_version);
  }

  const api::Resource resource_;
  const bool takes_cut_;
  const Decode decode_;
  Handler mirror_;
  std::vector<Handler> handlers_;
  std::vector<ProgressHandler> progress_handlers_;

  // The informer's thread alone touches these.
  std::vector<Change> changes_;   // made in the store and not yet delivered
  std::set<std::string> logged_;  // uids

  mutable std::mutex mutex_;  // store_; a shared_mutex let a few busy readers starve the informer
  engine::Store<T> store_;
  std::atomic<size_t> undecodable_{0};

  mutable std::mutex sync_mutex_;
  mutable std::condition_variable sync_changed_;
  std::atomic<bool> synced_{false};

  WatchLoop loop_;  // last: its thread uses all of the above
};

}  // namespace muster::runtime
