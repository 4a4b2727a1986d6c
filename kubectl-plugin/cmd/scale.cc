// kubectl workload scale: the number of groups. It changes spec.replicas of the Workload, for which one needs the right
// to create the kinds of its roles; the scale subresource does not show the roles, so there all kinds are asked of
// (config/policy). Whoever may write that subresource alone is served by way of it.
#include "kubectl-plugin/cmd/change_each.h"
#include "kubectl-plugin/cmd/selection.h"
#include "kubectl-plugin/cmd/verb.h"

namespace muster::plugin {
namespace {

constexpr int64_t kReplicasMax = 1'000;  // of the CRD

Result<Changed> Scale(const Options& options, Reader& reader, const json::Value& workload) {
  const api::Key key{workload["metadata"]["namespace"].Text(), workload["metadata"]["name"].Text()};
  Changed changed{workload, std::string(PrintedKind(TargetKind::kWorkload)) + "/" + key.name};
  const int64_t before = workload["spec"]["replicas"].Integer(1);
  if (before == *options.replicas) {
    changed.text += " unchanged";
    return changed;
  }
  changed.text +=
      " scaled from " + std::to_string(before) + " to " + std::to_string(*options.replicas) + DryRunText(options);
  changed.workload.Mutable("spec").Set("replicas", *options.replicas);
  if (options.dry_run == "client") return changed;
  const json::Value patch = json::Object{{"spec", json::Object{{"replicas", *options.replicas}}}};
  const wire::DryRun dry_run = options.dry_run == "server" ? wire::DryRun::kAll : wire::DryRun::kNo;
  Result<json::Value> answer = reader.MergePatch(api::kWorkloads, key, patch, {.dry_run = dry_run});
  if (answer.has_value()) {
    changed.workload = std::move(*answer);
    return changed;
  }
  if (answer.error().code != Code::kForbidden) return answer.error();
  const Result<json::Value> scale =
      reader.MergePatch(api::kWorkloads, key, patch, {.dry_run = dry_run, .subresource = "scale"});
  if (!scale.has_value()) return scale.error().code == Code::kForbidden ? answer.error() : scale.error();
  // The answer is a Scale: of the workload we know what has changed.
  const std::string& version = (*scale)["metadata"]["resourceVersion"].Text();
  if (!version.empty()) changed.workload.Mutable("metadata").Set("resourceVersion", version);
  return changed;
}

}  // namespace

int RunScale(Session& session) {
  const Options& options = session.options();
  const std::string range = "0 to " + std::to_string(kReplicasMax);
  if (!options.replicas) return session.Fail("scale needs --replicas=N, " + range);
  if (*options.replicas < 0 || *options.replicas > kReplicasMax) {
    return session.Fail("--replicas=" + std::to_string(*options.replicas) + ": use an integer from " + range);
  }
  return ChangeEach(session, "scale", [&options](Reader& reader, const json::Value& workload) {
    return Scale(options, reader, workload);
  });
}

}  // namespace muster::plugin
