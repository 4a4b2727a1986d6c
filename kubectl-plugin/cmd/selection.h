// Which objects a run is about, read from the server. Layer: plugin cmd.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kubectl-plugin/cmd/session.h"
#include "kubectl-plugin/core/target.h"

namespace muster::plugin {

// "muster.dev/workload=train"
std::string GroupsOf(std::string_view workload);

struct Selection {
  std::vector<json::Value> workloads;  // documents, in the order asked for; lists by namespace and name
  std::vector<json::Value> groups;     // those asked for by podgroup/NAME
  std::vector<Error> missing;          // of those asked for by name
};

// By names, or by namespace and selector when there are none. An error only when nothing can be shown at all; a name
// that is not there is told in `missing`, with names that come near.
Result<Selection> Select(Session& session);

// For verbs that change workloads: those named, or all that -l or --all choose. No name at all is an error: one does
// not suspend a namespace by accident. So is a podgroup.
Result<Selection> SelectToChange(Session& session, std::string_view verb);
// "", " (dry run)" or " (server dry run)", behind what was done.
std::string DryRunText(const Options& options);
// The workloads' names of verbs that are about workloads alone.
Result<std::vector<std::string>> WorkloadNames(const Options& options, std::string_view verb);

// The error of names together with -A or -l, as kubectl refuses them.
Status CheckNames(const Options& options);

}  // namespace muster::plugin
