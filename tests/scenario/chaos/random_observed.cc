#include "tests/scenario/chaos/random_observed.h"

#include <string>
#include <utility>
#include <vector>

#include "lib/api/names.h"
#include "lib/base/check.h"
#include "tests/support/sim/builders.h"

namespace muster::sim {

// Also such as no schema would let through.
json::Value RandomObserved::Number() {
  if (OneIn(12)) return OneOf<json::Value>({-7, "many", int64_t{1} << 60U, nullptr, 2.5, json::Array{}});
  return Pick(0, 4);
}

json::Value RandomObserved::Role(int64_t index) {
  const auto kind =
      OneOf({api::RoleKind::kJob, api::RoleKind::kDeployment, api::RoleKind::kReplicaSet, api::RoleKind::kStatefulSet});
  json::Value spec = kind == api::RoleKind::kJob ? JobSpec(1) : ReplicatedSpec(1);
  if (kind == api::RoleKind::kJob) {
    if (!OneIn(3)) spec.Set("parallelism", Number());
    if (!OneIn(3)) spec.Set("completions", Number());
    if (OneIn(8)) spec.Set("managedBy", "somebody/else");
  } else if (!OneIn(4)) {
    spec.Set("replicas", Number());
  }
  if (OneIn(8)) spec.Set("paused", true);
  if (OneIn(8)) spec.Set("podManagementPolicy", "OrderedReady");
  if (OneIn(8)) spec.Set("persistentVolumeClaimRetentionPolicy", json::Object{{"whenScaled", "Delete"}});
  if (OneIn(12)) spec.Set("template", OneOf<json::Value>({nullptr, "text", json::Object{}, json::Array{}}));
  if (OneIn(12)) spec = json::Object{};
  json::Value role = RoleOf("r" + std::to_string(index), kind, std::move(spec));
  if (OneIn(4)) role.Set("minAvailable", Number());
  return role;
}

api::Workload RandomObserved::RandomWorkload() {
  json::Value object = MakeWorkload("w").Build();
  json::Value& meta = object.Mutable("metadata");
  meta.Set("uid", "uid-w");
  meta.Set("resourceVersion", "7");
  meta.Set("generation", Pick(1, 9));
  json::Value& spec = object.Mutable("spec");
  spec.Set("replicas", Pick(0, 4));
  spec.Set("suspend", OneIn(4));
  if (OneIn(5)) spec.Set("priorityClassName", "high");
  if (OneIn(2)) {
    spec.Set("gang", json::Object{{"policy", OneOf({"AllOrNothing", "None"})},
                                  {"admission", OneOf({"WhenItFits", "Always"})},
                                  {"scheduleTimeoutSeconds", Pick(1, 400)}});
  }
  const int64_t roles = Pick(1, 3);
  for (int64_t i = 0; i < roles; ++i) spec.Mutable("roles").Append(Role(i));
  auto workload = api::DecodeWorkload(object);
  CHECK(workload.has_value());
  workload->status.observed_generation = Pick(0, 9);
  workload->status.replicas = Pick(0, 4);
  workload->status.conditions = Conditions({"Ready", "Reconciling", "Stalled", "Complete", "Failed"});
  if (OneIn(20)) workload->meta.deleted = Time();
  return std::move(*workload);
}

std::shared_ptr<const core::Revision> RandomObserved::RevisionOf(const api::Workload& workload, int64_t number) {
  json::Value object = core::EncodeRevision(workload, core::WantRevision(workload), number);
  object.Mutable("metadata").Set("uid", "uid-revision-" + std::to_string(number));
  auto revision = core::DecodeRevision(object);
  CHECK(revision.has_value());
  return std::make_shared<core::Revision>(std::move(*revision));
}

api::Conditions RandomObserved::Conditions(std::initializer_list<std::string_view> types) {
  api::Conditions conditions;
  for (const std::string_view type : types) {
    if (OneIn(3)) continue;
    conditions.push_back({.type = std::string(type),
                          .status = OneIn(2) ? api::Truth::kTrue : api::Truth::kFalse,
                          .reason = OneOf<std::string>({"Starting", "ScheduleTimeout", "Suspended", "MembersNotReady"}),
                          .message = "message",
                          .last_transition = Time()});
  }
  return conditions;
}

api::PodGroupStatus RandomObserved::GroupStatus(const std::vector<std::string>& revisions) {
  api::PodGroupStatus status;
  if (OneIn(6)) return status;
  status.observed_generation = Pick(0, 9);
  if (!OneIn(4)) status.state = api::kGroupStates[Pick(0, std::ssize(api::kGroupStates) - 1)];
  if (!OneIn(5)) status.revision = revisions[static_cast<size_t>(Pick(0, std::ssize(revisions) - 1))];
  for (int64_t i = 0; i < Pick(0, 3); ++i) {
    status.roles.push_back({.name = RoleName(),
                            .kind = "Job",
                            .desired = Pick(0, 5),
                            .result = OneOf<std::string>({"", "", "", "Succeeded", "Failed"})});
  }
  status.attempt = Pick(0, 3);
  status.timeouts = OneIn(3) ? Pick(0, 70) : 0;
  status.asked_time = MaybeTime(2);
  status.next_attempt_time = MaybeTime(3);
  if (OneIn(2)) status.last_stop = {Time(), "ScheduleTimeout", "p0", "message"};
  if (OneIn(3)) status.explanation = api::PriorityClassMissing("high");
  status.conditions = Conditions({"Admitted", "Scheduled", "Ready", "Reconciling"});
  if (OneIn(6)) {
    for (api::Condition& more : Conditions({"Stalled", "Succeeded", "Failed"})) status.conditions.push_back(more);
  }
  return status;
}

std::shared_ptr<const api::PodGroup> RandomObserved::RandomGroup(const api::Workload& owner, int64_t index,
                                                                 const std::vector<std::string>& revisions) {
  auto group = std::make_shared<api::PodGroup>();
  group->meta = {.ns = "ml",
                 .name = api::GroupName("w", index),
                 .uid = "uid-group-" + std::to_string(index),
                 .resource_version = std::to_string(Pick(10, 99)),
                 .generation = Pick(1, 9),
                 .created = Time()};
  group->meta.owner = api::OwnerRef{"Workload", "w", owner.meta.uid, "muster.dev"};
  if (!OneIn(10)) group->meta.labels[std::string(api::kLabelWorkload)] = "w";
  if (OneIn(20)) group->meta.deleted = Time();
  group->spec = {.index = index,
                 .revision = revisions[static_cast<size_t>(Pick(0, std::ssize(revisions) - 1))],
                 .run = OneIn(4) ? api::Run::kHold : api::Run::kRun,
                 .priority_class_name = OneIn(5) ? "high" : "",
                 .gang = owner.spec.gang};
  group->status = GroupStatus(revisions);
  return group;
}

std::shared_ptr<const api::Child> RandomObserved::RandomChild(const api::PodGroup& group,
                                                              const core::Revision& revision, int64_t n) {
  auto child = std::make_shared<api::Child>();
  const core::RevisionRole& role = revision.roles[static_cast<size_t>(Pick(0, std::ssize(revision.roles) - 1))];
  child->role = OneIn(6) ? RoleName() : role.role.name;
  child->meta = {.ns = "ml",
                 .name = api::ChildName(group.meta.name, child->role),
                 .uid = "uid-child-" + std::to_string(n),
                 .resource_version = std::to_string(Pick(10, 99)),
                 .generation = Pick(1, 9),
                 .created = Time(),
                 .deleted = MaybeTime(10)};
  child->meta.owner = api::OwnerRef{"PodGroup", group.meta.name, group.meta.uid, "muster.dev"};
  child->kind = OneIn(6) ? OneOf({api::RoleKind::kJob, api::RoleKind::kDeployment}) : role.role.kind;
  child->role_hash = OneIn(4) ? "other" : role.hash;
  child->revision = OneIn(4) ? "w-other" : revision.meta.name;
  child->replicas = Pick(0, 3);
  child->suspended = OneIn(2);
  child->suspension_seen = OneIn(2);
  child->observed_generation = OneIn(3) ? 0 : child->meta.generation;
  child->volumes_kept_on_scale = !OneIn(4);
  if (child->kind == api::RoleKind::kJob) {
    child->result =
        OneOf({api::JobResult::kNone, api::JobResult::kNone, api::JobResult::kSucceeded, api::JobResult::kFailed});
    child->succeeded = Pick(0, 6);
    child->failed = Pick(0, 2);
  }
  return child;
}

core::ChildList RandomObserved::Children(const api::PodGroup& group, const core::Revision& revision) {
  core::ChildList children;
  const int64_t count = Pick(0, 4);
  for (int64_t n = 0; n < count; ++n) children.push_back(RandomChild(group, revision, n));
  return children;
}

std::shared_ptr<const api::Pod> RandomObserved::RandomPod(const api::PodGroup& group, int64_t n) {
  auto pod = std::make_shared<api::Pod>();
  pod->meta = {.ns = "ml",
               .name = "p" + std::to_string(n),
               .uid = "uid-pod-" + std::to_string(n),
               .created = Time(),
               .deleted = MaybeTime(6)};
  if (!OneIn(5)) pod->meta.owner = api::OwnerRef{"Job", "w-0-r0", "uid-child-0", "batch"};
  pod->group = group.meta.name;
  pod->role = RoleName();
  if (!OneIn(3)) pod->node_name = "n1";
  pod->phase = static_cast<api::PodPhase>(Pick(0, 4));
  pod->ready = OneIn(2);
  pod->unschedulable = OneIn(4);
  if (OneIn(3)) pod->problem = "no node has room";
  return pod;
}

core::ObservedGroup RandomObserved::Group() {
  const api::Workload workload = RandomWorkload();
  const auto revision = RevisionOf(workload, 1);
  core::ObservedGroup observed;
  observed.group = RandomGroup(workload, 0, {revision->meta.name, revision->meta.name, "w-other"});
  if (!OneIn(12)) observed.revision = revision;
  observed.children = Children(*observed.group, *revision);
  const int64_t pods = OneIn(3) ? 0 : Pick(0, 8);
  for (int64_t n = 0; n < pods; ++n) observed.pods.push_back(RandomPod(*observed.group, n));
  observed.verdict.kind = OneOf({core::Verdict::Kind::kNone, core::Verdict::Kind::kAdmit, core::Verdict::Kind::kWait});
  if (observed.verdict.kind == core::Verdict::Kind::kWait && !OneIn(6)) {
    observed.verdict.explanation = api::PriorityClassMissing(std::string(static_cast<size_t>(Pick(1, 3000)), 'x'));
  }
  if (OneIn(5)) {
    observed.refusals[RoleName()] = {.code = OneOf({Code::kInvalid, Code::kForbidden, Code::kAlreadyExists}),
                                     .foreign = OneIn(3),
                                     .message = "refused",
                                     .role_hash = OneIn(2) ? "other" : revision->roles.front().hash,
                                     .retry_at = Time()};
  }
  if (OneIn(5)) {
    observed.pods_refused[RoleName()] = {std::string(static_cast<size_t>(Pick(1, 3000)), 'y'), Time()};
    observed.collision = {.in_front = OneIn(2) ? "other-0" : "", .others_behind = OneIn(2)};
  }
  if (!OneIn(8)) observed.priority = Pick(-5, 5);
  if (OneIn(3)) observed.known["uid-child-0"] = {.generation = Pick(0, 9), .name = "Job w-0-r0", .role = RoleName()};
  observed.last_write = MaybeTime(2);
  return observed;
}

core::ObservedWorkload RandomObserved::Workload() {
  core::ObservedWorkload observed;
  observed.workload = std::make_shared<api::Workload>(RandomWorkload());
  const std::string wanted = core::WantRevision(*observed.workload).name;
  api::Workload other = *observed.workload;
  for (int64_t number = 1; number <= Pick(1, 14); ++number) {
    other.spec.priority_class_name = "class-" + std::to_string(number);
    observed.revisions.push_back(RevisionOf(other, number));
  }
  std::vector<std::string> revisions = {wanted, wanted, observed.revisions.front()->meta.name, "w-lost"};
  if (!OneIn(4)) observed.revisions.push_back(RevisionOf(*observed.workload, 20));
  for (int64_t index = 0; index < 5; ++index) {
    if (OneIn(4)) continue;
    observed.groups.push_back(RandomGroup(*observed.workload, index, revisions));
    if (OneIn(2)) {
      observed.children[observed.groups.back()->meta.name] =
          Children(*observed.groups.back(), *observed.revisions.front());
    }
  }
  if (OneIn(4)) observed.refused_revisions[wanted] = "role r0: refused";
  if (OneIn(5)) observed.foreign_groups[Pick(0, 5)] = "is not ours";
  observed.last_write = MaybeTime(2);
  return observed;
}

}  // namespace muster::sim
