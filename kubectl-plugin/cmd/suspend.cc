// kubectl workload suspend, resume: one small patch per workload.
#include <utility>

#include "kubectl-plugin/cmd/change_each.h"
#include "kubectl-plugin/cmd/selection.h"
#include "kubectl-plugin/cmd/verb.h"

namespace muster::plugin {
namespace {

enum class Direction { kSuspended, kResumed };

// What became of one workload.
Result<Changed> Apply(Session& session, Reader& reader, const json::Value& workload, Direction wanted) {
  const bool suspend = wanted == Direction::kSuspended;
  const api::Key key{workload["metadata"]["namespace"].Text(), workload["metadata"]["name"].Text()};
  Changed changed{workload, std::string(PrintedKind(TargetKind::kWorkload)) + "/" + key.name};
  if (workload["spec"]["suspend"].Bool() == suspend) {
    changed.text += " unchanged";
    return changed;
  }
  changed.text += (suspend ? " suspended" : " resumed") + DryRunText(session.options());
  const std::string& dry_run = session.options().dry_run;
  if (dry_run == "client") {
    changed.workload.Mutable("spec").Set("suspend", suspend);
    return changed;
  }
  const json::Value patch = json::Object{{"spec", json::Object{{"suspend", suspend}}}};
  TRY(changed.workload, reader.MergePatch(api::kWorkloads, key, patch,
                                          {.dry_run = dry_run == "server" ? wire::DryRun::kAll : wire::DryRun::kNo}));
  return changed;
}

int Run(Session& session, Direction wanted, std::string_view verb) {
  return ChangeEach(session, verb, [&session, wanted](Reader& reader, const json::Value& workload) {
    return Apply(session, reader, workload, wanted);
  });
}

}  // namespace

int RunSuspend(Session& session) { return Run(session, Direction::kSuspended, "suspend"); }

int RunResume(Session& session) { return Run(session, Direction::kResumed, "resume"); }

}  // namespace muster::plugin
