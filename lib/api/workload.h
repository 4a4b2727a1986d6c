// Workload, as stored: spec, status, and its text form. Layer: api. The schema in crds/ bounds every field; decoding
// is still total, because a schema can be edited: what is out of range is clamped or reported, never trusted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/api/condition.h"
#include "lib/api/meta.h"

namespace muster::api {

enum class RoleKind { kDeployment, kReplicaSet, kStatefulSet, kJob };
inline constexpr RoleKind kRoleKinds[] = {RoleKind::kDeployment, RoleKind::kReplicaSet, RoleKind::kStatefulSet,
                                          RoleKind::kJob};

const Resource& ResourceOf(RoleKind kind);
std::string_view FieldOf(RoleKind kind);   // "deployment", "replicaSet", ...: the field of spec.roles[]
std::string_view KindName(RoleKind kind);  // "Deployment", ...
std::optional<RoleKind> RoleKindOf(std::string_view kind_name);

// The most bytes that spec.roles may have as compact JSON. A Workload above it is Stalled and its roles are not kept.
// `kubectl apply` refuses objects of this size as well: it stores a copy in an annotation, which has the same limit.
inline constexpr size_t kRolesBytesMax = 256UL << 10U;

struct Role {
  std::string name;
  std::optional<int64_t> min_available;  // default: all members
  RoleKind kind = RoleKind::kJob;
  json::Value body;   // {metadata: {labels, annotations}, spec}: the pasted built-in, as it was given
  bool whole = true;  // false: the body is an outline (OutlineOf in role_shape.h), from which no child may be made
  bool operator==(const Role&) const = default;
};

enum class GangPolicy { kAllOrNothing, kNone };
enum class GangAdmission { kWhenItFits, kAlways };
enum class GangBackend { kAuto, kHold };

struct Gang {
  GangPolicy policy = GangPolicy::kAllOrNothing;
  GangAdmission admission = GangAdmission::kWhenItFits;
  GangBackend backend = GangBackend::kAuto;
  int64_t schedule_timeout_seconds = 300;
  bool operator==(const Gang&) const = default;
};

struct WorkloadSpec {
  int64_t replicas = 1;
  bool suspend = false;
  std::string priority_class_name;
  Gang gang;
  std::vector<Role> roles;
  bool operator==(const WorkloadSpec&) const = default;
};

// One word for the table: the gravest thing that is true of the groups (StateOf in workload_state.h).
//   Pending    the operator has not read it yet     Stalled    cannot go on without a person's help
//   Failed     a group has failed                   Stopping   groups are being stopped
//   Held       suspended                            Waiting    a group waits for room
//   Starting   groups are being created or started  Updating   groups run an earlier revision
//   Running    all groups are ready                 Succeeded  all groups have finished successfully
enum class WorkloadState {
  kPending,
  kStalled,
  kFailed,
  kStopping,
  kHeld,
  kWaiting,
  kStarting,
  kUpdating,
  kRunning,
  kSucceeded
};
inline constexpr WorkloadState kWorkloadStates[] = {
    WorkloadState::kPending, WorkloadState::kStalled,  WorkloadState::kFailed,   WorkloadState::kStopping,
    WorkloadState::kHeld,    WorkloadState::kWaiting,  WorkloadState::kStarting, WorkloadState::kUpdating,
    WorkloadState::kRunning, WorkloadState::kSucceeded};
std::string_view StateName(WorkloadState state);
std::optional<WorkloadState> WorkloadStateOfName(std::string_view name);

struct WorkloadStatus {
  int64_t observed_generation = 0;
  std::optional<WorkloadState> state;
  int64_t replicas = 0;   // groups that exist
  int64_t admitted = 0;   // groups admitted now
  int64_t ready = 0;      // groups whose members are all ready
  int64_t updated = 0;    // groups of updateRevision
  int64_t succeeded = 0;  // groups that have finished well
  int64_t failed = 0;
  std::string selector;  // for the scale subresource
  std::string current_revision;
  std::string update_revision;
  Conditions conditions;  // Ready, Reconciling, Stalled, Complete, Failed
  bool operator==(const WorkloadStatus&) const = default;
};

// What is kept of spec.roles where the roles themselves are not.
struct RolesDigest {
  std::string revision;  // the name of the ControllerRevision that the spec asks for
  std::string content;   // SHA-256 of its data
  bool operator==(const RolesDigest&) const = default;
};

struct Workload {
  ObjectMeta meta;
  WorkloadSpec spec;
  WorkloadStatus status;
  std::optional<RolesDigest> digest;  // set: spec.roles is left out (DecodeWorkloadDigest in operator/core/revision.h)
  std::string unreadable;  // why nothing can be made of its roles, which are left out then; empty: all of it was read
};

Result<Workload> DecodeWorkload(const json::Value& object);
// The same without spec.roles: `unreadable` says why when they cannot be read or are too large.
Result<Workload> DecodeWorkloadWithoutRoles(const json::Value& object);
json::Value EncodeWorkloadStatus(const WorkloadStatus& status);
json::Value EncodeGang(const Gang& gang);
Gang DecodeGang(const json::Value& value);
// Roles as they stand in spec.roles and in a revision's data. A role with no or two kinds is kInvalid, naming it.
Result<std::vector<Role>> DecodeRoles(const json::Value& array);
json::Value EncodeRoles(const std::vector<Role>& roles);

}  // namespace muster::api
