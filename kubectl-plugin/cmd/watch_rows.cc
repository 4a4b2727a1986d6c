#include "kubectl-plugin/cmd/watch_rows.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include "kubectl-plugin/cmd/verb.h"
#include "kubectl-plugin/core/ingest.h"
#include "kubectl-plugin/core/target.h"
#include "lib/runtime/informer.h"

namespace muster::plugin {
namespace {

using Informer = runtime::Informer<api::Workload>;

// What the informer's thread saw, for the main thread to print.
struct Changes {
  std::mutex mutex;
  std::vector<std::pair<Informer::Pointer, bool>> rows;  // and whether it is gone
};

wire::WatchScope ScopeOf(const Session& session, const std::vector<std::string>& names) {
  wire::WatchScope scope{.resource = api::kWorkloads, .ns = session.Namespace()};
  scope.label_selector = session.options().selector;
  if (names.size() == 1) scope.field_selector = "metadata.name=" + names.front();
  return scope;
}

}  // namespace

int WatchRows(Session& session, const std::vector<api::Workload>& printed, const ListingOptions& options) {
  std::map<api::Key, std::string> versions;
  std::vector<std::string> names;
  for (const api::Workload& workload : printed) {
    versions[workload.meta.key()] = workload.meta.resource_version;
    if (!session.options().names.empty()) names.push_back(workload.meta.name);
  }
  Events& events = *session.world().events;
  Changes changes;
  Informer informer(*session.server().transport, *session.world().clock,
                    {.scope = ScopeOf(session, names), .indexes = {}}, WorkloadFrom);
  informer.AddHandler([&](const Informer::Pointer& before, const Informer::Pointer& after) {
    const std::lock_guard lock(changes.mutex);
    changes.rows.emplace_back(after ? after : before, after == nullptr);
    events.Wake();
  });
  informer.Start();
  const std::vector<size_t> widths = WorkloadTable(printed, session.Now(), options).Widths();
  bool titles_due = printed.empty() && options.headers;
  for (;;) {
    if (events.Wait(std::chrono::minutes(1)) == Event::kInterrupt) return kExitInterrupted;
    std::vector<std::pair<Informer::Pointer, bool>> rows;
    {
      const std::lock_guard lock(changes.mutex);
      rows.swap(changes.rows);
    }
    for (const auto& [workload, gone] : rows) {
      const api::Key key = workload->meta.key();
      const bool wanted = names.empty() || std::find(names.begin(), names.end(), key.name) != names.end();
      std::string& version = versions[key];
      if (!wanted || (!gone && version == workload->meta.resource_version)) continue;
      version = workload->meta.resource_version;
      Table table(3);
      if (std::exchange(titles_due, false)) table.Add(WorkloadHeader(options));
      Line row = WorkloadRow(*workload, session.Now(), options);
      if (gone) row[options.namespaces ? 4U : 3U] = {"Deleted", Tone::kBad};
      table.Add(std::move(row));
      session.Out(table.Lines(widths));
      if (gone && names.size() == 1) return session.Fail("workloads.muster.dev \"" + key.name + "\" was deleted");
    }
  }
}

}  // namespace muster::plugin
