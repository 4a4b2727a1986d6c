#include "tests/support/sim/api_server.h"

#include <utility>

#include "lib/base/check.h"
#include "tests/support/sim/json_patch.h"

namespace muster::sim {
namespace {

// As the schemas in crds/ say.
void FillDefaults(const api::Resource& resource, json::Value& object) {
  if (resource != api::kWorkloads && resource != api::kPodGroups) return;
  if (object.Has("status")) return;
  object.Set("status",
             json::Object{{"observedGeneration", -1},
                          {"conditions", json::Array{json::Object{{"type", "Ready"},
                                                                  {"status", "Unknown"},
                                                                  {"reason", "Pending"},
                                                                  {"message", "Waiting for the Muster operator"},
                                                                  {"lastTransitionTime", "1970-01-01T00:00:00Z"}}}}});
}

std::vector<std::string_view> ImmutableFields(const api::Resource& resource) {
  if (resource == api::kJobs) return {"template", "selector", "completions"};
  if (resource == api::kDeployments || resource == api::kReplicaSets) return {"selector"};
  if (resource == api::kStatefulSets) {
    return {"selector", "serviceName", "podManagementPolicy", "volumeClaimTemplates"};
  }
  return {};
}

// The schema of PodGroup: a name, when given, is not empty.
std::optional<Error> SchemaError(const api::Resource& resource, const json::Value& object) {
  if (resource != api::kPodGroups) return std::nullopt;
  const json::Value& name = object["spec"]["priorityClassName"];
  if (!name.IsString() || !name.Text().empty()) return std::nullopt;
  return MakeError(Code::kInvalid, "spec.priorityClassName in body should be at least 1 chars long");
}

void CountGeneration(const json::Value& before, json::Value& after) {
  if (before["spec"] == after["spec"]) return;
  after.Mutable("metadata").Set("generation", before["metadata"]["generation"].Integer() + 1);
}

}  // namespace

const std::string& LabelOf(const json::Value& object, std::string_view name) {
  return object["metadata"]["labels"][name].Text();
}
api::Key KeyOf(const json::Value& object) {
  return {object["metadata"]["namespace"].Text(), object["metadata"]["name"].Text()};
}
const std::string& UidOf(const json::Value& object) { return object["metadata"]["uid"].Text(); }

std::string OwnerUidOf(const json::Value& object) {
  for (const json::Value& owner : object["metadata"]["ownerReferences"].Items()) {
    if (owner["controller"].Bool()) return owner["uid"].Text();
  }
  return {};
}

Document ApiServer::Find(const api::Resource& resource, const api::Key& key) const {
  const auto found = objects_.find({std::string(resource.plural), key});
  return found == objects_.end() ? nullptr : found->second;
}

std::vector<Document> ApiServer::List(const api::Resource& resource) const {
  std::vector<Document> all;
  const std::string plural(resource.plural);
  for (auto at = objects_.lower_bound({plural, {}}); at != objects_.end() && at->first.plural == plural; ++at) {
    all.push_back(at->second);
  }
  return all;
}

std::vector<Document> ApiServer::OwnedBy(const api::Resource& resource, const std::string& uid) const {
  std::vector<Document> owned;
  for (Document& object : List(resource)) {
    if (OwnerUidOf(*object) == uid) owned.push_back(std::move(object));
  }
  return owned;
}

Status ApiServer::Judged(const api::Resource& resource, const json::Value* before, const json::Value& after) const {
  if (judge_) {
    if (auto error = judge_(resource, after)) return std::move(*error);
  }
  if (auto error = SchemaError(resource, after)) return std::move(*error);
  if (before == nullptr) return Ok();
  for (const std::string_view field : ImmutableFields(resource)) {
    if ((*before)["spec"][field] == after["spec"][field]) continue;
    return MakeError(Code::kInvalid, "spec." + std::string(field) + ": field is immutable");
  }
  return Ok();
}

Result<json::Value> ApiServer::AsOperator(const std::string& what,
                                          const std::function<Result<json::Value>()>& request) {
  by_operator_ = true;
  Result<json::Value> answer = request();
  by_operator_ = false;
  if (answer.has_value()) return answer;
  for (const auto& watcher : on_refused_) watcher({what, answer.error().code});
  return answer;
}

Result<json::Value> ApiServer::Create(const api::Resource& resource, json::Value object, Try mode) {
  const api::Key key = KeyOf(object);
  CHECK(!key.name.empty());
  TRY_VOID(Judged(resource, nullptr, object));
  if (Find(resource, key) != nullptr) {
    return MakeError(Code::kAlreadyExists, std::string(resource.plural) + " \"" + key.name + "\" already exists");
  }
  json::Value& meta = object.Mutable("metadata");
  meta.Set("uid", "uid-" + std::to_string(++uids_) + "-" + key.name);
  meta.Set("generation", 1);
  meta.Set("creationTimestamp", FormatTime(events_.now()));
  FillDefaults(resource, object);
  if (mode == Try::kDry) return object;
  Store(resource, key, std::move(object));
  return *Find(resource, key);
}

Result<json::Value> ApiServer::Patch(const api::Resource& resource, const api::Key& key, const json::Array& operations,
                                     std::string_view subresource, Try mode) {
  const Document before = Find(resource, key);
  if (before == nullptr) return MakeError(Code::kNotFound, std::string(resource.plural) + " " + key.Text());
  json::Value after = *before;
  TRY_VOID(ApplyJsonPatch(operations, after));
  if (subresource == "status") {
    json::Value status = after["status"];
    after = *before;
    after.Set("status", std::move(status));
  } else {
    after.Set("status", (*before)["status"]);
    TRY_VOID(Judged(resource, before.get(), after));
  }
  if (mode == Try::kReal && after != *before) Store(resource, key, after);
  if (mode == Try::kReal) return *Find(resource, key);
  CountGeneration(*before, after);
  return after;
}

Status ApiServer::Delete(const api::Resource& resource, const api::Key& key, const std::string& uid,
                         const std::string& resource_version) {
  const Document object = Find(resource, key);
  if (object == nullptr) return MakeError(Code::kNotFound, std::string(resource.plural) + " " + key.Text());
  if (!uid.empty() && UidOf(*object) != uid) return MakeError(Code::kConflict, "the UID in the precondition differs");
  if (!resource_version.empty() && (*object)["metadata"]["resourceVersion"].Text() != resource_version) {
    return MakeError(Code::kConflict, "the ResourceVersion in the precondition differs");
  }
  const std::string& phase = (*object)["status"]["phase"].Text();
  const bool graceful =
      resource == api::kPods && (*object)["spec"].Has("nodeName") && phase != "Succeeded" && phase != "Failed";
  if (!graceful) {
    Remove(resource, key);
    return Ok();
  }
  if ((*object)["metadata"].Has("deletionTimestamp")) return Ok();
  constexpr Duration kGrace = std::chrono::seconds(2);
  Edit(resource, key,
       [&](json::Value& pod) { pod.Mutable("metadata").Set("deletionTimestamp", FormatTime(events_.now() + kGrace)); });
  return Ok();
}

void ApiServer::Edit(const api::Resource& resource, const api::Key& key,
                     const std::function<void(json::Value&)>& edit) {
  const Document before = Find(resource, key);
  if (before == nullptr) return;
  json::Value after = *before;
  edit(after);
  if (after != *before) Store(resource, key, std::move(after));
}

void ApiServer::Remove(const api::Resource& resource, const api::Key& key) {
  const auto found = objects_.find({std::string(resource.plural), key});
  if (found == objects_.end()) return;
  const Document before = found->second;
  objects_.erase(found);
  Tell({resource, key, before, nullptr, ++version_, by_operator_});
}

void ApiServer::Store(const api::Resource& resource, const api::Key& key, json::Value object) {
  Document& stored = objects_[{std::string(resource.plural), key}];
  const Document before = stored;
  json::Value& meta = object.Mutable("metadata");
  meta.Set("resourceVersion", std::to_string(++version_));
  if (before != nullptr) CountGeneration(*before, object);
  stored = std::make_shared<const json::Value>(std::move(object));
  Tell({resource, key, before, stored, version_, by_operator_});
}

void ApiServer::Tell(const Change& change) {
  for (const auto& watcher : watchers_) watcher(change);
}

}  // namespace muster::sim
