// What somebody else has done by hand to what is Muster's, and what becomes of it: told as events, each naming the
// object, the field and the remedy. Layer: operator/core. Pure.
#pragma once

#include "operator/core/group.h"
#include "operator/core/workload.h"

namespace muster::core {

// Children that were changed or deleted since they were last written or seen.
void ReportChildren(const ObservedGroup& observed, const std::vector<RoleMembers>& members, Plan& plan);

// Objects that carry the group's label and are not its own: that they are ignored.
void ReportStrangers(const ObservedGroup& observed, Plan& plan);

// A group whose spec is not as the Workload's, which has not changed since it was last acted upon; nullopt: by
// ourselves.
std::optional<EmitEvent> ChangedGroup(const api::Workload& workload, const api::PodGroup& group,
                                      const api::PodGroupSpec& wanted);
// The same of a group that is not there any more.
std::optional<EmitEvent> DeletedGroup(const api::Workload& workload, int64_t index);

}  // namespace muster::core
