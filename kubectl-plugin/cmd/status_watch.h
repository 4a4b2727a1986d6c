// `status -w`: the picture, redrawn in place as things change. Layer: plugin cmd.
#pragma once

#include <string>
#include <vector>

#include "kubectl-plugin/cmd/status_feed.h"

namespace muster::plugin {

// On a terminal: at most 5 frames a second, only when something changed or an age ticks, never larger than the
// terminal. Elsewhere: the picture once, then a line per change of a group. Ends when interrupted, or with an error
// when the only workload asked for is deleted.
int WatchStatus(Session& session, StatusReading first, const std::vector<std::string>& names);

}  // namespace muster::plugin
