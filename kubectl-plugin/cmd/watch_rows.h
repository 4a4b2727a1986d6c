// `get -w`: one more row for each change. Layer: plugin cmd.
#pragma once

#include <vector>

#include "kubectl-plugin/cmd/session.h"
#include "kubectl-plugin/core/listing.h"

namespace muster::plugin {

// `printed` is what the table above shows. Returns when the user interrupts, or when all objects asked for by name are
// gone. Trouble with the connection is reported on standard error.
int WatchRows(Session& session, const std::vector<api::Workload>& printed, const ListingOptions& options);
int WatchRows(Session& session, const std::vector<api::PodGroup>& printed, const ListingOptions& options);

}  // namespace muster::plugin
