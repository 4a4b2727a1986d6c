// What the API server is asked about a manifest, and what its refusal says, field by field. Layer: plugin core. Pure.
#pragma once

#include <string>
#include <vector>

#include "kubectl-plugin/core/schema_lint.h"
#include "lib/api/meta.h"

namespace muster::plugin {

// An object that is created in a dry run: the Workload itself, and each role's built-in as the operator would make it.
struct ServerQuestion {
  api::Resource resource;
  std::string path;  // where `object` stands in the manifest: "" or "spec.roles[0].job"
  json::Value object;
};
std::vector<ServerQuestion> ServerQuestions(const json::Value& document);

// `unknown field "spec.a", unknown field "spec.b"` of a strict decoding error, one finding each; else one finding with
// the whole message.
std::vector<Finding> FindingsOfMessage(const std::string& message);

}  // namespace muster::plugin
