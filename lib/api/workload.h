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

struct Role {
  std::string name;
  std::optional<int64_t> min_available;  // default: all members
  RoleKind kind = RoleKind::kJob;
  json::Value body;  // {metadata: {labels, annotations}, spec}: the pasted built-in, as it was given
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

struct WorkloadStatus {
  int64_t observed_generation = 0;
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

struct Workload {
  ObjectMeta meta;
  WorkloadSpec spec;
  WorkloadStatus status;
  std::string unreadable;  // why nothing can be made of its roles, which are left out then; empty: all of it was read
};

Result<Workload> DecodeWorkload(const json::Value& object);
json::Value EncodeWorkloadStatus(const WorkloadStatus& status);
json::Value EncodeGang(const Gang& gang);
Gang DecodeGang(const json::Value& value);
// Roles as they stand in spec.roles and in a revision's data. A role with no or two kinds is kInvalid, naming it.
Result<std::vector<Role>> DecodeRoles(const json::Value& array);
json::Value EncodeRoles(const std::vector<Role>& roles);

}  // namespace muster::api
