#include "operator/core/revision.h"

#include <utility>

#include "lib/api/names.h"
#include "lib/base/sha256.h"
#include "lib/base/strings.h"
#include "lib/json/text.h"

namespace muster::core {
namespace {

std::string HashRole(const api::Role& role, int64_t renderer, const std::string& priority_class_name) {
  constexpr size_t kLength = 12;
  const std::string content =
      json::WriteCanonical(api::EncodeRoles({role})) + "/" + priority_class_name + "/" + std::to_string(renderer);
  return SafeName(StableHash(content), kLength);
}

// An orphaned revision (kubectl delete --cascade=orphan) still serves the groups that were orphaned with it.
std::string WorkloadOf(const api::ObjectMeta& meta) {
  if (meta.owner) return meta.owner->name;
  const auto label = meta.labels.find(std::string(api::kLabelRolesOf));
  return label == meta.labels.end() ? std::string() : label->second;
}

}  // namespace

WantedRevision WantRevision(const api::Workload& workload) {
  if (workload.digest) return {.name = workload.digest->revision, .digest = workload.digest->content, .data = {}};
  json::Object data{{"renderer", kRendererVersion}, {"roles", api::EncodeRoles(workload.spec.roles)}};
  if (!workload.spec.priority_class_name.empty()) {
    data.Append("priorityClassName", workload.spec.priority_class_name);
  }
  WantedRevision wanted{.name = {}, .digest = {}, .data = json::Value(std::move(data))};
  const std::string content = json::WriteCanonical(wanted.data);
  wanted.name = api::RevisionName(workload.meta.name, content);
  wanted.digest = Sha256(content);
  return wanted;
}

json::Value EncodeRevision(const api::Workload& workload, const WantedRevision& wanted, int64_t number) {
  json::Object meta{{"name", wanted.name},
                    {"namespace", workload.meta.ns},
                    {"labels", json::Object{{std::string(api::kLabelRolesOf), workload.meta.name}}},
                    {"ownerReferences", json::Array{api::EncodeOwnerReference(api::kWorkloads, workload.meta)}}};
  return json::Object{{"apiVersion", "apps/v1"},
                      {"kind", "ControllerRevision"},
                      {"metadata", std::move(meta)},
                      {"data", wanted.data},
                      {"revision", number}};
}

Result<Revision> DecodeRevision(const json::Value& object) {
  Revision revision;
  TRY(revision.meta, api::DecodeMeta(object, api::KeepLabels::kOurs));
  const json::Value& data = object["data"];
  revision.number = object["revision"].Integer();
  revision.renderer = data["renderer"].Integer();
  if (revision.renderer != kRendererVersion) {
    return MakeError(Code::kInvalid, "ControllerRevision " + revision.meta.key().Text() + " has data.renderer " +
                                         std::to_string(revision.renderer) + ", this operator knows " +
                                         std::to_string(kRendererVersion) + ": run a newer operator");
  }
  // The server never lets its data change, so that it is what it was made of, or not of our making.
  const std::string workload = WorkloadOf(revision.meta);
  const std::string content = json::WriteCanonical(data);
  if (revision.meta.name != api::RevisionName(workload, content)) {
    return MakeError(Code::kInvalid,
                     "ControllerRevision " + revision.meta.key().Text() +
                         " is not named after its data: delete it; it is created again where it is needed");
  }
  revision.digest = Sha256(content);
  revision.priority_class_name = data["priorityClassName"].Text();
  TRY(const std::vector<api::Role> roles, api::DecodeRoles(data["roles"]));
  for (const api::Role& role : roles) {
    revision.roles.push_back({.role = role,
                              .hash = HashRole(role, revision.renderer, revision.priority_class_name),
                              .shape = api::ShapeOf(role)});
  }
  return revision;
}

Result<Revision> DecodeRevisionOutline(const json::Value& object) {
  if (object.Has(json::kTooLarge)) {
    const json::Value& meta = object["metadata"];
    return MakeError(Code::kInvalid, "ControllerRevision " + meta["namespace"].Text() + "/" + meta["name"].Text() +
                                         " is " + std::to_string(object[json::kTooLarge].Integer()) +
                                         " bytes, more than one of Muster's can have: delete it");
  }
  TRY(Revision revision, DecodeRevision(object));
  for (RevisionRole& role : revision.roles) role.role = api::OutlineOf(role.role);
  return revision;
}

Result<api::Workload> DecodeWorkloadDigest(const json::Value& object) {
  TRY(api::Workload workload, api::DecodeWorkload(object));
  WantedRevision wanted;
  if (workload.unreadable.empty()) wanted = WantRevision(workload);
  workload.digest = api::RolesDigest{.revision = std::move(wanted.name), .content = std::move(wanted.digest)};
  workload.spec.roles.clear();
  workload.spec.roles.shrink_to_fit();
  return workload;
}

std::shared_ptr<const Revision> WithDefaults(std::shared_ptr<const Revision> revision, const api::Resources& defaults) {
  if (defaults.empty()) return revision;
  auto changed = std::make_shared<Revision>(*revision);
  for (RevisionRole& role : changed->roles) role.shape = api::ShapeWith(role.shape, role.role, defaults);
  return changed;
}

}  // namespace muster::core
