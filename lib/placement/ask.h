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

// A group that is admitted, with all of its members, whether or not they have a node.
struct AdmittedGroup {
  api::Key group;
  Instant since{};  // of the admission
  std::vector<MemberClass> classes;
};

// A group that wants to run.
struct Ask {
  api::Key group;
  int64_t priority = 0;
  Instant asked{};
  // It is taken in turn as if it had not asked before this time: a group of its namespace has reserved room until then
  // and has not used it. Without this, groups that never start could reserve the room in turn.
  Instant behind = {};
  // It has first been found to fit, and was held back for a guarded group of another namespace, then.
  std::optional<Instant> held_back = {};
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
  // A group that has waited for guard_after is guarded for guard_time: see guards.h.
  Duration guard_after = std::chrono::minutes(5);
  Duration guard_time = std::chrono::minutes(30);
  // So many waiting groups get the full explanation; the others the short form.
  int64_t full_explanations = 20;
  // Fewer than all only for measurements.
  Bounds bounds = Bounds::kAll;
};

}  // namespace muster::placement
