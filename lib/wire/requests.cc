#include "lib/wire/requests.h"

#include <utility>

#include "lib/base/check.h"
#include "lib/json/go_text.h"
#include "lib/json/text.h"

namespace muster::wire {
namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kJsonPatch = "application/json-patch+json";
constexpr std::string_view kMergePatch = "application/merge-patch+json";

using Query = std::vector<std::pair<std::string, std::string>>;

void AddTo(Query& query, std::string_view name, std::string_view value) {
  if (!value.empty()) query.emplace_back(name, value);
}

// https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches; a server that cannot sends it
// all.
constexpr const char* kMetadataAlone = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";

Request BuildWrite(Method method, std::string path, const json::Value& body, std::string_view content_type,
                   const WriteOptions& options) {
  Request request;
  request.method = method;
  request.path = std::move(path);
  request.query.emplace_back("fieldValidation", "Strict");
  if (options.dry_run == DryRun::kAll) request.query.emplace_back("dryRun", "All");
  AddTo(request.query, "fieldManager", options.field_manager);
  if (options.answer == Answer::kMetadata) request.accept = kMetadataAlone;
  // The API server keeps some of what is created byte for byte (ControllerRevision.data), and refuses a later patch
  // that would change these bytes. Written like this, they stay the same when Go reads and writes them.
  request.body = method == Method::kPost ? json::WriteLikeGo(body) : json::Write(body);
  request.content_type = content_type;
  return request;
}

std::string_view PropagationText(Propagation propagation) {
  switch (propagation) {
    case Propagation::kBackground:
      return "Background";
    case Propagation::kForeground:
      return "Foreground";
    case Propagation::kOrphan:
      return "Orphan";
  }
  return "Background";
}

}  // namespace

Request BuildGet(const api::Resource& resource, const api::Key& key, std::string_view subresource) {
  Request request;
  request.path = resource.Path(key.ns, key.name, subresource);
  return request;
}

Request BuildList(const api::Resource& resource, std::string_view ns, const ListOptions& options) {
  Request request;
  request.path = resource.Path(ns);
  AddTo(request.query, "labelSelector", options.label_selector);
  AddTo(request.query, "fieldSelector", options.field_selector);
  if (options.limit > 0) AddTo(request.query, "limit", std::to_string(options.limit));
  AddTo(request.query, "continue", options.continue_token);
  AddTo(request.query, "resourceVersion", options.resource_version);
  if (options.version_match == VersionMatch::kExact) AddTo(request.query, "resourceVersionMatch", "Exact");
  if (options.version_match == VersionMatch::kNotOlderThan) {
    AddTo(request.query, "resourceVersionMatch", "NotOlderThan");
  }
  return request;
}

Request BuildCreate(const api::Resource& resource, std::string_view ns, const json::Value& object,
                    const WriteOptions& options) {
  return BuildWrite(Method::kPost, resource.Path(ns), object, kJson, options);
}

Request BuildDelete(const api::Resource& resource, const api::Key& key, const DeleteOptions& options) {
  json::Value body = json::Object{{"kind", "DeleteOptions"}, {"apiVersion", "v1"}};
  body.Set("propagationPolicy", PropagationText(options.propagation));
  if (!options.uid.empty()) body.Mutable("preconditions").Set("uid", options.uid);
  if (!options.resource_version.empty()) {
    body.Mutable("preconditions").Set("resourceVersion", options.resource_version);
  }
  if (options.grace_seconds) body.Set("gracePeriodSeconds", *options.grace_seconds);
  Request request;
  request.method = Method::kDelete;
  request.path = resource.Path(key.ns, key.name);
  if (options.dry_run == DryRun::kAll) request.query.emplace_back("dryRun", "All");
  request.body = json::Write(body);
  request.content_type = kJson;
  return request;
}

Request BuildJsonPatch(const api::Resource& resource, const api::Key& key, std::string_view uid,
                       const json::Array& operations, const WriteOptions& options) {
  CHECK(!uid.empty());  // without it the patch could reach another object of the same name
  json::Array all;
  all.reserve(operations.size() + 1);
  all.emplace_back(json::Object{{"op", "test"}, {"path", "/metadata/uid"}, {"value", uid}});
  all.insert(all.end(), operations.begin(), operations.end());
  return BuildWrite(Method::kPatch, resource.Path(key.ns, key.name, options.subresource), json::Value(std::move(all)),
                    kJsonPatch, options);
}

Request BuildMergePatch(const api::Resource& resource, const api::Key& key, const json::Value& patch,
                        const WriteOptions& options) {
  return BuildWrite(Method::kPatch, resource.Path(key.ns, key.name, options.subresource), patch, kMergePatch, options);
}

Request BuildStatusPatch(const api::Resource& resource, const api::Key& key, std::string_view resource_version,
                         const json::Value& status) {
  CHECK(!resource_version.empty());  // without it a stale view would overwrite a newer status
  const json::Value patch =
      json::Object{{"metadata", json::Object{{"resourceVersion", resource_version}}}, {"status", status}};
  return BuildMergePatch(resource, key, patch, {.subresource = "status"});
}

Request BuildPut(const api::Resource& resource, const api::Key& key, const json::Value& object,
                 const WriteOptions& options) {
  return BuildWrite(Method::kPut, resource.Path(key.ns, key.name, options.subresource), object, kJson, options);
}

}  // namespace muster::wire
