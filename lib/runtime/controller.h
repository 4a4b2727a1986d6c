// Controller: worker threads over a work queue of object keys. Layer: runtime. Thread-safe.
//
//   Controller groups(RealClock(), {.name = "podgroup", .workers = 4}, [&](const api::Key& key) -> Outcome { ... });
//   groups.Start(); groups.Add(key); ... groups.Stop();
//
// Reconcile is called for one key by at most one thread at a time, for different keys at once. It is level-triggered:
// it reads the present state, does not learn what changed, and may be called again for no reason. What it returns
// decides when it is called next if nothing else happens: Done never, RequeueAfter at that time (an earlier wake-up
// already asked for stays), Failed after the key's backoff (5 ms, doubling up to a minute), or sooner when it has a
// time of its own. Errors are logged here, once.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "lib/api/meta.h"
#include "lib/base/result.h"
#include "lib/engine/work_queue.h"
#include "lib/runtime/clock.h"

namespace muster::runtime {

struct Outcome {
  enum class Kind { kDone, kRequeueAfter, kFailed };
  Kind kind = Kind::kDone;
  Duration after{0};  // of kFailed: at the latest; 0 for no such time
  Error error;

  static Outcome Done() { return {}; }
  static Outcome RequeueAfter(Duration after) { return {.kind = Kind::kRequeueAfter, .after = after}; }
  static Outcome Failed(Error error) { return {.kind = Kind::kFailed, .error = std::move(error)}; }
};

// For metrics (controller_runtime_* and workqueue_*). Called from several threads; must be quick.
class ControllerObserver : public engine::WorkQueueObserver {
 public:
  virtual void OnReconciled(Outcome::Kind /*result*/, Duration /*took*/) {}
  virtual void OnActiveWorkers(int /*count*/) {}
};

// The value of the label `result` of controller_runtime_reconcile_total: "success", "requeue_after", "error".
std::string_view ResultLabel(Outcome::Kind kind);

class Controller {
 public:
  using Reconcile = std::function<Outcome(const api::Key&)>;
  struct Options {
    std::string name;  // for logs
    int workers = 1;
    ControllerObserver* observer = nullptr;  // must outlive the controller
  };

  Controller(const Clock& clock, Options options, Reconcile reconcile);
  ~Controller() { Stop(); }
  Controller(const Controller&) = delete;
  Controller& operator=(const Controller&) = delete;

  // Between Start and Stop. What is added before or after is not kept, so that a standby does not remember every name
  // there ever was: whoever starts it adds all there is.
  void Add(const api::Key& key);
  void AddAfter(const api::Key& key, Duration delay);
  // The key is gone: its backoff starts anew should it come back.
  void Forget(const api::Key& key);

  void Start();
  // Lets the reconciles in hand finish, joins, and forgets what is queued; Start may be called again.
  void Stop();

  size_t depth() const;
  Duration LongestRunning() const;
  Duration Unfinished() const;

 private:
  void Work(const std::stop_token& stop);
  std::optional<api::Key> TakeNext(const std::stop_token& stop);
  void Watch(std::unique_lock<std::mutex>& lock, const std::stop_token& stop);
  void WakeForReady();
  void WakeForDelayed();
  void Finish(const api::Key& key, const Outcome& outcome, Instant began);
  void Settle(const api::Key& key, const Outcome& outcome, Instant now);

  const Clock& clock_;
  const Options options_;
  const Reconcile reconcile_;

  mutable std::mutex mutex_;  // queue_, started_ and the three below
  engine::WorkQueue<api::Key> queue_;
  bool started_ = false;
  int active_ = 0;
  // Of the workers that have nothing to do, one keeps watch until the first delayed key is due; the others sleep until
  // there is a key to take, or the watch to keep. All of them on one clock would wake up together for one key.
  std::condition_variable_any due_;   // the first delayed key has become another one
  std::condition_variable_any work_;  // a key is ready, or nobody keeps watch
  bool watched_ = false;
  int idle_ = 0;  // workers waiting for work_

  std::vector<std::jthread> workers_;
};

}  // namespace muster::runtime
