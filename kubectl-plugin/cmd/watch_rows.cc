#include "kubectl-plugin/cmd/watch_rows.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include "kubectl-plugin/cmd/feed_trouble.h"
#include "kubectl-plugin/cmd/verb.h"
#include "kubectl-plugin/core/ingest.h"
#include "kubectl-plugin/core/target.h"
#include "lib/runtime/informer.h"

namespace muster::plugin {
namespace {

using Informer = runtime::Informer<api::Workload>;

struct Change {
  Informer::Pointer workload;
  bool gone = false;
};

// What the informer's thread saw, for the main thread to print.
struct Changes {
  std::mutex mutex;
  std::vector<Change> rows;
};

wire::WatchScope ScopeOf(const Session& session, const std::vector<std::string>& names) {
  wire::WatchScope scope{.resource = api::kWorkloads, .ns = session.Namespace()};
  scope.label_selector = session.options().selector;
  if (names.size() == 1) scope.field_selector = "metadata.name=" + names.front();
  return scope;
}

// The rows below the table that was printed, each change once.
class Rows {
 public:
  Rows(Session& session, const std::vector<api::Workload>& printed, const ListingOptions& options)
      : session_(session), options_(options), titles_due_(printed.empty() && options.headers) {
    Table table = WorkloadTable(printed, session.Now(), options);
    table.Fit(session.paper());
    widths_ = table.Widths();
    for (const api::Workload& workload : printed) {
      shown_[workload.meta.key()] = std::make_shared<const api::Workload>(workload);
      if (!session.options().names.empty()) names_.push_back(workload.meta.name);
    }
  }

  const std::vector<std::string>& names() const { return names_; }
  // All that were asked for by name are gone.
  bool AllGone() const { return !names_.empty() && shown_.empty(); }

  void Print(const Change& change) {
    const api::Workload& workload = *change.workload;
    const api::Key key = workload.meta.key();
    if (!names_.empty() && std::find(names_.begin(), names_.end(), key.name) == names_.end()) return;
    const auto shown = shown_.find(key);
    const bool known = shown != shown_.end();
    if (change.gone ? !known : known && shown->second->meta.resource_version == workload.meta.resource_version) return;
    if (change.gone) {
      shown_.erase(shown);
    } else {
      shown_[key] = change.workload;
    }
    Table table(3);
    if (std::exchange(titles_due_, false)) table.Add(WorkloadHeader(options_));
    Line row = WorkloadRow(workload, session_.Now(), options_);
    if (change.gone) {
      row[options_.namespaces ? 4U : 3U] = {"Deleted", Tone::kBad};
      row.back().text.clear();  // how it was is no news any more
    }
    table.Add(std::move(row));
    table.Fit(session_.paper(), widths_);
    session_.Out(table.Lines(widths_));
  }

  // Those that went between the printed table and the watch: no change tells of them.
  void PrintGone(const Informer& informer) {
    std::vector<Informer::Pointer> gone;
    for (const auto& [key, workload] : shown_) {
      if (!informer.Get(key)) gone.push_back(workload);
    }
    for (Informer::Pointer& workload : gone) Print({std::move(workload), true});
  }

 private:
  Session& session_;
  ListingOptions options_;
  bool titles_due_;
  std::vector<size_t> widths_;
  std::vector<std::string> names_;
  std::map<api::Key, Informer::Pointer> shown_;
};

}  // namespace

int WatchRows(Session& session, const std::vector<api::Workload>& printed, const ListingOptions& options) {
  Rows rows(session, printed, options);
  Events& events = *session.world().events;
  Changes changes;
  FeedTrouble trouble(events);
  Informer informer(*session.server().transport, *session.world().clock,
                    {.scope = ScopeOf(session, rows.names()), .indexes = {}}, WorkloadFrom);
  const auto on_news = [&] {
    trouble.Clear();
    events.Wake();
  };
  informer.AddHandler([&](const Informer::Pointer& before, const Informer::Pointer& after) {
    {
      const std::lock_guard lock(changes.mutex);
      changes.rows.push_back({after ? after : before, after == nullptr});
    }
    on_news();
  });
  informer.AddProgressHandler([&](const std::string&) { on_news(); });
  informer.Start();
  TroubleTeller teller;
  bool synced = false;
  while (events.Wait(std::chrono::minutes(1)) != Event::kInterrupt) {
    const bool now_synced = informer.Synced();  // before the changes are taken: what comes later is told as a change
    std::vector<Change> news;
    {
      const std::lock_guard lock(changes.mutex);
      news.swap(changes.rows);
    }
    teller.Tell(session, trouble.Text());
    for (const Change& change : news) rows.Print(change);
    if (now_synced && !std::exchange(synced, true)) rows.PrintGone(informer);
    if (!rows.AllGone()) continue;
    const bool one = rows.names().size() == 1;
    return session.Fail(one ? "workloads.muster.dev \"" + rows.names().front() + "\" was deleted"
                            : "all workloads that were asked for were deleted");
  }
  return kExitInterrupted;
}

}  // namespace muster::plugin
