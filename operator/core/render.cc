#include "operator/core/render.h"

#include <utility>

#include "lib/api/names.h"
#include "lib/json/patch.h"

namespace muster::core {
namespace {

api::ChildOwner OwnerOf(const api::PodGroup& group, const Revision& revision) {
  const auto label = group.meta.labels.find(std::string(api::kLabelWorkload));
  return {.workload = label == group.meta.labels.end() ? std::string() : label->second,
          .group = group.meta.name,
          .priority_class_name = revision.priority_class_name};
}

json::Value RenderAnnotations(const Revision& revision, const RevisionRole& role) {
  json::Value annotations = role.role.body["metadata"]["annotations"];
  annotations.Set(api::kAnnotationRevision, revision.meta.name);
  annotations.Set(api::kAnnotationRoleHash, role.hash);
  return annotations;
}

json::Value RenderLabels(const api::ChildOwner& owner, const RevisionRole& role) {
  json::Value labels = role.role.body["metadata"]["labels"];
  for (const auto& [key, value] : api::ChildLabels(owner, role.role)) labels.Set(key, value);
  return labels;
}

void AddEach(std::string_view parent, const json::Value& members, json::Array& patch) {
  for (const auto& [key, value] : members.Members()) {
    patch.push_back(json::Operation("add", json::PathTo(parent, key), value));
  }
}

}  // namespace

int64_t ReleasedReplicas(const RevisionRole& role) { return api::ReleasedReplicas(role.role); }

json::Value RenderChild(const api::PodGroup& group, const Revision& revision, const RevisionRole& role, Hold hold,
                        int64_t attempt) {
  const api::Resource& resource = api::ResourceOf(role.role.kind);
  const api::ChildOwner owner = OwnerOf(group, revision);
  json::Value annotations = RenderAnnotations(revision, role);
  annotations.Set(api::kAnnotationAttempt, std::to_string(attempt));
  json::Object meta{{"name", api::ChildName(group.meta.name, role.role.name)},
                    {"namespace", group.meta.ns},
                    {"labels", RenderLabels(owner, role)},
                    {"annotations", std::move(annotations)},
                    {"ownerReferences", json::Array{api::EncodeOwnerReference(api::kPodGroups, group.meta)}}};
  return json::Object{{"apiVersion", resource.ApiVersion()},
                      {"kind", resource.kind},
                      {"metadata", std::move(meta)},
                      {"spec", api::ChildSpec(owner, role.role, hold)}};
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
  if (child.kind == api::RoleKind::kStatefulSet && api::DeletesVolumesWhenScaled(role.role)) {
    patch.push_back(json::Operation("add", "/spec/persistentVolumeClaimRetentionPolicy/whenScaled", "Delete"));
  }
  patch.push_back(json::Operation("add", "/spec/replicas", ReleasedReplicas(role)));
  return patch;
}

json::Array ChangePatch(const api::Child& child, const api::PodGroup& group, const Revision& revision,
                        const RevisionRole& role) {
  const api::ChildOwner owner = OwnerOf(group, revision);
  json::Array patch;
  // Nothing can be added below what is not there. (Labels are: without ours it is not seen.)
  if (!child.annotated) patch.push_back(json::Operation("add", "/metadata/annotations", json::Object()));
  // Key by key: what others have put on the child stays.
  AddEach("/metadata/labels", RenderLabels(owner, role), patch);
  AddEach("/metadata/annotations", RenderAnnotations(revision, role), patch);
  patch.push_back(json::Operation("replace", "/spec", api::ChildSpec(owner, role.role, Hold::kHeld)));
  return patch;
}

}  // namespace muster::core
