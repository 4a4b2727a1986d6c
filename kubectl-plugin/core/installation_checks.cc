#include "kubectl-plugin/core/installation_checks.h"

#include <algorithm>
#include <utility>

#include "kubectl-plugin/core/rights.h"
#include "lib/base/strings.h"

namespace muster::plugin {
namespace {

constexpr size_t kLongestList = 200;

Check NotRead(std::string what, const Error& error) {
  return {Grade::kWarning, std::move(what) + " could not be read", error.message};
}

bool IsDenying(const json::Value& binding, std::string_view policy) {
  if (binding["spec"]["policyName"].Text() != policy) return false;
  const json::Array& actions = binding["spec"]["validationActions"].Items();
  return std::any_of(actions.begin(), actions.end(), [](const json::Value& action) { return action.Text() == "Deny"; });
}

}  // namespace

Check CheckRights(const RightsInput& input, bool acts) {
  const std::string account = "ServiceAccount " + input.service_account.Text();
  const std::string remedy = "kubectl apply --server-side -f config/rbac/";
  for (const Result<json::Array>* part :
       {&input.cluster_bindings, &input.bindings, &input.cluster_roles, &input.roles}) {
    if (!part->has_value()) return NotRead("the rights of " + account, part->error());
  }
  json::Array in_its_namespace = *input.cluster_roles;
  in_its_namespace.insert(in_its_namespace.end(), input.roles->begin(), input.roles->end());
  std::vector<std::string> missing;
  for (const json::Value& wanted : input.wanted) {
    const bool everywhere = wanted["kind"].Text() == "ClusterRole";
    for (std::string& right : MissingRights(wanted, everywhere ? *input.cluster_roles : in_its_namespace)) {
      missing.push_back(std::move(right));
    }
  }
  if (missing.empty()) return {Grade::kOk, account + " has the rights that the operator needs", ""};
  if (!IsBoundByName(input.service_account, *input.cluster_bindings) &&
      !IsBoundByName(input.service_account, *input.bindings)) {
    if (!acts) return {Grade::kFailed, "no role is bound to " + account + ": the operator has no rights", remedy};
    return {
        Grade::kWarning, "no role is bound to " + account + ", but an operator is active",
        "this is correct if the operator runs under another name or gets its rights elsewhere; otherwise " + remedy};
  }
  return {Grade::kFailed, account + " may not: " + Shorten(Join(missing, "; "), kLongestList), remedy};
}

Check CheckPolicies(const Result<json::Array>& policies, const Result<json::Array>& bindings,
                    const std::vector<std::string>& wanted) {
  for (const Result<json::Array>* part : {&policies, &bindings}) {
    if (part->has_value()) continue;
    if (part->error().code != Code::kNotFound) return NotRead("the admission policies", part->error());
    return {Grade::kWarning,
            "this Kubernetes serves no ValidatingAdmissionPolicy: nothing limits what users of Workloads can do",
            "it is served from Kubernetes 1.30 on; before, allow only those to create Workloads who may create every "
            "kind of role"};
  }
  std::vector<std::string> missing;
  for (const std::string& name : wanted) {
    const bool there = std::any_of(policies->begin(), policies->end(), [&name](const json::Value& policy) {
      return policy["metadata"]["name"].Text() == name;
    });
    const bool bound = std::any_of(bindings->begin(), bindings->end(),
                                   [&name](const json::Value& binding) { return IsDenying(binding, name); });
    if (!there) {
      missing.push_back(name + " does not exist");
    } else if (!bound) {
      missing.push_back(name + " has no binding that denies requests");
    }
  }
  if (missing.empty()) return {Grade::kOk, "the admission policies exist and are bound", ""};
  return {Grade::kWarning, "admission policies: " + Join(missing, "; "),
          "without them a Workload can give its author rights that the author lacks: kubectl apply --server-side -f "
          "config/policy/"};
}

Check CheckVersions(const Versions& versions) {
  if (const std::vector<std::string> skew = SkewOf(versions); !skew.empty()) {
    return {Grade::kWarning, "versions differ", Join(skew, " ")};
  }
  std::vector<std::string> parts{"plugin " + versions.plugin};
  if (!versions.crd_release.empty()) parts.push_back("CRDs " + versions.crd_release);
  if (!versions.operator_version.empty()) parts.push_back("operator " + versions.operator_version);
  const std::string last = parts.back();
  parts.pop_back();
  return {Grade::kOk, parts.empty() ? last : Join(parts, ", ") + " and " + last, ""};
}

}  // namespace muster::plugin
