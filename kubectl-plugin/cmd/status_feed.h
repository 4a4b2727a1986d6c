// The workloads and groups that `status` shows, read once or followed as they change. Layer: plugin cmd. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kubectl-plugin/cmd/feed_trouble.h"
#include "kubectl-plugin/cmd/session.h"
#include "kubectl-plugin/core/status_view.h"
#include "lib/runtime/informer.h"

namespace muster::plugin {

// One consistent reading.
struct StatusReading {
  std::vector<api::Workload> workloads;  // by namespace and name
  std::vector<api::PodGroup> groups;     // of all of them
};

// Workloads and their groups, asked for at the same time. Names that are not there are told in `missing`.
Result<StatusReading> ReadStatus(Session& session, const std::vector<std::string>& names, std::vector<Error>& missing);

std::vector<WorkloadView> ViewsOf(const StatusReading& reading, Instant now);

class StatusFeed {
 public:
  // What `first` shows is followed: one workload (by name) or all that the session selects.
  StatusFeed(Session& session, StatusReading first, std::vector<std::string> names);
  ~StatusFeed();

  void Start();
  StatusReading Reading() const;
  // What went wrong with the connection since the last news, in one line; empty when all is well.
  std::string Trouble() const { return trouble_.Text(); }

 private:
  using Workloads = runtime::Informer<api::Workload>;
  using Groups = runtime::Informer<api::PodGroup>;

  void OnNews();

  Events& events_;
  StatusReading first_;
  std::vector<std::string> names_;
  FeedTrouble trouble_;
  Workloads workloads_;
  Groups groups_;
};

}  // namespace muster::plugin
