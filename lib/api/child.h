// The built-in object of one role of one group, as far as we read it: who owns it, whether it is held, whether its
// controller has caught up, and how a Job ended. Layer: api. Members are counted from pods, never from here: a held
// Deployment is Available and a StatefulSet counts pods on dead nodes (Kubernetes 1.37, tried).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "lib/api/condition.h"
#include "lib/api/meta.h"
#include "lib/api/workload.h"

namespace muster::api {

// Annotations of ours on a child: what it was rendered from.
inline constexpr std::string_view kAnnotationRevision = "muster.dev/revision";
inline constexpr std::string_view kAnnotationRoleHash = "muster.dev/role-hash";
// The attempt of its group that it was last released for, or held after: a release that arrives late, when the attempt
// has been stopped, finds another one than it was decided on.
inline constexpr std::string_view kAnnotationAttempt = "muster.dev/attempt";

enum class JobResult { kNone, kSucceeded, kFailed };

struct Child {
  ObjectMeta meta;
  RoleKind kind = RoleKind::kJob;
  std::string role;                // from the label
  std::string revision;            // from the annotation
  std::string role_hash;           // from the annotation
  bool annotated = false;          // it has annotations
  std::optional<int64_t> attempt;  // from the annotation; nullopt: none, or no number
  int64_t replicas = 1;            // Deployment, ReplicaSet, StatefulSet
  bool suspended = false;          // Job: spec.suspend
  int64_t observed_generation = 0;
  bool paused = false;                // Deployment: spec.paused
  bool volumes_kept_on_scale = true;  // StatefulSet: whenScaled is not Delete
  // Job only.
  JobResult result = JobResult::kNone;
  std::string result_reason;  // of the Complete or Failed condition
  std::string result_message;
  bool suspension_seen = false;  // condition Suspended is True: the controller has seen spec.suspend
  Instant suspended_since{};     // when that condition became True
  int64_t succeeded = 0;
  int64_t failed = 0;
  int64_t failed_indexes = 0;    // of an Indexed Job with backoffLimitPerIndex: no pod is created for these any more
  bool ending = false;           // SuccessCriteriaMet or FailureTarget: it creates no more pods, and its result follows
  std::string creation_failure;  // Deployment, ReplicaSet: message of ReplicaFailure, "" when none

  bool Held() const { return kind == RoleKind::kJob ? suspended : replicas == 0; }
  // Whether its controller has acted on the last change of its spec (Jobs report no generation: their condition says).
  bool CaughtUp() const;
  bool Finished() const { return result != JobResult::kNone; }
};

Result<Child> DecodeChild(RoleKind kind, const json::Value& object);

}  // namespace muster::api
