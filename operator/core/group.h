// One PodGroup: from what is observed to what to do next. Layer: operator/core. Pure and total: bad input becomes a
// condition, never an error. Applying the plan and reconciling again yields an empty plan.
//
// The order within a plan is the protocol (invariants I1, I2, I5): the Admitted condition is written True before the
// first child is released and False before the first is held again, so that whoever comes after a crash carries on in
// the same direction. A group asks only when it is fully held: every child of the wanted revision, its controller
// caught up, no member left. What it asks of the planner, or holds reserved, is its Stance.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/api/pod_group.h"
#include "lib/base/error.h"
#include "lib/placement/cycle.h"
#include "operator/core/collision.h"
#include "operator/core/members.h"
#include "operator/core/plan.h"
#include "operator/core/refused_writes.h"

namespace muster::core {

// A child that the API server did not accept, remembered until the role changes or the time has come to try again.
struct Refusal {
  Code code = Code::kInvalid;
  bool foreign = false;   // somebody else's object has the name
  std::string message;    // for a person, fields first
  std::string role_hash;  // of the role that was refused
  Instant retry_at{};
};

// A child as the operator last wrote or saw it: a higher generation is somebody else's change, and so is its absence.
struct KnownChild {
  int64_t generation = 0;
  std::string name;  // "Job train-0-launcher"
  std::string role;
};

// What the planner thinks of a group that asks.
struct Verdict {
  enum class Kind { kNone, kAdmit, kWait };
  Kind kind = Kind::kNone;
  std::optional<api::Explanation> explanation;                      // for kWait
  std::optional<std::vector<placement::MemberClass>> granted = {};  // for kAdmit: what was asked for
};

// Why pods of a role cannot be created.
struct PodsRefused {
  std::string message;
  Instant last_seen{};
};

// Other groups of the namespace that start and whose pods are refused for the same reason: the same quota, or no quota.
struct Collision {
  std::string in_front;        // one that comes before this group by priority, time of asking, or name; "" for none
  bool others_behind = false;  // others start, or are being held, behind it
};

struct ObservedGroup {
  std::shared_ptr<const api::PodGroup> group;
  std::shared_ptr<const Revision> revision;  // the one spec.revision names; null: not known (yet)
  ChildList children;
  PodList pods;  // its members: pods that a child controls, and those that RecallMembers adds
  // Carry the group's label or name it as their owner, and are not its own (strangers.h).
  PodList stray_pods = {};
  ChildList stray_children = {};
  std::string strangers = {};                       // which of them to report now: "Job evil and 2 more"; "" for none
  std::optional<Instant> strangers_change_at = {};  // when time alone makes a difference to them
  Verdict verdict;
  std::map<std::string, Refusal> refusals;          // by role
  RefusedWrites refused_writes;                     // holds, releases, removals
  std::map<std::string, PodsRefused> pods_refused;  // by role, since the admission
  Collision collision;                              // when pods_refused is not empty
  std::optional<int64_t> priority;                  // nullopt: its PriorityClass does not exist
  std::optional<int64_t> preempts_below = {};       // see placement::Ask
  std::vector<std::string> not_considered = {};     // quotas and limit ranges of its namespace
  std::map<std::string, KnownChild> known;          // by uid
  std::optional<Instant> last_write;                // of its status, by us
  bool names_nodes = true;                          // whether its status may (node_names.h)
};

// What the planner should know of the group.
struct Stance {
  enum class Kind { kIdle, kAsking, kInFlight };
  Kind kind = Kind::kIdle;
  bool admitted = false;  // the record says so: a grant of this attempt has arrived
  int64_t attempt = 0;
  placement::Ask ask;                           // when asking
  std::vector<placement::MemberClass> unbound;  // when in flight: members for which room is reserved
  Instant since{};                              // when in flight: of the admission, or of the stop. Not compared
  std::vector<placement::MemberClass> members;  // when in flight and not stopping: all of them. Not compared
  bool starting = false;                        // admitted with a reservation, and not all members were scheduled yet
  bool started = false;  // all members were scheduled in this attempt, or some have done their work
  // Its last attempt has failed: it waits for the next one, asks, is on its way and has not started yet, or is being
  // held.
  std::optional<Collided> collided;
  bool operator==(const Stance& other) const;
};

// Whether a verdict given to `before` holds for `after`. A verdict answers one question, but a grant that is being
// recorded stands until the record is seen: the write may have arrived though its answer was lost, and whoever else was
// given the room meanwhile would share it.
bool Holds(const Verdict& verdict, const Stance& before, const Stance& after);

struct GroupStep {
  Plan plan;
  Stance stance;
};

// The PriorityClass that orders the group's admission: the Workload's, else that of the first role whose template names
// one; "" for the global default.
std::string PriorityClassOf(const api::PodGroup& group, const Revision& revision);

GroupStep ReconcileGroup(const ObservedGroup& observed, Instant now, const Policy& policy);

}  // namespace muster::core
