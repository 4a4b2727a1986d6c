// Who is in front of a waiting group. Layer: plugin core. Pure. The status of a group holds no position (it would
// tick), so it is computed here from the waiting groups of the cluster in the planner's order: higher priority first,
// then who asked earlier, then namespace and name.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kubectl-plugin/core/ingest.h"
#include "lib/api/pod_group.h"

namespace muster::plugin {

enum class QueueScope { kCluster, kNamespace, kUnknown };  // what we were allowed to see

struct QueuePlace {
  QueueScope scope = QueueScope::kUnknown;
  int64_t ahead = 0;
  int64_t waiting = 0;             // all that wait, itself included
  std::vector<std::string> first;  // the first few of those ahead: "ml/big-0 (priority 1000)", "ml/a-0 (asked 20m ago)"
};

int64_t PriorityOf(const api::PodGroup& group, const std::vector<Priority>& classes);
// `groups` may hold anything; only those that wait now count (not those whose next attempt is still to come).
QueuePlace PlaceOf(const api::PodGroup& group, const std::vector<api::PodGroup>& groups,
                   const std::vector<Priority>& classes, QueueScope scope, Instant now);
// "nothing", "2 groups: a, b", "40 groups: a, b, c and 37 more"
std::string PlaceText(const QueuePlace& place);

}  // namespace muster::plugin
