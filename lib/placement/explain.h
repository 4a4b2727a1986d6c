// Why a group waits and what would let it in. Layer: placement. Pure; the same input gives the same text.
//
// What is said: room is counted by packing the groups in flight, then the group itself, as well as we can. Members that
// find no place are missing. A resource is named when more of all the others would not do: "n more needed" is then the
// number of members for which there is too little of it, times their request; when no resource is short by itself (no
// node has enough of all), each that runs out is named. Nodes are counted once each: by the filter that refuses them,
// or by the resource that they lack most before the group's own members are put down. When all find a place and the
// group is still refused, packing alone would save it: the room is promised to groups in flight, or kube-scheduler
// could spread the members so that one of them finds none (fit.h). Every suggested change was tried: with it alone,
// Fit::Allows says yes (changes.h).
//
// Nothing in it changes with time alone. Two kinds of groups are named: one that comes first by policy, and one for
// which the room is reserved.
#pragma once

#include <string>
#include <vector>

#include "lib/api/explanation.h"
#include "lib/placement/ask.h"
#include "lib/placement/fit.h"
#include "lib/placement/scratch.h"
#include "lib/placement/tally.h"

namespace muster::placement {

enum class Detail { kFull, kShort };

// One role of the group that is explained.
struct WaitingRole {
  const MemberClass* members = nullptr;
  size_t shape = 0;
  int64_t placed = 0;  // of members->needed
  bool IsShort() const { return placed < members->needed; }
  int64_t Unplaced() const { return members->needed - placed; }
};

std::vector<Claim> ClaimsOf(Rooms& rooms, const std::vector<MemberClass>& classes);

class Explainer {
 public:
  // `fit` holds everything in flight; it and `picture` outlive this.
  Explainer(Fit& fit, const Picture& picture);

  // The group does not fit.
  api::Explanation Explain(const Ask& ask, Detail detail) const;
  // The group would fit if nothing were reserved for `holders`, which are starting.
  api::Explanation ExplainReserved(const std::vector<MemberClass>& classes, const std::string& holders,
                                   Detail detail) const;
  // The group fits, but waits for one that stands before it.
  api::Explanation ExplainBehind(const std::vector<MemberClass>& classes, const Ask& head, bool higher_priority) const;
  // Codes of resources (by index) that the group lacks; all that it asks for when packing alone is the matter.
  std::vector<bool> ScarceResources(const std::vector<MemberClass>& classes) const;

 private:
  std::vector<WaitingRole> Place(const std::vector<MemberClass>& classes, Scratch& after) const;
  api::Explanation Begin(const std::vector<MemberClass>& classes) const;

  Fit* fit_;
  const Picture* picture_;
  Scratch base_;  // with everything in flight put down
};

// What a group asks for that the planner does not model: "pod anti-affinity of role workers".
std::vector<std::string> NotConsidered(const std::vector<MemberClass>& classes);

}  // namespace muster::placement
