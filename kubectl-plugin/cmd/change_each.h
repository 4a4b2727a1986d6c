// Verbs that change workloads, one small patch each, and say what has changed. Layer: plugin cmd.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "kubectl-plugin/cmd/session.h"

namespace muster::plugin {

struct Changed {
  json::Value workload;  // as it is now
  std::string text;      // "workload.muster.dev/train suspended"
};

// Calls `change` for every workload that the session selects (SelectToChange), and prints a line for each, or what -o
// asks for. One that cannot be changed does not keep the others from it.
int ChangeEach(Session& session, std::string_view verb,
               const std::function<Result<Changed>(Reader& reader, const json::Value& workload)>& change);

}  // namespace muster::plugin
