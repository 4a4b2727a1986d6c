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

struct OfWorkloads {
  using Object = api::Workload;
  static constexpr const api::Resource& resource = api::kWorkloads;
  static constexpr auto From = WorkloadFrom;
  static constexpr auto Header = WorkloadHeader;
  static constexpr auto Row = WorkloadRow;
  static constexpr auto TableOf = WorkloadTable;
};

struct OfGroups {
  using Object = api::PodGroup;
  static constexpr const api::Resource& resource = api::kPodGroups;
  static constexpr auto From = PodGroupFrom;
  static constexpr auto Header = GroupHeader;
  static constexpr auto Row = GroupRow;
  static constexpr auto TableOf = GroupTable;
};

// What the informer's thread saw, for the main thread to print.
template <class Kind>
struct Changes {
  using Pointer = typename runtime::Informer<typename Kind::Object>::Pointer;
  struct Change {
    Pointer object;
    bool gone = false;
  };
  std::mutex mutex;
  std::vector<Change> rows;
};

template <class Kind>
wire::WatchScope ScopeOfRows(const Session& session, const std::vector<std::string>& names) {
  wire::WatchScope scope{.resource = Kind::resource, .ns = session.Namespace()};
  scope.label_selector = session.options().selector;
  if (names.size() == 1) scope.field_selector = "metadata.name=" + names.front();
  return scope;
}

// The rows below the table that was printed, each change once.
template <class Kind>
class Rows {
 public:
  using Object = typename Kind::Object;
  using Pointer = typename Changes<Kind>::Pointer;
  using Change = typename Changes<Kind>::Change;

  Rows(Session& session, const std::vector<Object>& printed, const ListingOptions& options)
      : session_(session),
        options_(options),
        paper_(ListingPaper(session.paper(), options)),
        titles_due_(printed.empty() && options.headers) {
    Table table = Kind::TableOf(printed, session.Now(), options);
    table.Fit(paper_);
    widths_ = table.Widths();
    for (const Object& object : printed) {
      shown_[object.meta.key()] = std::make_shared<const Object>(object);
      if (!session.options().names.empty()) names_.push_back(object.meta.name);
    }
  }

  const std::vector<std::string>& names() const { return names_; }
  // All objects that were asked for by name are gone.
  bool AllGone() const { return !names_.empty() && shown_.empty(); }

  void Print(const Change& change) {
    const Object& object = *change.object;
    const api::Key key = object.meta.key();
    if (!names_.empty() && std::find(names_.begin(), names_.end(), key.name) == names_.end()) return;
    const auto shown = shown_.find(key);
    const bool known = shown != shown_.end();
    if (change.gone ? !known : known && shown->second->meta.resource_version == object.meta.resource_version) return;
    if (change.gone) {
      shown_.erase(shown);
    } else {
      shown_[key] = change.object;
    }
    Table table(3);
    if (std::exchange(titles_due_, false)) table.Add(Kind::Header(options_));
    Line row = Kind::Row(object, session_.Now(), options_);
    if (change.gone) {
      row[options_.namespaces ? 2U : 1U] = {"Deleted", Tone::kBad};
      row.back().text.clear();  // its last state is of no interest any more
    }
    table.Add(std::move(row));
    table.Fit(paper_, widths_);
    session_.OutBytes(plugin::Print(table.Lines(widths_), paper_));
  }

  // Those that were deleted between the printed table and the start of the watch, which reports no change of them.
  void PrintGone(const runtime::Informer<Object>& informer) {
    std::vector<Pointer> gone;
    for (const auto& [key, object] : shown_) {
      if (!informer.Get(key)) gone.push_back(object);
    }
    for (Pointer& object : gone) Print({std::move(object), true});
  }

 private:
  Session& session_;
  ListingOptions options_;
  Paper paper_;
  bool titles_due_;
  std::vector<size_t> widths_;
  std::vector<std::string> names_;
  std::map<api::Key, Pointer> shown_;
};

template <class Kind>
int WatchRowsOf(Session& session, const std::vector<typename Kind::Object>& printed, const ListingOptions& options) {
  using Informer = runtime::Informer<typename Kind::Object>;
  Rows<Kind> rows(session, printed, options);
  Events& events = *session.world().events;
  Changes<Kind> changes;
  FeedTrouble trouble(events);
  Informer informer(*session.server().transport, *session.world().clock,
                    {.scope = ScopeOfRows<Kind>(session, rows.names()), .indexes = {}}, Kind::From);
  const auto on_news = [&] {
    trouble.Clear();
    events.Wake();
  };
  informer.AddHandler([&](const auto& before, const auto& after) {
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
    const bool now_synced = informer.Synced();  // read before the changes: what comes later is reported as a change
    std::vector<typename Changes<Kind>::Change> news;
    {
      const std::lock_guard lock(changes.mutex);
      news.swap(changes.rows);
    }
    teller.Tell(session, trouble.Text());
    for (const auto& change : news) rows.Print(change);
    if (now_synced && !std::exchange(synced, true)) rows.PrintGone(informer);
    if (!rows.AllGone()) continue;
    const std::string plural(Kind::resource.plural);
    return session.Fail(rows.names().size() == 1 ? plural + ".muster.dev \"" + rows.names().front() + "\" was deleted"
                                                 : "all " + plural + " that were named have been deleted");
  }
  return kExitInterrupted;
}

}  // namespace

int WatchRows(Session& session, const std::vector<api::Workload>& printed, const ListingOptions& options) {
  return WatchRowsOf<OfWorkloads>(session, printed, options);
}

int WatchRows(Session& session, const std::vector<api::PodGroup>& printed, const ListingOptions& options) {
  return WatchRowsOf<OfGroups>(session, printed, options);
}

}  // namespace muster::plugin
