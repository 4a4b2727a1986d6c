// kubectl workload version: plugin, CRDs, operator and Kubernetes, read at the same time; what cannot be read is named.
#include "kubectl-plugin/core/versions.h"

#include "kubectl-plugin/cmd/installation.h"
#include "kubectl-plugin/cmd/output.h"
#include "kubectl-plugin/cmd/verb.h"
#include "lib/base/strings.h"

namespace muster::plugin {
namespace {

void FillCrds(const Result<json::Value>& crd, const Result<json::Value>& group, Versions& versions) {
  if (crd.has_value()) {
    versions.crd_versions = ServedVersions(*crd);
    versions.crd_release = ReleaseLabel(*crd);
  } else if (crd.error().code == Code::kNotFound) {
    versions.crd_note = "not installed (kubectl apply --server-side -f crds/)";
  } else if (group.has_value()) {  // without the right to read the CRD: the API lists its versions too
    for (const json::Value& version : (*group)["versions"].Items()) {
      versions.crd_versions.push_back(version["version"].Text());
    }
  } else {
    versions.crd_note = "unknown: " + crd.error().message;
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
    versions.operator_note = "unknown: " + deployment.error().message;
  }
}

// An error when nothing answers.
std::optional<Error> Fill(Reader& reader, Versions& versions) {
  auto crd = reader.StartGet(api::kCustomResourceDefinitions, {"", "workloads.muster.dev"});
  auto deployment = reader.StartGet(api::kDeployments, kOperatorKey);
  auto group = std::async(std::launch::async, [&reader] { return reader.GetPath("/apis/muster.dev"); });
  const Result<json::Value> server = reader.GetPath("/version");
  const Result<json::Value> crd_answer = crd.get(), group_answer = group.get(), deployment_answer = deployment.get();
  if (!server.has_value() && !crd_answer.has_value() && !deployment_answer.has_value()) return server.error();
  if (server.has_value()) versions.server = (*server)["gitVersion"].Text();
  FillCrds(crd_answer, group_answer, versions);
  FillOperator(deployment_answer, versions);
  return std::nullopt;
}

}  // namespace

int RunVersion(Session& session) {
  const Result<OutputFormat> format = OutputFormat::Of(session.options());
  if (!format.has_value()) return session.Fail(format.error());
  Versions versions;
  versions.plugin = session.world().version;
  if (session.options().client) {
    if (format->is_picture()) {
      session.OutLine("Plugin      " + versions.plugin);
    } else {
      session.OutBytes(format->Print(VersionsJson(versions)));
    }
    return kExitOk;
  }
  std::optional<Error> failure;
  if (const Result<Reader*> connected = session.reader(); connected.has_value()) {
    failure = Fill(**connected, versions);
  } else {
    failure = connected.error();
  }
  if (failure) versions.crd_note = versions.operator_note = "unknown";
  if (!format->is_picture()) {
    session.OutBytes(format->Print(VersionsJson(versions)));
  } else if (failure) {
    session.OutLine("Plugin      " + versions.plugin);  // what is known without a server
  } else {
    Paper paper = session.paper();
    paper.width = 0;  // read whole: the terminal wraps it
    session.OutBytes(Print(RenderVersions(versions), paper));
  }
  return failure ? session.Fail(*failure) : kExitOk;
}

}  // namespace muster::plugin
