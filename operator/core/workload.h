// One Workload: its revision, its groups, its status. Layer: operator/core. Pure and total.
//
// A new revision goes at once to groups that are not up; to the others one after another, each only when all the rest
// are up. Before an admitted group is changed, what would be done to its children is tried dry: a spec that the API
// server refuses leaves what runs alone and is reported (I7). Finished groups are never touched.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/api/pod_group.h"
#include "lib/base/error.h"
#include "operator/core/members.h"
#include "operator/core/plan.h"
#include "operator/core/refused_writes.h"

namespace muster::core {

struct ObservedWorkload {
  std::shared_ptr<const api::Workload> workload;
  std::vector<std::shared_ptr<const api::PodGroup>> groups;  // owned by it
  std::vector<std::shared_ptr<const Revision>> revisions;    // owned by it
  // Children of the groups that are admitted and not of the wanted revision, by group name.
  std::map<std::string, ChildList> children;
  // What the API server said to the wanted revision when it was tried dry, by revision name.
  std::map<std::string, std::string> refused_revisions;
  std::map<int64_t, std::string> foreign_groups;  // by index: somebody else's PodGroup has the name
  RefusedWrites refused_writes;
  std::optional<Instant> last_write;  // of its status, by us
};

Plan ReconcileWorkload(const ObservedWorkload& observed, Instant now, const Policy& policy);

}  // namespace muster::core
