// Workloads out of files, for plan and lint. Layer: plugin cmd.
#pragma once

#include <string>
#include <vector>

#include "kubectl-plugin/cmd/session.h"

namespace muster::plugin {

struct Manifest {
  std::string origin;  // "train.yaml", or "train.yaml, document 2" when there are several
  json::Value document;
};

// All Workloads of the files of -f, Lists unrolled; other kinds are left out. An error (with file and line) when a file
// cannot be read or parsed, or when there is no Workload in any of them.
Result<std::vector<Manifest>> ReadManifests(Session& session);

}  // namespace muster::plugin
