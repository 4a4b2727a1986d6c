// Kubernetes verbs as requests: values in, a Request out. Layer: wire. Pure; nothing is sent here.
//
//   Request r = BuildList(api::kPods, "", {.label_selector = "muster.dev/pod-group", .limit = 500});
//
// Every write built here can be repeated (design.md 3): creates have deterministic names, JSON patches test the uid,
// status patches and puts carry the resourceVersion, deletes the uid.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/api/meta.h"
#include "lib/json/value.h"
#include "lib/wire/http.h"

namespace muster::wire {

enum class VersionMatch { kUnset, kExact, kNotOlderThan };

struct ListOptions {
  std::string label_selector = {};
  std::string field_selector = {};
  int limit = 0;                      // 0: everything at once. With resource_version "0" the server ignores it
  std::string continue_token = {};    // of the page before; resource_version and match must then be unset
  std::string resource_version = {};  // unset: the newest; "0": whatever the server's cache has
  VersionMatch version_match = VersionMatch::kUnset;
};

enum class DryRun { kNo, kAll };
// What the server answers with: the object, or its metadata alone (PartialObjectMetadata).
enum class Answer { kObject, kMetadata };

struct WriteOptions {
  DryRun dry_run = DryRun::kNo;
  std::string subresource = {};    // "status", "scale"
  std::string field_manager = {};  // empty: the server derives it from the user agent
  Answer answer = Answer::kObject;
};

enum class Propagation { kBackground, kForeground, kOrphan };

struct DeleteOptions {
  std::string uid = {};               // the object must be this one, else 409 Conflict
  std::string resource_version = {};  // the object must be at this version, else 409 Conflict
  Propagation propagation = Propagation::kBackground;
  std::optional<int> grace_seconds = std::nullopt;
  DryRun dry_run = DryRun::kNo;
};

Request BuildGet(const api::Resource& resource, const api::Key& key, std::string_view subresource = "");
// An empty ns lists all namespaces.
Request BuildList(const api::Resource& resource, std::string_view ns, const ListOptions& options = {});
// POST with fieldValidation=Strict: unknown and duplicate fields are refused (400), all of them named.
Request BuildCreate(const api::Resource& resource, std::string_view ns, const json::Value& object,
                    const WriteOptions& options = {});
Request BuildDelete(const api::Resource& resource, const api::Key& key, const DeleteOptions& options);
// `operations` (RFC 6902) behind a `test` of /metadata/uid. The server answers a failed test with 422 and no detail;
// decode the answer with UidTested::kYes, which makes that a conflict.
Request BuildJsonPatch(const api::Resource& resource, const api::Key& key, std::string_view uid,
                       const json::Array& operations, const WriteOptions& options = {});
// A JSON merge patch (RFC 7386), as it is.
Request BuildMergePatch(const api::Resource& resource, const api::Key& key, const json::Value& patch,
                        const WriteOptions& options = {});
// Merge patch of /status that fails with 409 Conflict when the object is no longer at resource_version.
Request BuildStatusPatch(const api::Resource& resource, const api::Key& key, std::string_view resource_version,
                         const json::Value& status);
// PUT of the whole object, whose metadata.resourceVersion must be set (409 when stale).
Request BuildPut(const api::Resource& resource, const api::Key& key, const json::Value& object,
                 const WriteOptions& options = {});

}  // namespace muster::wire
