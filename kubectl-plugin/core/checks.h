// `check`: is the cluster in order for Muster? Each line that is not says how to mend it. Layer: plugin core. Pure.
#pragma once

#include <string>
#include <vector>

#include "kubectl-plugin/core/page.h"
#include "kubectl-plugin/core/versions.h"
#include "lib/api/meta.h"
#include "lib/base/result.h"
#include "lib/base/time.h"
#include "lib/json/value.h"

namespace muster::plugin {

enum class Grade { kOk, kWarning, kFailed };

struct Check {
  Grade grade = Grade::kOk;
  std::string what;
  std::string remedy;  // of one that is not in order
};

// The roles that are bound to the operator's ServiceAccount, and what they must allow.
struct RightsInput {
  api::Key service_account;
  Result<json::Array> cluster_bindings;  // ClusterRoleBindings
  Result<json::Array> bindings;          // RoleBindings of its namespace
  Result<json::Array> cluster_roles;     // those that cluster_bindings name: they hold in every namespace
  Result<json::Array> roles;             // those that bindings name: they hold in its own
  json::Array wanted;                    // the roles of config/rbac
};

// What was read, each an answer or why there is none.
struct CheckInput {
  Result<json::Value> server;  // /version
  Result<json::Value> workload_crd;
  Result<json::Value> podgroup_crd;
  Result<json::Value> deployment;  // of the operator
  Result<json::Value> lease;
  std::string lease_namespace;                 // where the lease is looked for
  Result<json::Value> lease_namespace_object;  // that Namespace
  Result<json::Array> nodes;
  Result<json::Array> workloads;  // of all namespaces, or of this one
  RightsInput rights;
  Result<json::Array> policies;         // ValidatingAdmissionPolicies; kNotFound: not served
  Result<json::Array> policy_bindings;  // and their bindings
  std::vector<std::string> wanted_policies;
  std::string plugin_version;
};

// The server has answered.
// The namespace of the lease of an operator that its Deployment starts: what --leader-elect-namespace says.
std::string LeaseNamespaceOf(const Result<json::Value>& deployment, const std::string& otherwise);
std::vector<Check> RunChecks(const CheckInput& input, Instant now);
bool AnyFailed(const std::vector<Check>& checks);
Page RenderChecks(const std::vector<Check>& checks);
json::Value ChecksJson(const std::vector<Check>& checks);

}  // namespace muster::plugin
