#include "operator/core/render.h"

#include <utility>

#include "lib/api/names.h"
#include "lib/json/patch.h"

namespace muster::core {
namespace {

constexpr std::string_view kRetention = "persistentVolumeClaimRetentionPolicy";

std::string WorkloadNameOf(const api::PodGroup& group) {
  const auto label = group.meta.labels.find(std::string(api::kLabelWorkload));
  return label == group.meta.labels.end() ? std::string() : label->second;
}

json::Object OurLabels(const api::PodGroup& group, const RevisionRole& role) {
  return json::Object{{std::string(api::kLabelWorkload), WorkloadNameOf(group)},
                      {std::string(api::kLabelPodGroup), group.meta.name},
                      {std::string(api::kLabelRole), role.role.name}};
}

void Merge(json::Value& into, const json::Object& members) {
  for (const auto& [key, value] : members) into.Set(key, value);
}

bool DeletesVolumesWhenScaled(const RevisionRole& role) {
  return role.role.body["spec"][kRetention]["whenScaled"].Text() == "Delete";
}

void FillTemplate(json::Value& spec, const Revision& revision, const json::Object& labels) {
  json::Value& pod_template = spec.Mutable("template");
  Merge(pod_template.Mutable("metadata").Mutable("labels"), labels);
  json::Value& pod = pod_template.Mutable("spec");
  if (!revision.priority_class_name.empty() && !pod.Has("priorityClassName")) {
    pod.Set("priorityClassName", revision.priority_class_name);
  }
}

// A selector that only our own members match: what the user gave, completed with the group and the role, so that two
// groups never share a pod; and the template labels that whatever was given asks for.
void FillSelector(json::Value& spec, const json::Object& labels) {
  json::Value& selected = spec.Mutable("selector").Mutable("matchLabels");
  Merge(selected, labels);
  Merge(spec.Mutable("template").Mutable("metadata").Mutable("labels"), selected.Members());
}

void FillStatefulSet(json::Value& spec, const std::string& name) {
  if (!spec.Has("serviceName")) spec.Set("serviceName", name);
  if (!spec.Has("podManagementPolicy")) spec.Set("podManagementPolicy", "Parallel");
}

void WriteHold(json::Value& spec, const RevisionRole& role, Hold hold) {
  const bool held = hold == Hold::kHeld;
  if (role.role.kind == api::RoleKind::kJob) {
    spec.Set("suspend", held);
    return;
  }
  spec.Set("replicas", held ? 0 : ReleasedReplicas(role));
  if (role.role.kind == api::RoleKind::kStatefulSet && DeletesVolumesWhenScaled(role)) {
    spec.Mutable(kRetention).Set("whenScaled", held ? "Retain" : "Delete");
  }
}

json::Value RenderSpec(const api::PodGroup& group, const Revision& revision, const RevisionRole& role, Hold hold) {
  json::Value spec = role.role.body["spec"];
  spec.MutableMembers();
  const json::Object labels = OurLabels(group, role);
  FillTemplate(spec, revision, labels);
  if (role.role.kind != api::RoleKind::kJob) FillSelector(spec, labels);
  if (role.role.kind == api::RoleKind::kStatefulSet) {
    FillStatefulSet(spec, api::ChildName(group.meta.name, role.role.name));
  }
  WriteHold(spec, role, hold);
  return spec;
}

json::Value RenderAnnotations(const Revision& revision, const RevisionRole& role) {
  json::Value annotations = role.role.body["metadata"]["annotations"];
  annotations.Set(api::kAnnotationRevision, revision.meta.name);
  annotations.Set(api::kAnnotationRoleHash, role.hash);
  return annotations;
}

json::Value RenderLabels(const api::PodGroup& group, const RevisionRole& role) {
  json::Value labels = role.role.body["metadata"]["labels"];
  Merge(labels, OurLabels(group, role));
  return labels;
}

void AddEach(std::string_view parent, const json::Value& members, json::Array& patch) {
  for (const auto& [key, value] : members.Members()) {
    patch.push_back(json::Operation("add", json::PathTo(parent, key), value));
  }
}

}  // namespace

int64_t ReleasedReplicas(const RevisionRole& role) { return role.role.body["spec"]["replicas"].Integer(1); }

json::Value RenderChild(const api::PodGroup& group, const Revision& revision, const RevisionRole& role, Hold hold,
                        int64_t attempt) {
  const api::Resource& resource = api::ResourceOf(role.role.kind);
  json::Value annotations = RenderAnnotations(revision, role);
  annotations.Set(api::kAnnotationAttempt, std::to_string(attempt));
  json::Object meta{{"name", api::ChildName(group.meta.name, role.role.name)},
                    {"namespace", group.meta.ns},
                    {"labels", RenderLabels(group, role)},
                    {"annotations", std::move(annotations)},
                    {"ownerReferences", json::Array{api::EncodeOwnerReference(api::kPodGroups, group.meta)}}};
  return json::Object{{"apiVersion", resource.ApiVersion()},
                      {"kind", resource.kind},
                      {"metadata", std::move(meta)},
                      {"spec", RenderSpec(group, revision, role, hold)}};
}

json::Array HoldPatch(const api::Child& child) {
  json::Array patch;
  if (child.kind == api::RoleKind::kJob) {
    patch.push_back(json::Operation("add", "/spec/suspend", true));
    return patch;
  }
  // In the same write as replicas 0, or the StatefulSet controller deletes the volumes.
  if (!child.volumes_kept_on_scale) {
    patch.push_back(json::Operation("add", "/spec/persistentVolumeClaimRetentionPolicy/whenScaled", "Retain"));
  }
  patch.push_back(json::Operation("add", "/spec/replicas", 0));
  return patch;
}

json::Array ReleasePatch(const api::Child& child, const RevisionRole& role) {
  json::Array patch;
  if (child.kind == api::RoleKind::kJob) {
    patch.push_back(json::Operation("add", "/spec/suspend", false));
    return patch;
  }
  if (child.kind == api::RoleKind::kStatefulSet && DeletesVolumesWhenScaled(role)) {
    patch.push_back(json::Operation("add", "/spec/persistentVolumeClaimRetentionPolicy/whenScaled", "Delete"));
  }
  patch.push_back(json::Operation("add", "/spec/replicas", ReleasedReplicas(role)));
  return patch;
}

json::Array ChangePatch(const api::Child& child, const api::PodGroup& group, const Revision& revision,
                        const RevisionRole& role) {
  json::Array patch;
  // Nothing can be added below what is not there. (Labels are: without ours it is not seen.)
  if (!child.annotated) patch.push_back(json::Operation("add", "/metadata/annotations", json::Object()));
  // Key by key: what others have put on the child stays.
  AddEach("/metadata/labels", RenderLabels(group, role), patch);
  AddEach("/metadata/annotations", RenderAnnotations(revision, role), patch);
  patch.push_back(json::Operation("replace", "/spec", RenderSpec(group, revision, role, Hold::kHeld)));
  return patch;
}

}  // namespace muster::core
