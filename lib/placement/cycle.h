// One planning cycle: which of the groups that ask to run are admitted now, and why the others wait. Layer: placement.
// A pure function of the picture and the input: the same input gives the same bytes. How a fit is proven stands on top
// of fit.h; how a refusal is explained, on top of explain.h.
//
//   const std::vector<Decision> decisions = PlanCycle(picture, {.in_flight = ..., .asks = ..., .now = now});
//
// The caller writes the Admitted condition of every admitted group, releases it, and from then on lists what is not yet
// bound of it under in_flight, until all of it is bound or it is held again.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "lib/api/explanation.h"
#include "lib/api/meta.h"
#include "lib/api/pod_spec.h"
#include "lib/base/time.h"
#include "lib/placement/picture.h"

namespace muster::placement {

// The members of one role that have no node yet; they are all alike.
struct MemberClass {
  std::string role;
  int64_t members = 0;  // pods that will ask kube-scheduler for a place
  int64_t needed = 0;   // of these, without which the group cannot run (gang size less what is bound)
  api::PodShapePtr shape;
  int64_t stage = 0;    // in flight: the step in which the role is released, see Decision::stages
};

// A group that was admitted and is not all bound.
struct InFlight {
  api::Key group;
  std::vector<MemberClass> unbound;
};

enum class Admission { kWhenItFits, kAlways };

// A group that wants to run.
struct Ask {
  api::Key group;
  int64_t priority = 0;
  Instant asked{};
  Admission admission = Admission::kWhenItFits;
  std::vector<MemberClass> classes;
};

enum class Release { kAtOnce, kMayBeStaged };

struct PlanPolicy {
  // A group that has waited this long, and would fit an empty cluster, is not passed by groups that use its room.
  Duration starvation_after = std::chrono::minutes(5);
  // So many waiting groups get the full explanation; the others the short form.
  int64_t full_explanations = 20;
  // kMayBeStaged: the caller can release the roles of a group one after the other (Decision::stages).
  Release release = Release::kAtOnce;
};

struct CycleInput {
  std::vector<InFlight> in_flight;
  std::vector<Ask> asks;  // in any order; a group is named once
  PlanPolicy policy;
  Instant now{};
};

struct Decision {
  api::Key group;
  bool admitted = false;
  // Admitted, when order matters: the roles to release in each step; a step begins when all members of the steps
  // before it are bound. Empty: everything at once.
  std::vector<std::vector<std::string>> stages;
  // Refused: why. Admitted: only `nodes` and `not_considered` are set.
  api::Explanation explanation;
};

// One decision per ask, in the order in which they were considered: priority, then time of asking, then name.
std::vector<Decision> PlanCycle(const Picture& picture, const CycleInput& input);

}  // namespace muster::placement
