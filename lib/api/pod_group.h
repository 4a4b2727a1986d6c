// PodGroup, as stored. Layer: api. Made and owned by a Workload; the roles stand in the ControllerRevision it names.
// Condition Admitted is the record of the decision: True before the first child is released, False before the first
// is held again, so that whoever comes after a crash carries on in the same direction.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/api/explanation.h"
#include "lib/api/workload.h"

namespace muster::api {

namespace condition {
inline constexpr std::string_view kAdmitted = "Admitted";
inline constexpr std::string_view kScheduled = "Scheduled";
inline constexpr std::string_view kReady = "Ready";
inline constexpr std::string_view kReconciling = "Reconciling";
inline constexpr std::string_view kStalled = "Stalled";
inline constexpr std::string_view kSucceeded = "Succeeded";
inline constexpr std::string_view kComplete = "Complete";
inline constexpr std::string_view kFailed = "Failed";
}  // namespace condition

enum class Run { kRun, kHold };

struct PodGroupSpec {
  int64_t index = 0;
  std::string revision;  // name of a ControllerRevision in the same namespace
  Run run = Run::kRun;
  std::string priority_class_name;
  Gang gang;
  bool operator==(const PodGroupSpec&) const = default;
};

// One word for the table, derived from the conditions (StateOf in operator/core writes it):
//   Waiting    asks to run, not admitted            Held       told not to run (suspend)
//   Starting   admitted, not all scheduled/ready    Running    all members ready
//   Stopping   being held, members not yet gone     Succeeded, Failed   finished
//   Stalled    cannot go on without a person's help
enum class GroupState { kWaiting, kHeld, kStarting, kRunning, kStopping, kSucceeded, kFailed, kStalled };
inline constexpr GroupState kGroupStates[] = {GroupState::kWaiting, GroupState::kHeld,     GroupState::kStarting,
                                              GroupState::kRunning, GroupState::kStopping, GroupState::kSucceeded,
                                              GroupState::kFailed,  GroupState::kStalled};
std::string_view StateName(GroupState state);
std::optional<GroupState> StateOfName(std::string_view name);

// Members of one role, counted from pods (never from the child's own status).
struct RoleStatus {
  std::string name;
  std::string kind;       // "Job", "StatefulSet", ...
  int64_t desired = 0;    // members the role should have now (a Job's shrink as it completes)
  int64_t created = 0;    // pods that exist and are not finished
  int64_t scheduled = 0;  // of these, bound to a node
  int64_t ready = 0;
  int64_t succeeded = 0;  // finished members (Jobs)
  int64_t failed = 0;
  std::string result;  // "Succeeded" or "Failed" once a Job has finished: recorded before anything may delete it
  bool operator==(const RoleStatus&) const = default;
};

struct LastStop {
  std::optional<Instant> time;
  std::string reason;  // ScheduleTimeout, Suspended, SpecChanged, RoleFailed, ...
  std::string pod;
  std::string message;
  bool operator==(const LastStop&) const = default;
};

struct PodGroupStatus {
  int64_t observed_generation = 0;
  std::optional<GroupState> state;
  std::string revision;  // the revision its children were last rendered from
  int64_t members = 0;   // sum of desired
  int64_t scheduled = 0;
  int64_t ready = 0;
  std::vector<RoleStatus> roles;
  int64_t attempt = 0;                       // admissions so far
  int64_t timeouts = 0;                      // schedule timeouts in a row: the exponent of the back-off
  std::optional<Instant> asked_time;         // when it first asked to run (since created or resumed)
  std::optional<Instant> next_attempt_time;  // not admitted before
  LastStop last_stop;
  std::optional<Explanation> explanation;
  Conditions conditions;  // Admitted, Scheduled, Ready, Succeeded, Failed, Stalled (and Reconciling for kstatus)
  bool operator==(const PodGroupStatus&) const = default;
};

struct PodGroup {
  ObjectMeta meta;
  PodGroupSpec spec;
  PodGroupStatus status;
};

// It has succeeded or failed, and never runs again.
inline bool IsFinished(const PodGroup& group) {
  return IsTrue(group.status.conditions, condition::kSucceeded) || IsTrue(group.status.conditions, condition::kFailed);
}

Result<PodGroup> DecodePodGroup(const json::Value& object);
json::Value EncodePodGroupSpec(const PodGroupSpec& spec);
json::Value EncodePodGroupStatus(const PodGroupStatus& status);

}  // namespace muster::api
