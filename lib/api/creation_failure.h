// An Event "FailedCreate": a controller could not create a pod (Pod Security, quota, a webhook). Layer: api. For
// StatefulSets and Jobs it is all that tells (Kubernetes 1.37, tried); Deployments and ReplicaSets have a condition
// too.
#pragma once

#include <string>

#include "lib/api/meta.h"

namespace muster::api {

struct CreationFailure {
  ObjectMeta meta;
  std::string kind;  // of the object whose pod was refused
  Key object;
  std::string message;
  Instant last_seen{};
};

inline constexpr std::string_view kCreationFailureSelector = "reason=FailedCreate";  // a field selector

Result<CreationFailure> DecodeCreationFailure(const json::Value& object);

}  // namespace muster::api
