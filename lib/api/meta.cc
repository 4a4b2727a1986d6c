#include "lib/api/meta.h"

namespace muster::api {

std::string Resource::ApiVersion() const {
  return group.empty() ? std::string(version) : std::string(group) + "/" + std::string(version);
}

std::string Resource::Path(std::string_view ns, std::string_view name, std::string_view subresource) const {
  std::string path = group.empty() ? "/api/" : "/apis/" + std::string(group) + "/";
  path += version;
  if (namespaced && !ns.empty()) path.append("/namespaces/").append(ns);
  path.append("/").append(plural);
  if (!name.empty()) path.append("/").append(name);
  if (!subresource.empty()) path.append("/").append(subresource);
  return path;
}

ApiGroup::Group ApiGroup::Find(std::string_view name) {
  if (name.empty()) return Group::kCore;
  if (name == kDeployments.group) return Group::kApps;
  if (name == kJobs.group) return Group::kBatch;
  return name == kPodGroups.group ? Group::kMuster : Group::kOther;
}

std::string Key::Text() const { return ns.empty() ? name : ns + "/" + name; }

namespace {

std::optional<OwnerRef> DecodeController(const json::Value& references) {
  for (const json::Value& reference : references.Items()) {
    if (!reference["controller"].Bool()) continue;
    const std::string& api_version = reference["apiVersion"].Text();
    const size_t slash = api_version.find('/');
    return OwnerRef{.kind = reference["kind"].Text(),
                    .name = reference["name"].Text(),
                    .uid = reference["uid"].Text(),
                    .api_group = slash == std::string::npos ? std::string() : api_version.substr(0, slash)};
  }
  return std::nullopt;
}

}  // namespace

Result<ObjectMeta> DecodeMeta(const json::Value& object, KeepLabels labels) {
  const json::Value& from = object["metadata"];
  ObjectMeta meta;
  meta.ns = from["namespace"].Text();
  meta.name = from["name"].Text();
  meta.uid = from["uid"].Text();
  if (meta.name.empty() || meta.uid.empty()) {
    return MakeError(Code::kDecode, object["kind"].Text() + " without metadata.name or metadata.uid");
  }
  meta.resource_version = from["resourceVersion"].Text();
  meta.generation = from["generation"].Integer();
  meta.created = ParseTime(from["creationTimestamp"].Text()).value_or(Instant());
  meta.deleted = ParseTime(from["deletionTimestamp"].Text());
  meta.owner = DecodeController(from["ownerReferences"]);
  if (labels == KeepLabels::kNone) return meta;
  for (const auto& [key, value] : from["labels"].Members()) {
    if (labels == KeepLabels::kAll || key.starts_with(kLabelPrefix)) meta.labels[key] = value.Text();
  }
  return meta;
}

bool IsControlledBy(const ObjectMeta& owned, const Resource& resource, const ObjectMeta& owner) {
  const auto& reference = owned.owner;
  return reference && reference->api_group.IsKnown() && reference->uid == owner.uid && reference->name == owner.name &&
         reference->kind == resource.kind && reference->api_group == resource.group && owned.ns == owner.ns;
}

std::map<std::string, std::string> DecodeStringMap(const json::Value& map) {
  std::map<std::string, std::string> decoded;
  for (const auto& [key, value] : map.Members()) decoded[key] = value.Text();
  return decoded;
}

json::Value EncodeStringMap(const std::map<std::string, std::string>& map) {
  json::Object encoded;
  for (const auto& [key, value] : map) encoded.Append(key, value);
  return encoded;
}

json::Value EncodeOwnerReference(const Resource& resource, const ObjectMeta& owner) {
  return json::Object{{"apiVersion", resource.ApiVersion()},
                      {"kind", resource.kind},
                      {"name", owner.name},
                      {"uid", owner.uid},
                      {"controller", true},
                      {"blockOwnerDeletion", true}};
}

}  // namespace muster::api
