// kubectl workload get: one line per workload, or the documents themselves.
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
  const auto print = [&session](Table table) {
    table.Fit(session.paper());
    session.Out(table.Lines());
  };
  if (!workloads.empty()) print(WorkloadTable(workloads, session.Now(), listing));
  if (!workloads.empty() && !groups.empty()) session.OutBytes("\n");
  if (!groups.empty()) print(GroupTable(groups, session.Now(), listing));
  if (options.watch) {
    const int code = SayMissing(session, selection);
    if (workloads.empty() && !options.names.empty()) return code;
    return WatchRows(session, workloads, listing);
  }
  if (workloads.empty() && groups.empty() && selection.missing.empty()) {
    session.Note(options.all_namespaces ? "No workloads found."
                                        : "No workloads found in namespace " + session.Namespace() + ".");
  }
  return SayMissing(session, selection);
}

}  // namespace

int RunGet(Session& session) {
  const Options& options = session.options();
  if (options.watch && !IsTable(options.output)) {
    return session.Fail("-w goes with the table and with -o wide; kubectl get workloads.muster.dev -w -o " +
                        options.output + " streams documents");
  }
  const Result<OutputFormat> format = OutputFormat::Of(options);
  if (!format.has_value()) return session.Fail(format.error());
  Result<Selection> selection = Select(session);
  if (!selection.has_value()) return session.Fail(selection.error());
  if (options.watch && !selection->groups.empty()) return session.Fail("get -w watches workloads; see status -w");
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
