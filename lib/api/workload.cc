#include "lib/api/workload.h"

#include <algorithm>

#include "lib/api/roles_size.h"
#include "lib/json/text.h"

namespace muster::api {

const Resource& ResourceOf(RoleKind kind) {
  switch (kind) {
    case RoleKind::kDeployment:
      return kDeployments;
    case RoleKind::kReplicaSet:
      return kReplicaSets;
    case RoleKind::kStatefulSet:
      return kStatefulSets;
    case RoleKind::kJob:
      return kJobs;
  }
  return kJobs;
}

std::string_view FieldOf(RoleKind kind) {
  switch (kind) {
    case RoleKind::kDeployment:
      return "deployment";
    case RoleKind::kReplicaSet:
      return "replicaSet";
    case RoleKind::kStatefulSet:
      return "statefulSet";
    case RoleKind::kJob:
      return "job";
  }
  return "job";
}

std::string_view KindName(RoleKind kind) { return ResourceOf(kind).kind; }

std::optional<RoleKind> RoleKindOf(std::string_view kind_name) {
  for (const RoleKind kind : kRoleKinds) {
    if (KindName(kind) == kind_name) return kind;
  }
  return std::nullopt;
}

Gang DecodeGang(const json::Value& value) {
  Gang gang;
  gang.policy = value["policy"].Text() == "None" ? GangPolicy::kNone : GangPolicy::kAllOrNothing;
  gang.admission = value["admission"].Text() == "Always" ? GangAdmission::kAlways : GangAdmission::kWhenItFits;
  gang.backend = value["backend"].Text() == "Hold" ? GangBackend::kHold : GangBackend::kAuto;
  gang.schedule_timeout_seconds = std::max<int64_t>(1, value["scheduleTimeoutSeconds"].Integer(300));
  return gang;
}

json::Value EncodeGang(const Gang& gang) {
  return json::Object{{"policy", gang.policy == GangPolicy::kNone ? "None" : "AllOrNothing"},
                      {"admission", gang.admission == GangAdmission::kAlways ? "Always" : "WhenItFits"},
                      {"backend", gang.backend == GangBackend::kHold ? "Hold" : "Auto"},
                      {"scheduleTimeoutSeconds", gang.schedule_timeout_seconds}};
}

Result<std::vector<Role>> DecodeRoles(const json::Value& array) {
  std::vector<Role> roles;
  for (const json::Value& item : array.Items()) {
    Role role;
    role.name = item["name"].Text();
    if (item.Has("minAvailable")) role.min_available = item["minAvailable"].Integer();
    int kinds = 0;
    for (const RoleKind kind : kRoleKinds) {
      if (!item.Has(FieldOf(kind))) continue;
      ++kinds;
      role.kind = kind;
      role.body = item[FieldOf(kind)];
    }
    if (kinds != 1) {
      return MakeError(Code::kInvalid, "role " + role.name + " has " + std::to_string(kinds) +
                                           " kinds: set exactly one of deployment, replicaSet, statefulSet, job");
    }
    roles.push_back(std::move(role));
  }
  if (roles.empty()) return MakeError(Code::kInvalid, "no roles: give at least one");
  return roles;
}

json::Value EncodeRoles(const std::vector<Role>& roles) {
  json::Array array;
  for (const Role& role : roles) {
    json::Object object{{"name", role.name}};
    if (role.min_available) object.Append("minAvailable", *role.min_available);
    object.Append(std::string(FieldOf(role.kind)), role.body);
    array.emplace_back(std::move(object));
  }
  return array;
}

std::string_view StateName(WorkloadState state) {
  switch (state) {
    case WorkloadState::kPending:
      return "Pending";
    case WorkloadState::kStalled:
      return "Stalled";
    case WorkloadState::kFailed:
      return "Failed";
    case WorkloadState::kStopping:
      return "Stopping";
    case WorkloadState::kHeld:
      return "Held";
    case WorkloadState::kWaiting:
      return "Waiting";
    case WorkloadState::kStarting:
      return "Starting";
    case WorkloadState::kUpdating:
      return "Updating";
    case WorkloadState::kRunning:
      return "Running";
    case WorkloadState::kSucceeded:
      return "Succeeded";
  }
  return "";
}

std::optional<WorkloadState> WorkloadStateOfName(std::string_view name) {
  for (const WorkloadState state : kWorkloadStates) {
    if (StateName(state) == name) return state;
  }
  return std::nullopt;
}

namespace {

WorkloadStatus DecodeStatus(const json::Value& value) {
  return {.observed_generation = value["observedGeneration"].Integer(),
          .state = WorkloadStateOfName(value["state"].Text()),
          .replicas = value["replicas"].Integer(),
          .admitted = value["admitted"].Integer(),
          .ready = value["ready"].Integer(),
          .updated = value["updated"].Integer(),
          .succeeded = value["succeeded"].Integer(),
          .failed = value["failed"].Integer(),
          .selector = value["selector"].Text(),
          .current_revision = value["currentRevision"].Text(),
          .update_revision = value["updateRevision"].Text(),
          .conditions = DecodeConditions(value["conditions"])};
}

}  // namespace

json::Value EncodeWorkloadStatus(const WorkloadStatus& status) {
  json::Object object{{"observedGeneration", status.observed_generation},
                      {"replicas", status.replicas},
                      {"admitted", status.admitted},
                      {"ready", status.ready},
                      {"updated", status.updated},
                      {"succeeded", status.succeeded},
                      {"failed", status.failed},
                      {"selector", status.selector},
                      {"currentRevision", status.current_revision},
                      {"updateRevision", status.update_revision},
                      {"conditions", EncodeConditions(status.conditions)}};
  if (status.state) object.Append("state", StateName(*status.state));
  return object;
}

Result<Workload> DecodeWorkloadWithoutRoles(const json::Value& object) {
  Workload workload;
  TRY(workload.meta, DecodeMeta(object, KeepLabels::kNone));
  const json::Value& spec = object["spec"];
  workload.spec.replicas = std::max<int64_t>(0, spec["replicas"].Integer(1));
  workload.spec.suspend = spec["suspend"].Bool();
  workload.spec.priority_class_name = spec["priorityClassName"].Text();
  workload.spec.gang = DecodeGang(spec["gang"]);
  workload.status = DecodeStatus(object["status"]);
  if (object.Has(json::kTooDeep)) {
    workload.unreadable = "spec.roles: its objects and lists are nested deeper than " + std::to_string(json::kDeepest) +
                          " levels, which is not read: give a flatter spec";
  } else if (object.Has(json::kTooLarge)) {
    workload.unreadable = "the object " + TooLargeText(static_cast<size_t>(object[json::kTooLarge].Integer()));
  } else if (const std::string why = WhyTooLarge(spec["roles"]); !why.empty()) {
    workload.unreadable = "spec.roles " + why;
  }
  return workload;
}

Result<Workload> DecodeWorkload(const json::Value& object) {
  TRY(Workload workload, DecodeWorkloadWithoutRoles(object));
  if (!workload.unreadable.empty()) return workload;
  TRY(workload.spec.roles, DecodeRoles(object["spec"]["roles"]));
  return workload;
}

}  // namespace muster::api
