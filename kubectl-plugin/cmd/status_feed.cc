#include "kubectl-plugin/cmd/status_feed.h"

#include <algorithm>
#include <utility>

#include "kubectl-plugin/cmd/selection.h"
#include "kubectl-plugin/core/ingest.h"

namespace muster::plugin {
namespace {

wire::WatchScope WorkloadScope(const Session& session, const std::vector<std::string>& names) {
  wire::WatchScope scope{.resource = api::kWorkloads, .ns = session.Namespace()};
  scope.label_selector = session.options().selector;
  if (names.size() == 1) scope.field_selector = "metadata.name=" + names.front();
  return scope;
}

wire::WatchScope GroupScope(const Session& session, const std::vector<std::string>& names) {
  wire::WatchScope scope{.resource = api::kPodGroups, .ns = session.Namespace()};
  if (names.size() == 1) scope.label_selector = GroupsOf(names.front());
  return scope;
}

std::string WorkloadOf(const api::PodGroup& group) {
  const auto found = group.meta.labels.find(std::string(api::kLabelWorkload));
  return found == group.meta.labels.end() ? "" : found->second;
}

}  // namespace

std::vector<WorkloadView> ViewsOf(const StatusReading& reading, Instant now) {
  std::map<api::Key, std::vector<api::PodGroup>> by_workload;
  for (const api::PodGroup& group : reading.groups) {
    by_workload[{group.meta.ns, WorkloadOf(group)}].push_back(group);
  }
  std::vector<WorkloadView> views;
  for (const api::Workload& workload : reading.workloads) {
    std::vector<api::PodGroup>& groups = by_workload[workload.meta.key()];
    // A label is no proof. An orphan has no owner until it is adopted.
    std::erase_if(groups, [&workload](const api::PodGroup& group) {
      return group.meta.owner && !api::IsControlledBy(group.meta, api::kWorkloads, workload.meta);
    });
    views.push_back(ViewWorkload(workload, std::move(groups), now));
  }
  return views;
}

Result<StatusReading> ReadStatus(Session& session, const std::vector<std::string>& names, std::vector<Error>& missing) {
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

StatusFeed::StatusFeed(Session& session, StatusReading first, std::vector<std::string> names)
    : events_(*session.world().events),
      first_(std::move(first)),
      names_(std::move(names)),
      trouble_(events_),
      workloads_(*session.server().transport, *session.world().clock,
                 {.scope = WorkloadScope(session, names_), .indexes = {}}, WorkloadFrom),
      groups_(*session.server().transport, *session.world().clock,
              {.scope = GroupScope(session, names_), .indexes = {}}, PodGroupFrom) {
  workloads_.AddHandler([this](const auto&, const auto&) { OnNews(); });
  groups_.AddHandler([this](const auto&, const auto&) { OnNews(); });
  workloads_.AddProgressHandler([this](const std::string&) { OnNews(); });
  groups_.AddProgressHandler([this](const std::string&) { OnNews(); });
}

StatusFeed::~StatusFeed() {
  workloads_.Stop();
  groups_.Stop();
}

void StatusFeed::Start() {
  workloads_.Start();
  groups_.Start();
}

void StatusFeed::OnNews() {
  trouble_.Clear();
  events_.Wake();
}

StatusReading StatusFeed::Reading() const {
  if (!workloads_.Synced() || !groups_.Synced()) return first_;
  StatusReading reading;
  workloads_.ForEach([&](const Workloads::Pointer& workload) {
    const bool wanted = names_.empty() || std::find(names_.begin(), names_.end(), workload->meta.name) != names_.end();
    if (wanted) reading.workloads.push_back(*workload);
  });
  groups_.ForEach([&](const Groups::Pointer& group) { reading.groups.push_back(*group); });
  return reading;
}

}  // namespace muster::plugin
