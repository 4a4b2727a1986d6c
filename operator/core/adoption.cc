#include "operator/core/adoption.h"

#include <string>
#include <string_view>
#include <utility>

#include "lib/api/child.h"
#include "lib/json/text.h"

namespace muster::core {
namespace {

// What the API server adds to each Job's own spec.
constexpr std::string_view kLabelsOfJobPods[] = {"controller-uid", "job-name", "batch.kubernetes.io/controller-uid",
                                                 "batch.kubernetes.io/job-name"};

std::string SpecToCompare(const api::Resource& resource, const json::Value& object) {
  json::Value spec = object["spec"];
  if (resource == api::kJobs) {
    spec.Erase("suspend");
    if (spec["manualSelector"].Bool()) return json::WriteCanonical(spec);
    spec.Erase("selector");
    json::Value& labels = spec.Mutable("template").Mutable("metadata").Mutable("labels");
    for (const std::string_view label : kLabelsOfJobPods) labels.Erase(label);
  } else {
    spec.Erase("replicas");
    if (spec.Has("persistentVolumeClaimRetentionPolicy")) {
      spec.Mutable("persistentVolumeClaimRetentionPolicy").Erase("whenScaled");
    }
  }
  return json::WriteCanonical(spec);
}

}  // namespace

bool IsOrphanOf(const Create& wanted, const json::Value& found) {
  const json::Value& labels = found["metadata"]["labels"];
  bool any = false;
  for (const auto& [key, value] : wanted.object["metadata"]["labels"].Members()) {
    if (!key.starts_with(api::kLabelPrefix)) continue;
    if (!(labels[key] == value)) return false;
    any = true;
  }
  if (wanted.resource == api::kControllerRevisions) return any && found["data"] == wanted.object["data"];
  if (wanted.resource == api::kPodGroups) return any && found["spec"]["index"] == wanted.object["spec"]["index"];
  return any;
}

bool ClaimsRoleOf(const Create& wanted, const json::Value& found) {
  const std::string& claimed = found["metadata"]["annotations"][api::kAnnotationRoleHash].Text();
  return !claimed.empty() && claimed == wanted.object["metadata"]["annotations"][api::kAnnotationRoleHash].Text();
}

json::Value ProbeFor(const Create& wanted) {
  json::Value probe = wanted.object;
  std::string name = probe["metadata"]["name"].Text();
  name.back() = name.back() == 'x' ? 'y' : 'x';
  probe.Mutable("metadata").Set("name", std::move(name));
  return probe;
}

bool HasSpecOf(const api::Resource& resource, const json::Value& child, const json::Value& made) {
  return SpecToCompare(resource, child) == SpecToCompare(resource, made);
}

}  // namespace muster::core
