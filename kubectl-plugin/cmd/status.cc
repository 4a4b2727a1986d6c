// kubectl workload status: header and tree, once or live.
#include <utility>

#include "kubectl-plugin/cmd/output.h"
#include "kubectl-plugin/cmd/selection.h"
#include "kubectl-plugin/cmd/status_feed.h"
#include "kubectl-plugin/cmd/status_watch.h"
#include "kubectl-plugin/cmd/verb.h"
#include "kubectl-plugin/core/ingest.h"
#include "kubectl-plugin/core/status_text.h"
#include "lib/base/strings.h"

namespace muster::plugin {
namespace {

Result<std::vector<std::string>> WorkloadNames(const Options& options) {
  TRY_VOID(CheckNames(options));
  TRY(const std::vector<Target> targets, ParseTargets(options.names));
  std::vector<std::string> names;
  for (const Target& target : targets) {
    if (target.kind == TargetKind::kPodGroup) {
      return MakeError(Code::kInvalid, "status is of workloads; for one group: explain podgroup/" + target.name);
    }
    names.push_back(target.name);
  }
  return names;
}

// Workloads and their groups are asked for at the same time.
Result<StatusReading> Read(Session& session, const std::vector<std::string>& names, std::vector<Error>& missing) {
  TRY(Reader* const reader, session.reader());
  const std::string selector = names.size() == 1 ? GroupsOf(names.front()) : "";
  auto groups = reader->StartList(api::kPodGroups, session.Namespace(), selector);
  Result<Selection> selection = Select(session);
  Result<json::Array> group_documents = groups.get();
  if (!selection.has_value()) return selection.error();
  if (!group_documents.has_value()) return group_documents.error();
  StatusReading reading;
  for (const json::Value& document : selection->workloads) {
    if (auto workload = WorkloadFrom(document); workload.has_value()) reading.workloads.push_back(std::move(*workload));
  }
  for (const json::Value& document : *group_documents) {
    if (auto group = PodGroupFrom(document); group.has_value()) reading.groups.push_back(std::move(*group));
  }
  missing = std::move(selection->missing);
  return reading;
}

int ExitFor(const std::vector<WorkloadView>& views) {
  return GravestOf(views) == Health::kHealthy ? kExitOk : kExitNotHealthy;
}

}  // namespace

int RunStatus(Session& session) {
  const Options& options = session.options();
  const bool picture = options.output.empty();
  if (!picture && options.output != "json" && options.output != "yaml") {
    return session.Fail(UnknownFormat(options.output, "json, yaml"));
  }
  if (!picture && options.watch) return session.Fail("-w goes with the picture, not with -o");
  const Result<std::vector<std::string>> names = WorkloadNames(options);
  if (!names.has_value()) return session.Fail(names.error());
  std::vector<Error> missing;
  Result<StatusReading> reading = Read(session, *names, missing);
  if (!reading.has_value()) return session.Fail(reading.error());
  const std::vector<WorkloadView> views = ViewsOf(*reading, session.Now());
  if (!picture) {
    session.Out(FormatDocument(StatusJson(views), options.output));
  } else if (options.watch && missing.empty() && (!views.empty() || names->empty())) {
    return WatchStatus(session, std::move(*reading), *names);
  } else if (!views.empty()) {
    const Fold fold = options.all ? Fold::kNever : Fold::kLong;
    session.Out(RenderStatuses(views, session.paper(), session.Now(), fold));
  } else if (missing.empty()) {
    session.world().err(options.all_namespaces ? "No workloads found.\n"
                                               : "No workloads found in namespace " + session.Namespace() + ".\n");
  }
  int code = ExitFor(views);
  for (const Error& error : missing) code = session.Fail(error);
  return code;
}

}  // namespace muster::plugin
