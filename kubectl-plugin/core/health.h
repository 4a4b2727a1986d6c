// How a workload or group is, in one word, one line and one of three grades. Layer: plugin core. Pure.
// Every screen and every exit code is made from this, so that they cannot disagree.
//
// The words are api::GroupState and api::WorkloadState, which the operator stores too, so that kubectl's tables show
// the same. A status that was written for an older spec (observedGeneration behind generation) is not trusted.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kubectl-plugin/core/page.h"
#include "lib/api/pod_group.h"
#include "lib/api/workload.h"
#include "lib/api/workload_state.h"

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

// From the groups themselves, or as well as the workload's own counts allow.
using api::GroupCounts;
GroupCounts CountGroups(const api::Workload& workload, const std::vector<api::PodGroup>& groups);
GroupCounts CountsInStatus(const api::Workload& workload);

Verdict JudgeWorkload(const api::Workload& workload, const GroupCounts& counts);
// For tables that read no groups: the state and the message that the operator stored, where they are current.
Verdict JudgeByStatus(const api::Workload& workload);

}  // namespace muster::plugin
