// `version`: what is installed, and whether it fits together. Layer: plugin core. Pure.
// Skew rule: plugin, CRDs and operator are of one release; plugin and operator one minor apart still work and it is
// said; more, CRDs of another minor than the operator's, or CRDs that do not serve the plugin's API version, are
// reasons to act.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kubectl-plugin/core/page.h"
#include "lib/json/value.h"

namespace muster::plugin {

struct Versions {
  std::string plugin;                     // "v0.1.0"
  std::string server;                     // Kubernetes: "v1.37.1"; empty: unknown
  std::vector<std::string> crd_versions;  // served versions; empty: not installed, or not known
  std::string crd_release;                // label app.kubernetes.io/version of the CRD, if any
  std::string operator_version;           // empty: not found
  std::string operator_note;              // "2 of 2 pods ready", "not found in muster-system", "no right to see it"
  std::string crd_note;                   // why crd_versions is empty
};

// The release of a Deployment: its version label, else the tag of its image; empty when neither says.
std::string ReleaseOf(const json::Value& deployment);
// The version label of a CRD of ours, empty when it has none.
std::string ReleaseLabel(const json::Value& object);
std::vector<std::string> ServedVersions(const json::Value& crd);

// What does not fit, one sentence each; empty when all is well.
std::vector<std::string> SkewOf(const Versions& versions);

Page RenderVersions(const Versions& versions);
json::Value VersionsJson(const Versions& versions);

}  // namespace muster::plugin
