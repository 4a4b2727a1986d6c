// kubectl workload scale: the number of groups, through the scale subresource, as kubectl scale.
#include "kubectl-plugin/cmd/change_each.h"
#include "kubectl-plugin/cmd/selection.h"
#include "kubectl-plugin/cmd/verb.h"

namespace muster::plugin {

namespace {

Result<Changed> Scale(const Options& options, Reader& reader, const json::Value& workload) {
  const api::Key key{workload["metadata"]["namespace"].Text(), workload["metadata"]["name"].Text()};
  Changed changed{workload, std::string(PrintedKind(TargetKind::kWorkload)) + "/" + key.name};
  const int64_t before = workload["spec"]["replicas"].Integer(1);
  if (before == options.replicas) {
    changed.text += " unchanged";
    return changed;
  }
  changed.text +=
      " scaled from " + std::to_string(before) + " to " + std::to_string(options.replicas) + DryRunText(options);
  // The answer is a Scale: of the workload we know what has changed.
  changed.workload.Mutable("spec").Set("replicas", options.replicas);
  if (options.dry_run == "client") return changed;
  const json::Value patch = json::Object{{"spec", json::Object{{"replicas", options.replicas}}}};
  TRY(const json::Value scale,
      reader.MergePatch(
          api::kWorkloads, key, patch,
          {.dry_run = options.dry_run == "server" ? wire::DryRun::kAll : wire::DryRun::kNo, .subresource = "scale"}));
  const std::string& version = scale["metadata"]["resourceVersion"].Text();
  if (!version.empty()) changed.workload.Mutable("metadata").Set("resourceVersion", version);
  return changed;
}

}  // namespace

int RunScale(Session& session) {
  const Options& options = session.options();
  constexpr int64_t kReplicasMax = 10'000;
  if (options.replicas < 0 || options.replicas > kReplicasMax) {
    return session.Fail("scale to how many groups? give --replicas=N, 0 to " + std::to_string(kReplicasMax));
  }
  return ChangeEach(session, "scale", [&options](Reader& reader, const json::Value& workload) {
    return Scale(options, reader, workload);
  });
}

}  // namespace muster::plugin
