// kubectl workload check: is the cluster, the CRD, the operator in order? Everything is read at the same time.
#include "kubectl-plugin/core/checks.h"

#include "kubectl-plugin/cmd/installation.h"
#include "kubectl-plugin/cmd/output.h"
#include "kubectl-plugin/cmd/verb.h"

namespace muster::plugin {

int RunCheck(Session& session) {
  const Result<OutputFormat> format = OutputFormat::Of(session.options());
  if (!format.has_value()) return session.Fail(format.error());
  const Result<Reader*> connected = session.reader();
  if (!connected.has_value()) return session.Fail(connected.error());
  Reader& reader = **connected;
  auto workload_crd = reader.StartGet(api::kCustomResourceDefinitions, {"", "workloads.muster.dev"});
  auto podgroup_crd = reader.StartGet(api::kCustomResourceDefinitions, {"", "podgroups.muster.dev"});
  auto deployment = reader.StartGet(api::kDeployments, kOperatorKey);
  auto lease = reader.StartGet(api::kLeases, {kOperatorKey.ns, kOperatorLease});
  auto nodes = reader.StartList(api::kNodes, "");
  auto workloads = reader.StartList(api::kWorkloads, "");
  Result<json::Value> server = reader.GetPath("/version");
  const CheckInput input{.server = std::move(server),
                         .workload_crd = workload_crd.get(),
                         .podgroup_crd = podgroup_crd.get(),
                         .deployment = deployment.get(),
                         .lease = lease.get(),
                         .nodes = nodes.get(),
                         .workloads = workloads.get(),
                         .plugin_version = session.world().version};
  const std::vector<Check> checks = RunChecks(input, session.Now());
  if (format->is_picture()) {
    Paper paper = session.paper();
    paper.width = 0;
    session.Out(Print(RenderChecks(checks), paper));
  } else {
    session.Out(format->Print(ChecksJson(checks)));
  }
  return AnyFailed(checks) ? kExitError : kExitOk;
}

}  // namespace muster::plugin
