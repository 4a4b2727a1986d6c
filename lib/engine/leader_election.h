// LeaderElection: holding a Lease (coordination.k8s.io/v1), as client-go's tools/leaderelection does. Layer: engine.
// Pure: it says which request comes next and takes the answer; runtime::Elector sends. `now` is a clock that never
// jumps, `wall` is what is written into the lease and never compared with anything: another's lease counts as held
// until it has not changed for its duration *as observed here*. So clocks may differ, but not in speed.
//
// The leader renews every retry_period and stops acting when renew_deadline has passed since the sending of its last
// successful renewal, which is before anyone else may take the lease (lease_duration after they saw that renewal).
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "lib/api/meta.h"
#include "lib/base/result.h"
#include "lib/base/time.h"
#include "lib/json/value.h"
#include "lib/wire/http.h"

namespace muster::engine {

class LeaderElection {
 public:
  struct Options {
    api::Key lease;
    std::string identity;             // unique to this process
    Duration lease_duration{15'000};  // whole seconds
    Duration renew_deadline{10'000};
    Duration retry_period{2'000};
    double jitter = 1.2;  // a candidate waits retry_period * (1 + jitter * random)
    Duration request_timeout{3'000};
  };
  struct Wait {
    Duration duration;
  };
  struct Ask {
    wire::Request request;
  };
  using Step = std::variant<Wait, Ask>;

  // CHECKs lease_duration > renew_deadline > retry_period * 1.2.
  explicit LeaderElection(Options options);

  // What to do now; an Ask is answered by OnAnswer before Next is called again.
  Step Next(Instant now, Instant wall);
  // Returns the failure for the caller to log; another holder, or a lost race for the lease, is none.
  std::optional<Error> OnAnswer(const Result<wire::Response>& answer, Instant now, double random);

  bool IsLeader(Instant now) const { return leader_until_ && now < *leader_until_; }
  // Until when we may act; nullopt when we do not hold the lease.
  std::optional<Instant> leader_until() const { return leader_until_; }
  // Grows with every acquisition: two different terms have a time between them in which we did not lead.
  int term() const { return term_; }
  // Who held the lease when last seen; empty when nobody did or it was never seen.
  std::string holder() const;
  // On exit: the request that gives the lease up, if we hold it. We no longer lead from here on.
  std::optional<wire::Request> Release(Instant now, Instant wall);

 private:
  enum class Asked { kNothing, kGet, kCreate, kUpdate };

  std::optional<Error> OnLease(const wire::Response& response, Instant now, double random);
  std::optional<Error> OnRefusal(const wire::Response& response, Instant now, double random);
  void Observe(json::Value lease, Instant now);
  void Lead(json::Value lease, Instant now);
  void Resign();
  bool HeldByAnother(Instant now) const;
  wire::Request Write(Instant wall);
  Duration Timeout(Instant now) const;
  Duration CandidateWait(double random) const;

  Options options_;
  json::Value lease_;   // as the server last answered; Null before
  Instant observed_{};  // when its spec was last seen to change
  Asked asked_ = Asked::kNothing;
  Instant asked_at_{};
  bool look_first_ = true;  // our picture of the lease may be stale: GET before the next write
  bool looked_ = false;     // since our last successful write
  bool exists_ = true;      // false after a 404: create
  Instant not_before_ = Instant::min();
  std::optional<Instant> leader_until_;
  int term_ = 0;
};

}  // namespace muster::engine
