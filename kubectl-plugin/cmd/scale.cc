// kubectl workload scale: the number of groups, through the scale subresource, as kubectl scale.
#include "kubectl-plugin/cmd/selection.h"
#include "kubectl-plugin/cmd/verb.h"
#include "kubectl-plugin/core/safe_text.h"

namespace muster::plugin {

int RunScale(Session& session) {
  const Options& options = session.options();
  constexpr int64_t kReplicasMax = 10'000;
  if (options.replicas < 0 || options.replicas > kReplicasMax) {
    return session.Fail("scale to how many groups? give --replicas=N, 0 to " + std::to_string(kReplicasMax));
  }
  const Result<Selection> chosen = SelectToChange(session, "scale");
  if (!chosen.has_value()) return session.Fail(chosen.error());
  const Result<Reader*> reader = session.reader();
  int code = kExitOk;
  for (const json::Value& workload : chosen->workloads) {
    const api::Key key{workload["metadata"]["namespace"].Text(), workload["metadata"]["name"].Text()};
    std::string done = std::string(PrintedKind(TargetKind::kWorkload)) + "/" + SafeText(key.name);
    const int64_t before = workload["spec"]["replicas"].Integer(1);
    if (before == options.replicas) {
      session.Out(done + " unchanged\n");
      continue;
    }
    if (options.dry_run != "client") {
      const json::Value patch = json::Object{{"spec", json::Object{{"replicas", options.replicas}}}};
      const auto patched = (*reader)->MergePatch(
          api::kWorkloads, key, patch,
          {.dry_run = options.dry_run == "server" ? wire::DryRun::kAll : wire::DryRun::kNo, .subresource = "scale"});
      if (!patched.has_value()) {
        code = session.Fail(patched.error());
        continue;
      }
    }
    done += " scaled from " + std::to_string(before) + " to " + std::to_string(options.replicas);
    session.Out(done + DryRunText(options) + "\n");
  }
  for (const Error& error : chosen->missing) code = session.Fail(error);
  return code;
}

}  // namespace muster::plugin
