// kubectl workload get: one line per workload or group, or the documents themselves.
#include <map>
#include <utility>

#include "kubectl-plugin/cmd/output.h"
#include "kubectl-plugin/cmd/selection.h"
#include "kubectl-plugin/cmd/verb.h"
#include "kubectl-plugin/cmd/watch_rows.h"
#include "kubectl-plugin/core/ingest.h"
#include "kubectl-plugin/core/listing.h"

namespace muster::plugin {
namespace {

bool IsTable(std::string_view format) { return format.empty() || format == "wide"; }

template <class T>
std::vector<T> Decode(const std::vector<json::Value>& documents, Result<T> (*decode)(const json::Value&)) {
  std::vector<T> values;
  for (const json::Value& document : documents) {
    if (Result<T> value = decode(document); value.has_value()) values.push_back(std::move(value).value());
  }
  return values;
}

// "No podgroups found in namespace ml."
std::string NothingFound(const Session& session) {
  const Options& options = session.options();
  const std::string what = options.kind == TargetKind::kPodGroup ? "podgroups" : "workloads";
  return "No " + what + " found" + (options.all_namespaces ? "." : " in namespace " + session.Namespace() + ".");
}

int SayMissing(Session& session, const Selection& selection) {
  int code = kExitOk;
  for (const Error& error : selection.missing) code = session.Fail(error);
  return code;
}

int PrintTables(Session& session, const Selection& selection) {
  const Options& options = session.options();
  const ListingOptions listing{options.all_namespaces, options.output == "wide", !options.no_headers};
  const std::vector<api::Workload> workloads = Decode(selection.workloads, WorkloadFrom);
  const std::vector<api::PodGroup> groups = Decode(selection.groups, PodGroupFrom);
  const auto print = [&](Table table) {
    const Paper paper = ListingPaper(session.paper(), listing);
    table.Fit(paper);
    session.OutBytes(Print(table.Lines(), paper));
  };
  if (!workloads.empty()) print(WorkloadTable(workloads, session.Now(), listing));
  if (!workloads.empty() && !groups.empty()) session.OutBytes("\n");
  if (!groups.empty()) print(GroupTable(groups, session.Now(), listing));
  if (options.watch) {
    const int code = SayMissing(session, selection);
    if (workloads.empty() && groups.empty() && !options.names.empty()) return code;
    const bool of_groups = !groups.empty() || options.kind == TargetKind::kPodGroup;
    return of_groups ? WatchRows(session, groups, listing) : WatchRows(session, workloads, listing);
  }
  if (workloads.empty() && groups.empty() && selection.missing.empty()) session.Note(NothingFound(session));
  return SayMissing(session, selection);
}

}  // namespace

int RunGet(Session& session) {
  const Options& options = session.options();
  if (options.watch && !IsTable(options.output)) {
    return session.Fail(
        "-w works with the table and with -o wide; to watch documents: kubectl get workloads.muster.dev -w -o " +
        options.output);
  }
  const Result<OutputFormat> format = OutputFormat::Of(options);
  if (!format.has_value()) return session.Fail(format.error());
  Result<Selection> selection = Select(session);
  if (!selection.has_value()) return session.Fail(selection.error());
  if (options.watch && !selection->groups.empty() && !selection->workloads.empty()) {
    return session.Fail("get -w watches either workloads or podgroups; name objects of one kind");
  }
  if (IsTable(options.output)) return PrintTables(session, *selection);
  std::vector<json::Value> documents = std::move(selection->workloads);
  std::move(selection->groups.begin(), selection->groups.end(), std::back_inserter(documents));
  const bool single = options.names.size() == 1;
  if (!single || !documents.empty()) {
    session.OutBytes(PrintDocuments(std::move(documents), single, *format));
  }
  return SayMissing(session, *selection);
}

}  // namespace muster::plugin
