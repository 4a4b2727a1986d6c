// The state of a Workload in one word, from its groups. Layer: api. Pure. The operator stores it in status.state and
// the plugin computes it from the groups that it reads, with the same rules, so that every table shows the same word.
#pragma once

#include <cstdint>

#include "lib/api/pod_group.h"
#include "lib/api/workload.h"

namespace muster::api {

// How many groups are in each state.
struct GroupCounts {
  int64_t wanted = 0;  // spec.replicas
  int64_t present = 0;
  int64_t waiting = 0, held = 0, starting = 0, running = 0, stopping = 0, succeeded = 0, failed = 0, stalled = 0;
  int64_t unseen = 0;           // no state yet, or Stalled under a spec that has been replaced
  int64_t finished_before = 0;  // finished with an earlier revision than the wanted one, and will not change
  int64_t ready() const { return running + succeeded; }
  bool operator==(const GroupCounts&) const = default;
};

// The operator has not yet given this group the workload's `revision`, or has not yet acted on the group's newest spec.
// What its status says, Stalled for example, is about the old one. Finished groups keep their revision.
bool IsBeingChanged(const PodGroup& group, std::string_view revision);

// Adds one group of a workload whose groups should have `revision`; a deleted one counts as stopping,
// a stalled one that is being changed as unseen.
void CountGroup(const PodGroup& group, std::string_view revision, GroupCounts& counts);

// `status` is the workload's own, or the one that is about to replace it. A status that was written for an older spec
// (observedGeneration behind generation) is not trusted.
WorkloadState StateOf(const Workload& workload, const WorkloadStatus& status, const GroupCounts& counts);

}  // namespace muster::api
