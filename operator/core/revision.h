// One version of a Workload's roles, stored once in a ControllerRevision. Layer: operator/core. Pure.
// What we render for a pasted spec is frozen: a label or default added in a later release would roll every Deployment
// and be refused by every Job. So a revision carries the version of the renderer it was made for.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lib/api/meta.h"
#include "lib/api/role_shape.h"
#include "lib/api/workload.h"
#include "lib/base/result.h"

namespace muster::core {

inline constexpr int64_t kRendererVersion = 1;

// One role of a revision, with what is derived from it once. In the caches the role is an outline (api::OutlineOf): pod
// templates are large, and needed only to make a child.
struct RevisionRole {
  api::Role role;
  std::string hash;      // of the role and the renderer version: a child with the same hash needs no change
  api::RoleShape shape;  // size, what a member asks for, and what keeps it from starting
};

struct Revision {
  api::ObjectMeta meta;
  int64_t number = 0;
  int64_t renderer = kRendererVersion;
  std::string priority_class_name;
  std::string digest;  // SHA-256 of its data
  std::vector<RevisionRole> roles;
};

// The revision a Workload's spec asks for. Its name is a short hash of its data, the digest is one that nobody can
// forge. The data are Null when the Workload comes without its roles.
struct WantedRevision {
  std::string name;
  std::string digest;
  json::Value data;
};
WantedRevision WantRevision(const api::Workload& workload);

// The whole ControllerRevision, ready to be POSTed.
json::Value EncodeRevision(const api::Workload& workload, const WantedRevision& wanted, int64_t number);

// The same, with shapes that count these requests of containers that state none. The revision itself when there are
// none.
std::shared_ptr<const Revision> WithDefaults(std::shared_ptr<const Revision> revision, const api::Resources& defaults);

// kInvalid when its data are not ours (a hand-made or damaged object).
Result<Revision> DecodeRevision(const json::Value& object);
// The same with outlines of the roles, and a Workload with the digest of its roles: what caches keep.
Result<Revision> DecodeRevisionOutline(const json::Value& object);
Result<api::Workload> DecodeWorkloadDigest(const json::Value& object);

}  // namespace muster::core
