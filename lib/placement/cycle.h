// One planning cycle: which of the groups that ask to run are admitted now, and why the others wait. Layer: placement.
// A pure function of the picture and the input: the same input gives the same bytes. How a fit is proven stands on top
// of fit.h; how a refusal is explained, on top of explain.h.
//
//   const std::vector<Decision> decisions = PlanCycle(picture, {.in_flight = ..., .asks = ..., .now = now});
//
// The caller writes the Admitted condition of every admitted group, releases it, and from then on lists what is not yet
// bound of it under in_flight, until all of it is bound or it is held again.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lib/api/explanation.h"
#include "lib/placement/ask.h"
#include "lib/placement/picture.h"

namespace muster::placement {

struct CycleInput {
  std::vector<InFlight> in_flight;
  std::vector<Ask> asks;  // in any order; a group is named once
  PlanPolicy policy;
  Instant now{};
  // By namespace: when its guards began. They count from then for twice PlanPolicy::guard_time.
  std::map<std::string, Instant> guards_began = {};
  std::vector<AdmittedGroup> admitted = {};  // at least those that were admitted since the first of these times
};

struct Decision {
  api::Key group;
  bool admitted = false;
  // Refused: why. Admitted: only `nodes` and `not_considered` are set.
  api::Explanation explanation;
  // Refused with ReservedByAdmitted: the room has been reserved since then.
  std::optional<Instant> reserved_since = {};
  bool guarded = false;    // refused: others are held back for it
  bool held_back = false;  // refused: it fits, but for a guarded group of another namespace
};

// One decision per ask, in the order in which they were considered: priority, then time of asking (not before
// Ask::behind), then name.
std::vector<Decision> PlanCycle(const Picture& picture, const CycleInput& input);

}  // namespace muster::placement
