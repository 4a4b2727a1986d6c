// How many groups are in which state, what the waiting ones wait for and since when: the numbers behind
// muster_pod_groups, muster_waiting_pod_groups and muster_oldest_waiting_pod_group_timestamp_seconds. Layer:
// operator/shell; pure, a value. Counted for each scrape, so that nothing stale can stay: start from an empty census
// and Count every group of the cache.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "lib/api/pod_group.h"

namespace muster::shell {

struct GroupCensus {
  std::map<api::GroupState, int64_t> by_state;
  struct Waiting {
    int64_t groups = 0;
    Instant oldest = Instant::max();  // when the one that has waited longest began to wait
  };
  std::map<std::string, Waiting, std::less<>> waiting_by_code;  // keys are BlockerLabels

  // A group without a state yet counts as Waiting. A waiting one counts under its first blocker's label.
  void Count(const api::PodGroup& group);
};

// Since when a group that is not admitted waits. A group that has run waits since it was held, although it keeps its
// askedTime; after a schedule timeout it still waits since it asked, because it has not run in between.
Instant WaitingSince(const api::PodGroup& group);

// The blocker code as a label value: itself when it is one of api::blocker's, else "Other".
std::string_view BlockerLabel(std::string_view code);
// Every value BlockerLabel can have.
const std::vector<std::string_view>& BlockerLabels();

}  // namespace muster::shell
