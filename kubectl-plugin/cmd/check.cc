// kubectl workload check: is the cluster, the CRD, the operator in order? Everything is read at the same time, but the
// roles, which the bindings name.
#include "kubectl-plugin/core/checks.h"

#include <algorithm>
#include <utility>

#include "kubectl-plugin/cmd/embedded.h"
#include "kubectl-plugin/cmd/installation.h"
#include "kubectl-plugin/cmd/output.h"
#include "kubectl-plugin/cmd/verb.h"
#include "kubectl-plugin/core/rights.h"
#include "lib/client/yaml.h"

namespace muster::plugin {
namespace {

constexpr std::string_view kRbac = "rbac.authorization.k8s.io";
constexpr std::string_view kAdmission = "admissionregistration.k8s.io";
const api::Resource kClusterRoles{kRbac, "v1", "clusterroles", "ClusterRole", false};
const api::Resource kRoles{kRbac, "v1", "roles", "Role", true};
const api::Resource kClusterRoleBindings{kRbac, "v1", "clusterrolebindings", "ClusterRoleBinding", false};
const api::Resource kRoleBindings{kRbac, "v1", "rolebindings", "RoleBinding", true};
const api::Resource kPolicyResource{kAdmission, "v1", "validatingadmissionpolicies", "ValidatingAdmissionPolicy",
                                    false};
const api::Resource kPolicyBindings{kAdmission, "v1", "validatingadmissionpolicybindings",
                                    "ValidatingAdmissionPolicyBinding", false};

const api::Resource kNamespaceResource{"", "v1", "namespaces", "Namespace", false};

// What this release installs, as far as it is checked: the plugin carries it.
struct Wanted {
  json::Array roles;                  // those that are bound to the operator
  std::vector<std::string> policies;  // names
};

Wanted WantedOfThisRelease() {
  Wanted wanted;
  const auto documents = client::ParseYamlDocuments(InstallText());
  if (!documents.has_value()) return wanted;
  const json::Array all(documents->begin(), documents->end());
  const std::vector<RoleRef> bound = RolesBoundTo(kOperatorKey, all);
  for (const json::Value& document : all) {
    const RoleRef self{document["kind"].Text(), document["metadata"]["name"].Text()};
    if (std::find(bound.begin(), bound.end(), self) != bound.end()) wanted.roles.push_back(document);
    if (self.kind == kPolicyResource.kind) wanted.policies.push_back(self.name);
  }
  return wanted;
}

// One that is bound and not there gives no rights.
Result<json::Array> ReadRoles(Reader& reader, const api::Key& account, const Result<json::Array>& bindings) {
  if (!bindings.has_value()) return json::Array();
  std::vector<std::future<Result<json::Value>>> answers;
  for (const RoleRef& role : RolesBoundTo(account, *bindings)) {
    const bool of_cluster = role.kind == kClusterRoles.kind;
    const api::Key key{of_cluster ? "" : account.ns, role.name};
    answers.push_back(reader.StartGet(of_cluster ? kClusterRoles : kRoles, key));
  }
  json::Array roles;
  std::optional<Error> failure;
  for (std::future<Result<json::Value>>& answer : answers) {
    Result<json::Value> role = answer.get();
    if (role.has_value()) {
      roles.push_back(std::move(*role));
    } else if (role.error().code != Code::kNotFound) {
      failure = role.error();
    }
  }
  if (failure) return *failure;
  return roles;
}

}  // namespace

int RunCheck(Session& session) {
  const Result<OutputFormat> format = OutputFormat::Of(session.options());
  if (!format.has_value()) return session.Fail(format.error());
  const Result<Reader*> connected = session.reader();
  if (!connected.has_value()) return session.Fail(connected.error());
  Reader& reader = **connected;
  auto workload_crd = reader.StartGet(api::kCustomResourceDefinitions, {"", "workloads.muster.dev"});
  auto podgroup_crd = reader.StartGet(api::kCustomResourceDefinitions, {"", "podgroups.muster.dev"});
  auto deployment = reader.StartGet(api::kDeployments, kOperatorKey);
  auto nodes = reader.StartList(api::kNodes, "");
  auto workloads = reader.StartList(api::kWorkloads, "");
  auto cluster_bindings = reader.StartList(kClusterRoleBindings, "");
  auto bindings = reader.StartList(kRoleBindings, kOperatorKey.ns);
  auto policies = reader.StartList(kPolicyResource, "");
  auto policy_bindings = reader.StartList(kPolicyBindings, "");
  Result<json::Value> server = reader.GetPath("/version");
  const Wanted wanted = WantedOfThisRelease();
  RightsInput rights{kOperatorKey, cluster_bindings.get(), bindings.get(), json::Array(), json::Array(), wanted.roles};
  Result<json::Value> found_deployment = deployment.get(), found_crd = workload_crd.get();
  const std::string lease_namespace = LeaseNamespaceOf(found_deployment, kOperatorKey.ns);
  auto lease = reader.StartGet(api::kLeases, {lease_namespace, kOperatorLease});
  auto namespace_object = reader.StartGet(kNamespaceResource, {"", lease_namespace});
  // Nobody answers: that is one error, and all there is to say.
  if (!server.has_value() && !found_crd.has_value() && !found_deployment.has_value() &&
      !rights.cluster_bindings.has_value() && !IsAnAnswer(server.error())) {
    return session.Fail(server.error());
  }
  rights.cluster_roles = ReadRoles(reader, kOperatorKey, rights.cluster_bindings);
  rights.roles = ReadRoles(reader, kOperatorKey, rights.bindings);
  const CheckInput input{.server = std::move(server),
                         .workload_crd = std::move(found_crd),
                         .podgroup_crd = podgroup_crd.get(),
                         .deployment = std::move(found_deployment),
                         .lease = lease.get(),
                         .lease_namespace = lease_namespace,
                         .lease_namespace_object = namespace_object.get(),
                         .nodes = nodes.get(),
                         .workloads = workloads.get(),
                         .rights = std::move(rights),
                         .policies = policies.get(),
                         .policy_bindings = policy_bindings.get(),
                         .wanted_policies = wanted.policies,
                         .plugin_version = session.world().version};
  const std::vector<Check> checks = RunChecks(input, session.Now());
  if (format->is_picture()) {
    Paper paper = session.paper();
    paper.width = 0;
    session.OutBytes(Print(RenderChecks(checks), paper));
  } else {
    session.OutBytes(format->Print(ChecksJson(checks)));
  }
  return AnyFailed(checks) ? kExitError : kExitOk;
}

}  // namespace muster::plugin
