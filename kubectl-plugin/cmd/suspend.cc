// kubectl workload suspend, resume: one small patch per workload.
#include <utility>

#include "kubectl-plugin/cmd/selection.h"
#include "kubectl-plugin/cmd/verb.h"
#include "kubectl-plugin/core/safe_text.h"

namespace muster::plugin {
namespace {

enum class Wanted { kSuspended, kResumed };

Result<std::string> Apply(Session& session, Reader& reader, const json::Value& workload, Wanted wanted) {
  const bool suspend = wanted == Wanted::kSuspended;
  const api::Key key{workload["metadata"]["namespace"].Text(), workload["metadata"]["name"].Text()};
  const std::string name = std::string(PrintedKind(TargetKind::kWorkload)) + "/" + SafeText(key.name);
  if (workload["spec"]["suspend"].Bool() == suspend) return name + " unchanged";
  const std::string& dry_run = session.options().dry_run;
  if (dry_run != "client") {
    const json::Value patch = json::Object{{"spec", json::Object{{"suspend", suspend}}}};
    TRY_VOID(reader.MergePatch(api::kWorkloads, key, patch,
                               {.dry_run = dry_run == "server" ? wire::DryRun::kAll : wire::DryRun::kNo}));
  }
  return name + (suspend ? " suspended" : " resumed") + DryRunText(session.options());
}

int Run(Session& session, Wanted wanted, std::string_view verb) {
  const Result<Selection> chosen = SelectToChange(session, verb);
  if (!chosen.has_value()) return session.Fail(chosen.error());
  const Result<Reader*> reader = session.reader();
  int code = kExitOk;
  for (const json::Value& workload : chosen->workloads) {
    const Result<std::string> done = Apply(session, **reader, workload, wanted);
    if (done.has_value()) {
      session.Out(*done + "\n");
    } else {
      code = session.Fail(done.error());
    }
  }
  for (const Error& error : chosen->missing) code = session.Fail(error);
  return code;
}

}  // namespace

int RunSuspend(Session& session) { return Run(session, Wanted::kSuspended, "suspend"); }

int RunResume(Session& session) { return Run(session, Wanted::kResumed, "resume"); }

}  // namespace muster::plugin
