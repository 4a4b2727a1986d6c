// "gang.admission: Always", for a group whose pods kube-scheduler would place by preemption. Layer: placement. Pure.
// The planner does not count on preemption: it admits a group when there is room beside everything that runs.
#pragma once

#include <vector>

#include "lib/placement/changes.h"

namespace muster::placement {

// Says how much pods of lower priority hold, when the group would fit without them and its pods may preempt.
void AdmitByPreemption(const Shortage& shortage, Fit& fit, std::vector<api::Change>& changes);

}  // namespace muster::placement
