// Workloads out of files, for plan and lint. Layer: plugin cmd.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kubectl-plugin/cmd/session.h"

namespace muster::plugin {

struct Manifest {
  std::string origin;  // "train.yaml", or "train.yaml, document 2" when there are several
  json::Value document;
};

// What is wrong with a file that cannot be parsed, with what to do about it: `message` is the YAML parser's, which
// reads JSON too.
std::string WithRemedy(std::string_view text, std::string message);

// All Workloads of the files of -f, Lists unrolled; other kinds are left out. An error (with file and line) when a file
// cannot be read or parsed, or when there is no Workload in any of them.
Result<std::vector<Manifest>> ReadManifests(Session& session);

}  // namespace muster::plugin
