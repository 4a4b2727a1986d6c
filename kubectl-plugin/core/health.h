// How a workload or group is, in one word, one line and one of three grades. Layer: plugin core. Pure.
// Every screen and every exit code is made from this, so that they cannot disagree.
//
// A group's word is its printed state (api::GroupState), which the operator derives from the conditions; a workload's
// is the gravest thing that is true of its groups: Stalled, Failed, Stopping, Waiting, Starting, Updating, Running.
// Nothing is believed of a status that was written for an older spec (observedGeneration behind generation).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kubectl-plugin/core/page.h"
#include "lib/api/pod_group.h"
#include "lib/api/workload.h"

namespace muster::plugin {

enum class Health {
  kHealthy,  // as it should be, or finished well
  kBusy,     // not yet, or held on purpose
  kBroken,   // a person has to do something
};
std::string_view HealthName(Health health);  // "Healthy", "Progressing", "Degraded"
Tone ToneOf(Health health);

struct Verdict {
  std::string word;    // "Waiting"
  std::string detail;  // "1 of 2 groups waiting"; may be empty
  Health health = Health::kBusy;
  std::optional<Instant> since = std::nullopt;
  // "Waiting: 1 of 2 groups waiting"
  std::string Text() const { return detail.empty() ? word : word + ": " + detail; }
};

// What is in the way of a group that does not run, in one line; empty for one that runs. `now` is for "next attempt
// in".
Verdict JudgeGroup(const api::PodGroup& group, Instant now);

// How many groups are in each state; from the groups themselves, or as well as the workload's own counts can say.
struct GroupCounts {
  int64_t wanted = 0;  // spec.replicas
  int64_t present = 0;
  int64_t waiting = 0, held = 0, starting = 0, running = 0, stopping = 0, succeeded = 0, failed = 0, stalled = 0;
  int64_t unseen = 0;           // created, no state yet
  int64_t finished_before = 0;  // ended with an earlier revision than the wanted one, and will not change
  int64_t ready() const { return running + succeeded; }
};
GroupCounts CountGroups(const api::Workload& workload, const std::vector<api::PodGroup>& groups);
GroupCounts CountsInStatus(const api::Workload& workload);

Verdict JudgeWorkload(const api::Workload& workload, const GroupCounts& counts);

}  // namespace muster::plugin
