// What must always hold (docs of the design: I1 to I4, and that a finished Job is never made again), watched at every
// change of the simulated world and once a second. Test support. What it judges by is the API's truth and the pods, not
// what the operator believes.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lib/api/pod.h"
#include "lib/api/pod_group.h"
#include "tests/support/sim/api_server.h"

namespace muster::sim {

class Invariants {
 public:
  // `patience`: how long the operator may be away or behind; what must happen in time may take so much longer.
  Invariants(ApiServer& api, Events& events, Duration patience);

  const std::vector<std::string>& broken() const { return broken_; }

 private:
  struct Watched {
    bool admitted = false;
    Instant since{};                // of `admitted`
    bool all_bound = false;         // in this attempt
    bool ever = false;              // was admitted at some time
    std::set<std::string> results;  // roles whose result is recorded
  };

  void OnChange(const Change& change);
  void OnGroup(const Change& change);
  void OnChild(const Change& change);
  void OnPod(const Change& change);
  void OnAdmitted(const api::PodGroup& group);
  void Tick();
  void CheckGroup(const Document& document);
  std::vector<api::Pod> MembersOf(const api::PodGroup& group, const std::string& uid) const;
  std::string GroupUidOf(const json::Value& object) const;
  int64_t MembersWanted(const api::PodGroup& group) const;
  void Break(const std::string& what);

  ApiServer& api_;
  Events& events_;
  const Duration patience_;
  std::map<std::string, Watched> groups_;  // by uid
  std::vector<std::string> broken_;
};

}  // namespace muster::sim
