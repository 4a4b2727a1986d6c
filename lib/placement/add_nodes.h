// "3 more nodes like gpu-a-1 (4 nvidia.com/gpu each)". Layer: placement. Pure.
#pragma once

#include <vector>

#include "lib/placement/changes.h"

namespace muster::placement {

// The smallest number of nodes like one that is there, of the node that needs the fewest; where no node that is there
// would do, what a node would have to be. Adds nothing when no number of nodes lets the group in.
void AddNodes(const Shortage& shortage, Fit& fit, std::vector<api::Change>& changes);

}  // namespace muster::placement
