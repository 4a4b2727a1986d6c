// How many pods a role has and what they ask for, read from the pasted built-in with the built-in's own defaults.
// Layer: api. Pure and total: what would keep the role from ever starting is a problem in words, not an error.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/api/pod_spec.h"
#include "lib/api/workload.h"

namespace muster::api {

struct RoleShape {
  std::string role;
  RoleKind kind = RoleKind::kJob;
  int64_t members = 0;    // pods it has when released: a Job's shrink as it completes
  int64_t gang_size = 0;  // of these, without which the group does not run (minAvailable, within 0..members)
  PodShapePtr shape;      // never null
  // Why it cannot start, each naming field, value and remedy: "roles[db].statefulSet.spec.podManagementPolicy is ...".
  std::vector<std::string> problems;
};

struct RoleShapeOptions {
  int64_t succeeded = 0;    // completions of the role's Job so far
  bool gang = true;         // gang.policy AllOrNothing: all members must be able to start together
  Resources defaults = {};  // see DecodePodShape
};

RoleShape ShapeOf(const Role& role, const RoleShapeOptions& options = {});
// The role with only those parts of its body that sizes and requests are read from: ShapeWith, and all that the
// operator looks up in a role other than making its child, give the same answer for it. Not whole.
Role OutlineOf(const Role& role);
// The shape of a role, given its shape without defaults and the role or its outline: ShapeOf with these defaults.
RoleShape ShapeWith(const RoleShape& without, const Role& outline, const Resources& defaults);
// The field of the built-in's spec that says how many: "replicas", or "parallelism" for a Job.
std::string_view SizeFieldOf(RoleKind kind);
// The pod template inside a role's body, Null when there is none.
const json::Value& PodTemplateOf(const Role& role);

}  // namespace muster::api
