#include "lib/api/child.h"

#include "lib/api/quantity.h"
#include "lib/base/strings.h"

namespace muster::api {
namespace {

// How many indexes a Job's status lists: "1,3-5,7" is 5. What is not such a list counts for nothing.
int64_t CountIndexes(const std::string& list) {
  int64_t count = 0;
  for (const std::string& interval : Split(list, ',')) {
    const size_t dash = interval.find('-');
    int64_t first = 0;
    int64_t last = 0;
    if (!ParseInteger(interval.substr(0, dash), first) || first < 0) continue;
    if (!ParseInteger(dash == std::string::npos ? interval : interval.substr(dash + 1), last)) continue;
    if (last >= first) count = SaturatingAdd(count, last - first + 1);
  }
  return count;
}

void DecodeJobStatus(const json::Value& status, Child& child) {
  child.succeeded = status["succeeded"].Integer();
  child.failed = status["failed"].Integer();
  child.failed_indexes = CountIndexes(status["failedIndexes"].Text());
  for (const Condition& condition : DecodeConditions(status["conditions"])) {
    if (condition.status != Truth::kTrue) continue;
    if (condition.type == "Suspended") {
      child.suspension_seen = true;
      child.suspended_since = condition.last_transition;
    }
    if (condition.type == "SuccessCriteriaMet" || condition.type == "FailureTarget") child.ending = true;
    if (condition.type != "Complete" && condition.type != "Failed") continue;
    child.result = condition.type == "Complete" ? JobResult::kSucceeded : JobResult::kFailed;
    child.result_reason = condition.reason;
    child.result_message = condition.message;
  }
}

}  // namespace

bool Child::CaughtUp() const {
  if (kind == RoleKind::kJob) return Finished() || suspended == suspension_seen;
  return observed_generation >= meta.generation;
}

Result<Child> DecodeChild(RoleKind kind, const json::Value& object) {
  Child child;
  child.kind = kind;
  TRY(child.meta, DecodeMeta(object, KeepLabels::kOurs));
  const json::Value& annotations = object["metadata"]["annotations"];
  child.annotated = annotations.IsObject();
  child.revision = annotations[kAnnotationRevision].Text();
  child.role_hash = annotations[kAnnotationRoleHash].Text();
  int64_t attempt = 0;
  if (ParseInteger(annotations[kAnnotationAttempt].Text(), attempt)) child.attempt = attempt;
  if (const auto role = child.meta.labels.find(std::string(kLabelRole)); role != child.meta.labels.end()) {
    child.role = role->second;
  }
  const json::Value& spec = object["spec"];
  const json::Value& status = object["status"];
  child.replicas = spec["replicas"].Integer(1);
  child.suspended = spec["suspend"].Bool();
  child.paused = spec["paused"].Bool();
  child.volumes_kept_on_scale = spec["persistentVolumeClaimRetentionPolicy"]["whenScaled"].Text() != "Delete";
  child.observed_generation = status["observedGeneration"].Integer();
  if (kind == RoleKind::kJob) {
    DecodeJobStatus(status, child);
  } else {
    for (const Condition& condition : DecodeConditions(status["conditions"])) {
      if (condition.type == "ReplicaFailure" && condition.status == Truth::kTrue) {
        child.creation_failure = condition.message;
      }
    }
  }
  return child;
}

}  // namespace muster::api
