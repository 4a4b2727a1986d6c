// Stories told to the simulated world: each ends in a state that no crash, no delay and no fault may change.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "tests/support/sim/world.h"

namespace muster::sim {

struct Story {
  std::string name;
  void (*tell)(World& world);
  std::string end;  // stands in the end state
};
inline void PrintTo(const Story& story, std::ostream* out) { *out << story.name; }

const std::vector<Story>& Stories();

}  // namespace muster::sim
