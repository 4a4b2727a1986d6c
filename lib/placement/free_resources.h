// "6 cpu freed on n1". Layer: placement. Pure.
#pragma once

#include <vector>

#include "lib/placement/changes.h"

namespace muster::placement {

// The least that pods which run now would have to give up, and where, for the missing members of one role to fit.
// Adds nothing when several roles are short, or when it would not do.
void FreeResources(const Shortage& shortage, Fit& fit, std::vector<api::Change>& changes);

}  // namespace muster::placement
