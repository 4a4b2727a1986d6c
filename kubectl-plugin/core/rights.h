// What a ServiceAccount may do, read out of RBAC objects, against what it must. Layer: plugin core. Pure.
// Read and not asked of the server (SubjectAccessReview): whoever may look at roles need not be an administrator.
// Rights that come from elsewhere than RBAC are not seen.
#pragma once

#include <string>
#include <vector>

#include "lib/api/meta.h"
#include "lib/json/value.h"

namespace muster::plugin {

// "ClusterRole" or "Role", and its name.
struct RoleRef {
  std::string kind;
  std::string name;
  bool operator==(const RoleRef&) const = default;
};

// Roles that these bindings (ClusterRoleBindings, or RoleBindings of its namespace) give to the ServiceAccount, by its
// name or as one of a group that all ServiceAccounts are in.
std::vector<RoleRef> RolesBoundTo(const api::Key& service_account, const json::Array& bindings);

// Whether one of these bindings names the ServiceAccount itself. Every cluster binds some roles to all that are
// authenticated (system:basic-user, system:discovery): those say nothing of this one.
bool IsBoundByName(const api::Key& service_account, const json::Array& bindings);

// What of the rules of `wanted` (a Role or ClusterRole) no rule of `granted` allows: "patch jobs.batch", a text for
// each resource with its verbs.
std::vector<std::string> MissingRights(const json::Value& wanted, const json::Array& granted);

}  // namespace muster::plugin
