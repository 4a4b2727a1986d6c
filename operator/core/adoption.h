// Which objects without a controller are taken over: what kubectl delete --cascade=orphan has left behind. Layer:
// operator/core. Pure.
//
// PodGroups and revisions are written by the operator alone, so labels and data are enough. A child can be made by
// anybody with rights on its kind. It runs what its spec says, so where its annotation claims that the spec is that of
// the wanted role, the API server is asked what it would make of that role (a dry-run under another name).
#pragma once

#include "lib/json/value.h"
#include "operator/core/plan.h"

namespace muster::core {

// Whether an object without a controller is one that we would create: it has all our labels, and a revision also
// has the data, a PodGroup the index that we would store.
bool IsOrphanOf(const Create& wanted, const json::Value& found);

// Whether its annotation says that it is made from the same role as the wanted child.
bool ClaimsRoleOf(const Create& wanted, const json::Value& found);

// The wanted child under another name, to be created in a dry-run: the API server fills in what it fills in.
json::Value ProbeFor(const Create& wanted);

// Whether a child has the spec that was made for the probe, apart from what holds and releases it.
bool HasSpecOf(const api::Resource& resource, const json::Value& child, const json::Value& made);

}  // namespace muster::core
