// kubectl workload version: plugin, CRDs, operator and Kubernetes, all asked at once; what cannot be read is said.
#include "kubectl-plugin/core/versions.h"

#include "kubectl-plugin/cmd/installation.h"
#include "kubectl-plugin/cmd/output.h"
#include "kubectl-plugin/cmd/verb.h"
#include "kubectl-plugin/core/safe_text.h"
#include "lib/base/strings.h"

namespace muster::plugin {
namespace {

void FillCrds(const Result<json::Value>& crd, const Result<json::Value>& group, Versions& versions) {
  if (crd.has_value()) {
    versions.crd_versions = ServedVersions(*crd);
    versions.crd_release = SafeText((*crd)["metadata"]["labels"]["app.kubernetes.io/version"].Text());
  } else if (crd.error().code == Code::kNotFound) {
    versions.crd_note = "not installed (kubectl apply --server-side -f crds/)";
  } else if (group.has_value()) {  // no right to see the CRD itself: what is served says it too
    for (const json::Value& version : (*group)["versions"].Items()) {
      versions.crd_versions.push_back(SafeText(version["version"].Text()));
    }
  } else {
    versions.crd_note = "unknown: " + SafeText(crd.error().message);
  }
}

void FillOperator(const Result<json::Value>& deployment, Versions& versions) {
  if (deployment.has_value()) {
    versions.operator_version = ReleaseOf(*deployment);
    versions.operator_note = std::to_string((*deployment)["status"]["readyReplicas"].Integer()) + " of " +
                             Count((*deployment)["spec"]["replicas"].Integer(1), "pod") + " ready";
  } else if (deployment.error().code == Code::kNotFound) {
    versions.operator_note = "not found (no deployment muster-operator in namespace muster-system)";
  } else {
    versions.operator_note = "unknown: " + SafeText(deployment.error().message);
  }
}

}  // namespace

int RunVersion(Session& session) {
  const Result<OutputFormat> format = OutputFormat::Of(session.options());
  if (!format.has_value()) return session.Fail(format.error());
  Versions versions;
  versions.plugin = session.world().version;
  int code = kExitOk;
  if (const Result<Reader*> connected = session.reader(); connected.has_value()) {
    Reader& reader = **connected;
    auto crd = reader.StartGet(api::kCustomResourceDefinitions, {"", "workloads.muster.dev"});
    auto deployment = reader.StartGet(api::kDeployments, kOperatorKey);
    auto group = std::async(std::launch::async, [&reader] { return reader.GetPath("/apis/muster.dev"); });
    const Result<json::Value> server = reader.GetPath("/version");
    if (server.has_value()) versions.server = SafeText((*server)["gitVersion"].Text());
    const Result<json::Value> crd_answer = crd.get(), group_answer = group.get(), deployment_answer = deployment.get();
    if (server.has_value() || crd_answer.has_value() || deployment_answer.has_value()) {
      FillCrds(crd_answer, group_answer, versions);
      FillOperator(deployment_answer, versions);
    } else {
      code = session.Fail(server.error());
    }
  } else {
    code = session.Fail(connected.error());
  }
  if (code != kExitOk) versions.crd_note = versions.operator_note = "unknown";
  if (format->is_picture()) {
    Paper paper = session.paper();
    paper.width = 0;  // read whole: the terminal wraps it
    session.Out(Print(RenderVersions(versions), paper));
  } else {
    session.Out(format->Print(VersionsJson(versions)));
  }
  return code;
}

}  // namespace muster::plugin
