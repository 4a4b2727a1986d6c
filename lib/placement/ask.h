// What the planner is asked: members, groups that want to run, groups on their way, and the rules. Layer: placement.
// Plain values; PlanCycle in cycle.h takes them.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/api/meta.h"
#include "lib/api/pod_spec.h"
#include "lib/base/time.h"
#include "lib/placement/work.h"

namespace muster::placement {

// The members of one role that have no node yet; they are all alike.
struct MemberClass {
  std::string role;
  int64_t members = 0;  // pods that will ask kube-scheduler for a place
  int64_t needed = 0;   // of these, without which the group cannot run (gang size less what is bound)
  api::PodShapePtr shape;
  std::string_view size_field = "replicas";  // what a user lowers to have fewer of them; see api::SizeFieldOf
};

// A group that was admitted and is not all bound.
struct InFlight {
  api::Key group;
  std::vector<MemberClass> unbound;
  Instant since = {};  // its room has been reserved since then
};

enum class Admission { kWhenItFits, kAlways };

// A group that wants to run.
struct Ask {
  api::Key group;
  int64_t priority = 0;
  Instant asked{};
  // It is taken in turn as if it had not asked before this time: a group of its namespace has reserved room until then
  // and has not used it. Without this, groups that never start could reserve the room in turn.
  Instant behind = {};
  // kube-scheduler would preempt pods of lower priority than this for every member; nullopt: for some it would not.
  std::optional<int64_t> preempts_below = {};
  Admission admission = Admission::kWhenItFits;
  std::vector<MemberClass> classes;
};

// The priority below which pods of every role preempt; of each role the priority of its pods, nullopt when they do not
// preempt (preemptionPolicy Never).
inline std::optional<int64_t> PreemptsBelow(const std::vector<std::optional<int64_t>>& roles) {
  std::optional<int64_t> below;
  for (const std::optional<int64_t>& role : roles) {
    if (!role) return std::nullopt;
    below = std::min(below.value_or(*role), *role);
  }
  return below;
}

struct PlanPolicy {
  // A group that has waited this long, and would fit an empty cluster, is not passed by groups that use its room.
  Duration starvation_after = std::chrono::minutes(5);
  // So many waiting groups get the full explanation; the others the short form.
  int64_t full_explanations = 20;
  // Fewer than all only for measurements.
  Bounds bounds = Bounds::kAll;
};

}  // namespace muster::placement
