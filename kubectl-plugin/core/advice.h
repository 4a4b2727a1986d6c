// What a person does about a blocker that room alone does not cure, by its code. Layer: plugin core. Pure.
#pragma once

#include <string>
#include <vector>

#include "lib/api/pod_group.h"

namespace muster::plugin {

// What the nodes that a blocker rules out have in common: "too little nvidia.com/gpu", "not ready".
std::string NodesText(const api::Blocker& blocker);
// Sentences with the command to run, most useful first; empty when waiting for room is all there is to it.
std::vector<std::string> AdviceFor(const api::PodGroup& group, Instant now);

}  // namespace muster::plugin
