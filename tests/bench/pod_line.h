// One line of a watch of pods, as a real API server sends it, for any number of pods. Pure but for reading pod.json
// once.
#pragma once

#include <string>

namespace muster::bench {

// The i-th pod: ten to a group, on 5,000 nodes in turn, with names and uids of their usual lengths.
std::string PodLine(int i);

}  // namespace muster::bench
