// I10: every write of the operator, compared with what was there before, touches what is the operator's own alone: of a
// Workload its status; of a PodGroup of ours what a Workload says; of a child how many pods it has, or all that its
// role says when it is brought to another revision. Objects of others, and what others have put on ours, stay.
#include <algorithm>
#include <functional>
#include <set>

#include "lib/api/child.h"
#include "lib/api/pod_group.h"
#include "lib/base/check.h"
#include "lib/json/text.h"
#include "operator/core/revision.h"
#include "tests/support/sim/law.h"

namespace muster::sim {
namespace {

// The paths at which two values differ: as deep as both are objects.
void Differences(const json::Value& a, const json::Value& b, const std::string& path, std::vector<std::string>& paths) {
  if (a == b) return;
  if (!a.IsObject() || !b.IsObject()) {
    paths.push_back(path);
    return;
  }
  std::set<std::string> keys;
  for (const auto& [key, value] : a.Members()) keys.insert(key);
  for (const auto& [key, value] : b.Members()) keys.insert(key);
  for (const std::string& key : keys) Differences(a[key], b[key], path + "/" + key, paths);
}

bool IsOneOf(const std::string& path, std::initializer_list<std::string_view> all) {
  return std::find(all.begin(), all.end(), path) != all.end();
}

bool IsChild(const api::Resource& resource) {
  return std::any_of(std::begin(api::kRoleKinds), std::end(api::kRoleKinds),
                     [&](api::RoleKind kind) { return api::ResourceOf(kind) == resource; });
}

const std::string& RoleHashOf(const json::Value& child) {
  return child["metadata"]["annotations"][api::kAnnotationRoleHash].Text();
}

class NoFieldOfOthersLaw : public Law {
 public:
  using Law::Law;

  void OnChange(const Change& change) override {
    if (!change.by_operator) return;
    const json::Value& object = change.after != nullptr ? *change.after : *change.before;
    const std::string name = std::string(change.resource.kind) + " " + change.key.name;
    const bool changed = change.before != nullptr && change.after != nullptr;
    const bool orphan = changed && IsOrphan(*change.before);
    if (!orphan && !IsOurs(change.resource, change.before != nullptr ? *change.before : object)) {
      return p_.broken(name + ": not the operator's to " +
                       (change.before == nullptr  ? "create"
                        : change.after == nullptr ? "delete"
                                                  : "change"));
    }
    if (change.before == nullptr || change.after == nullptr) {
      if (change.resource == api::kWorkloads) p_.broken(name + ": a user's, made or deleted by the operator");
      return;
    }
    std::vector<std::string> paths;
    Differences(*change.before, *change.after, "", paths);
    for (const std::string& path : paths) {
      if (orphan ? MayChangeOrphan(change, path) : MayChange(change, path)) continue;
      p_.broken(name + ": " + path + " is not the operator's to change: " + At(*change.before, path) + " became " +
                At(*change.after, path));
    }
  }

 private:
  static bool IsOurs(const api::Resource& resource, const json::Value& object) {
    if (resource == api::kWorkloads) return true;
    const bool of_workload = resource == api::kPodGroups || resource == api::kControllerRevisions;
    if (!of_workload && !IsChild(resource)) return false;
    for (const json::Value& owner : object["metadata"]["ownerReferences"].Items()) {
      if (owner["controller"].Bool()) {
        return owner["kind"].Text() == (of_workload ? api::kWorkloads.kind : api::kPodGroups.kind);
      }
    }
    return false;
  }

  // With labels of ours and without a controller: kubectl delete --cascade=orphan has left it.
  static bool IsOrphan(const json::Value& object) {
    const json::Array& owners = object["metadata"]["ownerReferences"].Items();
    const json::Object& labels = object["metadata"]["labels"].Members();
    return std::none_of(owners.begin(), owners.end(), [](const auto& owner) { return owner["controller"].Bool(); }) &&
           std::any_of(labels.begin(), labels.end(),
                       [](const auto& label) { return label.first.starts_with(api::kLabelPrefix); });
  }

  static bool MayChangeOrphan(const Change& change, const std::string& path) {
    return IsOneOf(path, {"/metadata/resourceVersion", "/metadata/ownerReferences"}) ||
           (change.resource == api::kPodGroups && path.starts_with("/status"));
  }

  bool MayChange(const Change& change, const std::string& path) const {
    if (IsOneOf(path, {"/metadata/resourceVersion", "/metadata/generation"})) return true;
    if (change.resource == api::kWorkloads) return path.starts_with("/status");
    if (change.resource == api::kPodGroups) {
      return path.starts_with("/status") || path.starts_with("/spec/gang") ||
             IsOneOf(path, {"/spec/revision", "/spec/run", "/spec/priorityClassName"});
    }
    // A label that was taken away is put back, by which it is found.
    if (change.resource == api::kControllerRevisions) return path.starts_with("/metadata/labels/muster.dev/");
    if (!IsChild(change.resource)) return false;
    if (path.starts_with("/metadata/labels/muster.dev/") || path.starts_with("/metadata/annotations/muster.dev/")) {
      return true;
    }
    if (RoleHashOf(*change.before) == RoleHashOf(*change.after)) {
      return IsOneOf(path,
                     {"/spec/replicas", "/spec/suspend", "/spec/persistentVolumeClaimRetentionPolicy/whenScaled"});
    }
    return path.starts_with("/spec") || IsOfRole(change, path);
  }

  // A label or annotation that the role of the new revision names.
  bool IsOfRole(const Change& change, const std::string& path) const {
    const json::Value& meta = (*change.after)["metadata"];
    const Document stored =
        p_.api.Find(api::kControllerRevisions, {change.key.ns, meta["annotations"][api::kAnnotationRevision].Text()});
    if (stored == nullptr) return false;
    const auto revision = core::DecodeRevision(*stored);
    CHECK(revision.has_value());
    for (const core::RevisionRole& role : revision->roles) {
      if (role.role.name != meta["labels"][api::kLabelRole].Text()) continue;
      for (const char* field : {"labels", "annotations"}) {
        for (const auto& [key, value] : role.role.body["metadata"][field].Members()) {
          if (path == "/metadata/" + std::string(field) + "/" + key) return true;
        }
      }
    }
    return false;
  }

  static std::string At(const json::Value& object, const std::string& path) {
    const json::Value* at = &object;
    size_t begin = 1;
    while (begin <= path.size() && at->IsObject()) {
      // Keys may hold slashes: the longest that is there is meant.
      size_t end = path.size();
      while (end > begin && !at->Has(path.substr(begin, end - begin))) end = path.rfind('/', end - 1);
      if (end <= begin || end == std::string::npos) return "nothing";
      at = &(*at)[path.substr(begin, end - begin)];
      begin = end + 1;
    }
    return json::Write(*at);
  }
};

}  // namespace

std::unique_ptr<Law> NoFieldOfOthers(const Law::Parts& parts) { return std::make_unique<NoFieldOfOthersLaw>(parts); }

}  // namespace muster::sim
