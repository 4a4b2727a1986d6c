#include "lib/api/child_spec.h"

#include "lib/api/meta.h"
#include "lib/api/names.h"
#include "lib/base/check.h"

namespace muster::api {
namespace {

constexpr std::string_view kRetention = "persistentVolumeClaimRetentionPolicy";

void Merge(json::Value& into, const json::Object& members) {
  for (const auto& [key, value] : members) into.Set(key, value);
}

void FillTemplate(json::Value& spec, const ChildOwner& owner, const json::Object& labels) {
  json::Value& pod_template = spec.Mutable("template");
  Merge(pod_template.Mutable("metadata").Mutable("labels"), labels);
  json::Value& pod = pod_template.Mutable("spec");
  if (!owner.priority_class_name.empty() && !pod.Has("priorityClassName")) {
    pod.Set("priorityClassName", owner.priority_class_name);
  }
}

// A selector that only our own members match: what the user gave, completed with the group and the role, so that two
// groups never share a pod; and the template labels that the selector asks for.
void FillSelector(json::Value& spec, const json::Object& labels) {
  json::Value& selected = spec.Mutable("selector").Mutable("matchLabels");
  Merge(selected, labels);
  Merge(spec.Mutable("template").Mutable("metadata").Mutable("labels"), selected.Members());
}

void FillStatefulSet(json::Value& spec, const std::string& name) {
  if (!spec.Has("serviceName")) spec.Set("serviceName", name);
  if (!spec.Has("podManagementPolicy")) spec.Set("podManagementPolicy", "Parallel");
}

void WriteHold(json::Value& spec, const Role& role, Hold hold) {
  const bool held = hold == Hold::kHeld;
  if (role.kind == RoleKind::kJob) {
    spec.Set("suspend", held);
    return;
  }
  spec.Set("replicas", held ? 0 : ReleasedReplicas(role));
  if (role.kind == RoleKind::kStatefulSet && DeletesVolumesWhenScaled(role)) {
    spec.Mutable(kRetention).Set("whenScaled", held ? "Retain" : "Delete");
  }
}

}  // namespace

json::Object ChildLabels(const ChildOwner& owner, const Role& role) {
  return json::Object{{std::string(kLabelWorkload), owner.workload},
                      {std::string(kLabelPodGroup), owner.group},
                      {std::string(kLabelRole), role.name}};
}

json::Value ChildSpec(const ChildOwner& owner, const Role& role, Hold hold) {
  CHECK(role.whole);
  json::Value spec = role.body["spec"];
  spec.MutableMembers();
  const json::Object labels = ChildLabels(owner, role);
  FillTemplate(spec, owner, labels);
  if (role.kind != RoleKind::kJob) FillSelector(spec, labels);
  if (role.kind == RoleKind::kStatefulSet) FillStatefulSet(spec, ChildName(owner.group, role.name));
  WriteHold(spec, role, hold);
  return spec;
}

int64_t ReleasedReplicas(const Role& role) { return role.body["spec"]["replicas"].Integer(1); }

bool DeletesVolumesWhenScaled(const Role& role) {
  return role.body["spec"][kRetention]["whenScaled"].Text() == "Delete";
}

}  // namespace muster::api
