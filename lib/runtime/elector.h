// Elector: the thread that runs engine::LeaderElection on a Lease. Layer: runtime.
//
//   Elector elector(transport, RealClock(), {.lease = {"muster-system", "muster-operator"}, .identity = host_and_uuid},
//                   {.on_started = [&] { controllers.Start(); }, .on_stopped = [&] { controllers.Stop(); }});
//   elector.Start();
//   ... if (!elector.IsLeader()) return;   // before each write
//   elector.Stop();                        // gives the lease back
//
// IsLeader is safe from any thread, costs one atomic load and one look at the clock, and turns false by the renew
// deadline even while a request hangs. It does not fence: a write already under way may still arrive (preconditions on
// writes are the fence). Callbacks run on the elector's thread, in order, started and stopped alternating; while one
// runs the lease is not renewed, so they must be quicker than the renew deadline less the retry period.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "lib/engine/leader_election.h"
#include "lib/runtime/clock.h"
#include "lib/wire/http.h"

namespace muster::runtime {

class Elector {
 public:
  struct Callbacks {
    std::function<void()> on_started;
    std::function<void()> on_stopped;  // leadership is gone: stop writing; most programs exit and are restarted
    std::function<void(const std::string& identity)> on_new_leader;  // whoever it is, ours too
    // What a person must do about a refusal that does not pass by itself (Trouble); added to the log line.
    std::function<std::string(const Error& refusal)> advice;
  };

  // transport and clock must outlive the elector. The transport should not share a rate limit with other writes.
  Elector(wire::Transport& transport, const Clock& clock, engine::LeaderElection::Options options, Callbacks callbacks);
  ~Elector() { Stop(); }
  Elector(const Elector&) = delete;
  Elector& operator=(const Elector&) = delete;

  void Start();
  // Calls on_stopped if leading, then releases the lease (so that a standby takes over at once), and joins.
  void Stop();

  // Why the lease cannot be had, if it will stay so until a person acts: its namespace does not exist (kNotFound), or a
  // right is missing (kForbidden, kUnauthorized). nullopt: no such reason is known. Safe from any thread.
  std::optional<Error> Trouble() const;

  bool IsLeader() const {
    return clock_.Now().time_since_epoch().count() < leader_until_ms_.load(std::memory_order_acquire);
  }

 private:
  void Run(const std::stop_token& stop);
  void Follow(const engine::LeaderElection& election);
  void End();
  void Report(const std::optional<Error>& failure);
  void Release(engine::LeaderElection& election);

  wire::Transport& transport_;
  const Clock& clock_;
  const engine::LeaderElection::Options options_;
  const Callbacks callbacks_;
  std::atomic<int64_t> leader_until_ms_{INT64_MIN};  // of clock_.Now()
  // The elector's thread alone:
  int started_term_ = 0;  // of the election; 0: not leading
  std::string known_leader_;
  std::optional<Code> known_failure_;
  Instant reported_{};  // when known_failure_ was last logged
  mutable std::mutex mutex_;
  std::optional<Error> trouble_;  // guarded by mutex_
  std::jthread thread_;
};

}  // namespace muster::runtime
