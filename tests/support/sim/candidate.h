// One of several operators that want the lease: engine::LeaderElection as it is, on the simulated API server. Test
// support. Cut off, it hears no answer, and stops leading by its own clock.
#pragma once

#include <functional>
#include <string>

#include "lib/engine/leader_election.h"
#include "tests/support/sim/api_server.h"

namespace muster::sim {

class Candidate {
 public:
  struct Hooks {
    std::function<void()> on_started;
    std::function<void()> on_stopped;
    std::function<bool()> is_cut_off;
  };

  // All three outlive this.
  Candidate(ApiServer& api, Events& events, const std::string& identity, Hooks hooks);
  Candidate(const Candidate&) = delete;
  Candidate& operator=(const Candidate&) = delete;

  void Start() { Go(); }
  bool IsLeader() const { return election_.IsLeader(events_.now()); }

 private:
  void Go();
  void Follow();
  Result<wire::Response> Answer(const wire::Request& request);

  ApiServer& api_;
  Events& events_;
  const Hooks hooks_;
  engine::LeaderElection election_;
  int started_term_ = 0;  // 0: it does not lead
};

}  // namespace muster::sim
