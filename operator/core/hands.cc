#include "operator/core/hands.h"

#include <algorithm>
#include <utility>

#include "lib/api/names.h"
#include "lib/base/strings.h"
#include "operator/core/render.h"

namespace muster::core {
namespace {

EmitEvent Warn(std::string_view reason, std::string note) {
  return {EventType::kWarning, std::string(reason), "Observe", std::move(note)};
}

std::string WorkloadOf(const api::PodGroup& group) { return group.meta.owner ? group.meta.owner->name : std::string(); }

std::string EditCommand(const std::string& workload, const std::string& ns) {
  return "kubectl edit workloads.muster.dev " + workload + " -n " + ns;
}

// "spec.replicas is 5, not 2", of the field that belongs to us; "" when it is as it should be.
std::string WrongSize(const api::Child& child, const RevisionRole& role, bool released) {
  if (child.kind == api::RoleKind::kJob) {
    if (child.suspended != released) return {};
    return "spec.suspend is " + std::string(child.suspended ? "true" : "false") + ", not " +
           (released ? "false" : "true");
  }
  const int64_t right = released ? ReleasedReplicas(role) : 0;
  if (child.replicas == right) return {};
  return "spec.replicas is " + std::to_string(child.replicas) + ", not " + std::to_string(right);
}

EmitEvent Changed(const ObservedGroup& observed, const api::Child& child, const RevisionRole& role) {
  const api::PodGroup& group = *observed.group;
  const bool released = api::IsTrue(group.status.conditions, api::condition::kAdmitted);
  const std::string name = std::string(api::KindName(child.kind)) + " " + child.meta.name;
  const std::string edit = EditCommand(WorkloadOf(group), group.meta.ns);
  if (const std::string size = WrongSize(child, role, released); !size.empty()) {
    return Warn("ChildChanged", name + " was changed by another client: " + size +
                                    "; the operator restores it. To change the size, change role " + role.role.name +
                                    " of the Workload: " + edit);
  }
  return Warn("ChildChanged", name + " was changed by another client, but not its size: the change stays until the " +
                                  "group is next started with the Workload's roles. To keep it, change role " +
                                  role.role.name + " of the Workload: " + edit);
}

// The fields in which they differ: "spec.run is Hold, not Run".
std::string Differences(const api::PodGroupSpec& is, const api::PodGroupSpec& wanted) {
  std::vector<std::string> all;
  const auto run = [](api::Run value) { return std::string(value == api::Run::kHold ? "Hold" : "Run"); };
  const auto named = [](const std::string& value) { return value.empty() ? "unset" : value; };
  if (is.run != wanted.run) all.push_back("spec.run is " + run(is.run) + ", not " + run(wanted.run));
  if (is.revision != wanted.revision) {
    all.push_back("spec.revision is " + Shorten(is.revision, 63) + ", not " + wanted.revision);
  }
  if (is.priority_class_name != wanted.priority_class_name) {
    all.push_back("spec.priorityClassName is " + named(Shorten(is.priority_class_name, 63)) + ", not " +
                  named(wanted.priority_class_name));
  }
  if (is.gang != wanted.gang) all.emplace_back("spec.gang is not the Workload's");
  return Join(all, ", ");
}

// Whatever differs from what it asks for was not made so by us.
bool IsActedUpon(const api::Workload& workload) {
  return workload.status.observed_generation == workload.meta.generation;
}

}  // namespace

void ReportChildren(const ObservedGroup& observed, const std::vector<RoleMembers>& members, Plan& plan) {
  for (const RoleMembers& role : members) {
    if (role.child == nullptr || role.child->meta.deleted) continue;
    const auto known = observed.known.find(role.child->meta.uid);
    if (known == observed.known.end() || role.child->meta.generation <= known->second.generation) continue;
    plan.Add(Changed(observed, *role.child, *role.role), {});
  }
  for (const auto& [uid, known] : observed.known) {
    const bool there = std::any_of(observed.children.begin(), observed.children.end(),
                                   [&uid = uid](const auto& child) { return child->meta.uid == uid; });
    const auto role = std::find_if(members.begin(), members.end(), [&role_name = known.role](const RoleMembers& each) {
      return each.role->role.name == role_name;
    });
    if (there || role == members.end() || !role->result.empty()) continue;
    plan.Add(
        Warn("ChildDeleted", known.name +
                                 " was deleted by another client or lost its labels: the operator creates it again "
                                 "once its pods are gone. To stop the group: kubectl workload suspend " +
                                 WorkloadOf(*observed.group) + " -n " + observed.group->meta.ns),
        {});
  }
}

void ReportStrangers(const ObservedGroup& observed, Plan& plan) {
  if (observed.strangers_change_at) plan.WakeAt(*observed.strangers_change_at);
  if (observed.strangers.empty()) return;
  plan.Add(Warn("ForeignObject", "ignored " + observed.strangers + ": labelled " + std::string(api::kLabelPodGroup) +
                                     "=" + observed.group->meta.name +
                                     ", but not controlled by this PodGroup or by one of its children; delete the "
                                     "object, or remove the label"),
           {});
}

std::optional<EmitEvent> ChangedGroup(const api::Workload& workload, const api::PodGroup& group,
                                      const api::PodGroupSpec& wanted) {
  if (!IsActedUpon(workload)) return std::nullopt;
  // What waits for its turn with a new revision differs by our own will.
  if (group.spec.revision != wanted.revision && group.status.revision != wanted.revision) return std::nullopt;
  return Warn("GroupChanged", "PodGroup " + group.meta.name +
                                  " was changed by another client: " + Differences(group.spec, wanted) +
                                  "; the operator restores it. Change the Workload instead: " +
                                  EditCommand(workload.meta.name, workload.meta.ns));
}

std::optional<EmitEvent> DeletedGroup(const api::Workload& workload, int64_t index) {
  if (!IsActedUpon(workload) || workload.status.replicas != workload.spec.replicas) return std::nullopt;
  return Warn("GroupDeleted",
              "PodGroup " + api::GroupName(workload.meta.name, index) +
                  " was deleted by another client: the operator creates it again. For fewer groups: kubectl scale "
                  "workloads.muster.dev " +
                  workload.meta.name + " -n " + workload.meta.ns + " --replicas=N");
}

}  // namespace muster::core
