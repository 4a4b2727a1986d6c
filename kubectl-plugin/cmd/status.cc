// kubectl workload status: header and tree, once or live.
#include <utility>

#include "kubectl-plugin/cmd/output.h"
#include "kubectl-plugin/cmd/selection.h"
#include "kubectl-plugin/cmd/status_feed.h"
#include "kubectl-plugin/cmd/status_watch.h"
#include "kubectl-plugin/cmd/verb.h"
#include "kubectl-plugin/core/status_text.h"

namespace muster::plugin {
namespace {

int ExitFor(const std::vector<WorkloadView>& views) {
  return GravestOf(views) == Health::kHealthy ? kExitOk : kExitNotHealthy;
}

}  // namespace

int RunStatus(Session& session) {
  const Options& options = session.options();
  const Result<OutputFormat> format = OutputFormat::Of(options);
  if (!format.has_value()) return session.Fail(format.error());
  const bool picture = format->is_picture();
  if (!picture && options.watch) return session.Fail("-w cannot be combined with -o");
  const Result<std::vector<std::string>> names = WorkloadNames(options, "status");
  if (!names.has_value()) return session.Fail(names.error());
  std::vector<Error> missing;
  Result<StatusReading> reading = ReadStatus(session, *names, missing);
  if (!reading.has_value()) return session.Fail(reading.error());
  const std::vector<WorkloadView> views = ViewsOf(*reading, session.Now());
  if (format->is_name()) {
    for (const WorkloadView& view : views) {
      session.OutLine(std::string(PrintedKind(TargetKind::kWorkload)) + "/" + view.key.name);
    }
  } else if (!picture) {
    session.OutBytes(format->Print(StatusJson(views)));
  } else if (options.watch && missing.empty() && (!views.empty() || names->empty())) {
    return WatchStatus(session, std::move(*reading), *names);
  } else if (!views.empty()) {
    const Fold fold = options.all ? Fold::kNever : Fold::kLong;
    session.Out(RenderStatuses(views, session.paper(), session.Now(), fold));
  } else if (missing.empty()) {
    session.Note(options.all_namespaces ? "No workloads found."
                                        : "No workloads found in namespace " + session.Namespace() + ".");
  }
  int code = ExitFor(views);
  for (const Error& error : missing) code = session.Fail(error);
  return code;
}

}  // namespace muster::plugin
