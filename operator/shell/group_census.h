// How many groups are in which state, and what the waiting ones wait for: the numbers behind muster_pod_groups and
// muster_waiting_pod_groups. Layer: operator/shell; pure, a value. Counted anew for each scrape, so that nothing stale
// can stay: start from an empty census and Count every group of the cache.
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
  std::map<std::string, int64_t, std::less<>> waiting_by_code;  // keys are BlockerLabels

  // A group without a state yet counts as Waiting. A waiting one counts under its first blocker's label.
  void Count(const api::PodGroupStatus& status);
};

// The blocker code as a label value: itself when it is one of api::blocker's, else "Other".
std::string_view BlockerLabel(std::string_view code);
// Every value BlockerLabel can have.
const std::vector<std::string_view>& BlockerLabels();

}  // namespace muster::shell
