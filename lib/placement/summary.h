// The one-line summary of a group that waits, short for any number of roles. Layer: placement. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lib/placement/blockers.h"

namespace muster::placement {

// A role, and the resource (index) by which its size is stated.
struct SizedRole {
  ShortRole role;
  size_t resource = 0;
};
// "8 x 4 cpu and 1 x 500m cpu"; of more than two roles the sum: "4800m cpu for 24 members of 12 roles".
std::string SizeOfGroup(const std::vector<SizedRole>& roles);

// A role that has not enough room.
struct RoleShortage {
  ShortRole role;
  Tally tally;
};
// "needs 8 x 4 nvidia.com/gpu, room for 5"; of two short roles "big needs ...; fat needs ..."; of more what they lack
// together: "room for 10 of 24 members: a, b and 8 more roles are short of 1400m cpu". `roles` is the number of all
// roles of the group, `placed` and `members` count over all of them.
std::string SummaryOfShortages(const std::vector<RoleShortage>& shortages, size_t roles, int64_t placed,
                               int64_t members);

}  // namespace muster::placement
