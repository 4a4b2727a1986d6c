// One law of the simulated world, watched at every change and once a second; World has all of them watched. What a law
// judges by is the API's truth, never what the operator believes. Test support.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/sim/api_server.h"

namespace muster::sim {

class Law {
 public:
  struct Parts {
    ApiServer& api;
    Events& events;
    // How long the operator may be away or behind; what must happen in time may take so much longer.
    Duration patience;
    std::function<void(const std::string& what)> broken;
  };
  explicit Law(Parts parts) : p_(std::move(parts)) {}
  virtual ~Law() = default;
  Law(const Law&) = delete;
  Law& operator=(const Law&) = delete;

  virtual void OnChange(const Change& /*change*/) {}
  virtual void OnSecond() {}

 protected:
  Parts p_;
};

// I1 to I4, and that a finished Job is never made again.
std::unique_ptr<Law> WholeOrNothing(const Law::Parts& parts);
// I7: a new spec takes one group down at a time.
std::unique_ptr<Law> OneGroupAtATime(const Law::Parts& parts);
// I8: attempts wait for their back-off, children are released once for each, and what is refused is not tried in a
// loop.
std::unique_ptr<Law> BoundedAttempts(const Law::Parts& parts);
// I9: what was made for an object goes with it.
std::unique_ptr<Law> NothingLeftBehind(const Law::Parts& parts);
// I10: the operator changes what is its own alone.
std::unique_ptr<Law> NoFieldOfOthers(const Law::Parts& parts);

// All of them, and what they found.
class Laws {
 public:
  Laws(ApiServer& api, Events& events, Duration patience);

  const std::vector<std::string>& broken() const { return broken_; }

 private:
  void EverySecond();

  Events& events_;
  std::vector<std::unique_ptr<Law>> laws_;
  std::vector<std::string> broken_;
};

}  // namespace muster::sim
