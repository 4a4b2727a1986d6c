// How many Events one object may cause, as kube-controller-manager limits its own: a tenant who changes a Workload
// without end must not fill etcd with Events. Layer: operator/shell. Pure: times are handed in. Not thread-safe.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "lib/base/time.h"

namespace muster::shell {

class EventBudget {
 public:
  struct Limits {
    double burst = 25;                           // events of one object at once
    Duration refill = std::chrono::seconds(30);  // one more after this
    size_t objects_max = 4096;                   // the one that was longest quiet is forgotten
  };

  EventBudget() : EventBudget(Limits()) {}
  explicit EventBudget(const Limits& limits) : limits_(limits) {}

  // Whether the object may cause an Event now; counts it.
  bool Take(const std::string& uid, Instant now);

 private:
  struct Left {
    double events;
    Instant at;
  };
  const Limits limits_;
  std::map<std::string, Left> left_;  // by uid
};

}  // namespace muster::shell
