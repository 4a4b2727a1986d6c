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

// The role as its ControllerRevision has it. The API server never changes the data of a revision: the same uid has the
// same roles.
Result<RevisionRole> WholeRole(const Revision& outline, const std::string& role, const json::Value& object) {
  const auto changed = [&] {
    return MakeError(Code::kConflict, "ControllerRevision " + outline.meta.key().Text() +
                                          " is not the one that was planned with: the cache is behind");
  };
  TRY(Revision whole, DecodeRevision(object));
  if (whole.meta.uid != outline.meta.uid || whole.digest != outline.digest) return changed();
  for (RevisionRole& each : whole.roles) {
    if (each.role.name == role) return std::move(each);
  }
  return changed();
}

Source RolesOf(const Revision& revision) {
  return {.resource = api::kControllerRevisions, .key = revision.meta.key(), .uid = revision.meta.uid, .complete = {}};
}

}  // namespace

Create CreateChild(const ChildToMake& child, Hold hold, int64_t attempt, Mode mode) {
  const RevisionRole& role = child.role;
  Create create{.resource = api::ResourceOf(role.role.kind),
                .object = RenderChild(*child.group, *child.revision, role, hold, attempt),
                .role = role.role.name,
                .mode = mode};
  // To look for a child, its name and labels are enough.
  if (role.role.whole || mode == Mode::kLook) return create;
  create.source = RolesOf(*child.revision);
  create.source->complete = [group = child.group, revision = child.revision, name = role.role.name, hold,
                             attempt](const json::Value& object) -> Result<json::Value> {
    TRY(const RevisionRole whole, WholeRole(*revision, name, object));
    return RenderChild(*group, *revision, whole, hold, attempt);
  };
  return create;
}

Patch ChangeChild(const ChildToMake& wanted, const api::Child& child, Mode mode) {
  const RevisionRole& role = wanted.role;
  Patch change{.resource = api::ResourceOf(child.kind),
               .key = child.meta.key(),
               .uid = child.meta.uid,
               .operations = ChangePatch(child, *wanted.group, *wanted.revision, role),
               .role = role.role.name,
               .mode = mode};
  if (role.role.whole) return change;
  change.source = RolesOf(*wanted.revision);
  change.source->complete = [group = wanted.group, revision = wanted.revision, name = role.role.name,
                             child](const json::Value& object) -> Result<json::Value> {
    TRY(const RevisionRole whole, WholeRole(*revision, name, object));
    return json::Value(ChangePatch(child, *group, *revision, whole));
  };
  return change;
}

Create CreateRevision(const std::shared_ptr<const api::Workload>& workload, const WantedRevision& wanted,
                      int64_t number) {
  Create create{.resource = api::kControllerRevisions, .object = EncodeRevision(*workload, wanted, number), .role = {}};
  if (!workload->digest) return create;
  create.source =
      Source{.resource = api::kWorkloads,
             .key = workload->meta.key(),
             .uid = workload->meta.uid,
             .complete = [workload, digest = wanted.digest, number](const json::Value& object) -> Result<json::Value> {
               TRY(const api::Workload whole, api::DecodeWorkload(object));
               const WantedRevision now = WantRevision(whole);
               if (whole.meta.uid != workload->meta.uid || now.digest != digest) {
                 return MakeError(Code::kConflict, "Workload " + workload->meta.key().Text() +
                                                       " has changed, which the cache does not know yet");
               }
               return EncodeRevision(whole, now, number);
             }};
  return create;
}

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
  json::Object object{{"apiVersion", resource.ApiVersion()}, {"kind", resource.kind}, {"metadata", std::move(meta)}};
  if (role.role.whole) object.Append("spec", api::ChildSpec(owner, role.role, hold));
  return object;
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
  json::Array patch;
  if (!role.role.whole) return patch;
  const api::ChildOwner owner = OwnerOf(group, revision);
  // Nothing can be added below what is not there. (Labels are: without ours it is not seen.)
  if (!child.annotated) patch.push_back(json::Operation("add", "/metadata/annotations", json::Object()));
  // Key by key: what others have put on the child stays.
  AddEach("/metadata/labels", RenderLabels(owner, role), patch);
  AddEach("/metadata/annotations", RenderAnnotations(revision, role), patch);
  patch.push_back(json::Operation("replace", "/spec", api::ChildSpec(owner, role.role, Hold::kHeld)));
  return patch;
}

}  // namespace muster::core
