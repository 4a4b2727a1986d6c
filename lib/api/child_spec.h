// The spec of the built-in object that is made for a role: the pasted spec, with what Muster writes into it. Layer:
// api. Pure. The operator creates and changes children with it; `lint` and `plan` show its difference to the pasted
// spec. Frozen by the golden files of tests/unit/operator_core: a change here would restart every group.
#pragma once

#include <cstdint>
#include <string>

#include "lib/api/workload.h"

namespace muster::api {

// A held child has no pods: replicas 0, or a suspended Job.
enum class Hold { kHeld, kReleased };

// Whose child it is.
struct ChildOwner {
  std::string workload;
  std::string group;  // the PodGroup
  std::string priority_class_name = {};
};

// The labels of the child and its pods.
json::Object ChildLabels(const ChildOwner& owner, const Role& role);
json::Value ChildSpec(const ChildOwner& owner, const Role& role, Hold hold);

// How many pods the released child should keep: spec.replicas as pasted (1 by default).
int64_t ReleasedReplicas(const Role& role);
// Whether the StatefulSet deletes the volumes of pods that it scales away. While it is held, it must not.
bool DeletesVolumesWhenScaled(const Role& role);

}  // namespace muster::api
