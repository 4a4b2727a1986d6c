#include "operator/core/group_children.h"

#include <algorithm>

#include "operator/core/render.h"

namespace muster::core {
namespace {

// How long after its deletion was due a pod is called stuck: kubelets report within seconds.
constexpr Duration kStuckAfter = std::chrono::seconds(30);

// Of its size: whether the API server takes it says nothing about the role, so none is named.
Patch PatchOf(const api::Child& child, json::Array operations) {
  return {.resource = api::ResourceOf(child.kind),
          .key = child.meta.key(),
          .uid = child.meta.uid,
          .operations = std::move(operations),
          .generation = child.meta.generation};
}

// A Job's condition Suspended of before the attempt stands until the end of the sync that makes its pods, which a stop
// may fall into. After that long it is that of a Job which was never released.
constexpr Duration kResumedSync = std::chrono::seconds(2);

std::string WhyStuck(const api::Pod& pod, bool names_nodes) {
  const bool names_node = names_nodes && !pod.node_name.empty();
  const std::string name = "pod " + pod.meta.name + (names_node ? " on node " + pod.node_name : "");
  if (pod.meta.deleted) return name + " is being deleted but is not gone: if the node is lost, force-delete the pod";
  return name +
         " runs although the group is stopped: if no controller of this group stops it, delete it or remove its "
         "label " +
         std::string(api::kLabelPodGroup);
}

bool SizeIsRight(const api::Child& child, const RevisionRole& role) {
  return child.kind == api::RoleKind::kJob ? !child.suspended : child.replicas == ReleasedReplicas(role);
}

}  // namespace

void GroupChildren::HoldAll(const std::string& why, Plan& plan) const {
  for (const auto& child : o_.children) {
    if (child->Finished() || child->meta.deleted) continue;
    const bool may_be_released = MayBeReleased(*child);
    if (child->Held() && !may_be_released) continue;
    Patch patch = PatchOf(*child, child->Held() ? json::Array() : HoldPatch(*child));
    if (may_be_released) patch.attempt = o_.group->status.attempt;
    plan.Add(std::move(patch), child->Held() ? "its release may still arrive" : why);
  }
}

// A release of the attempt that was made last has not been seen on it. (A child of before this annotation has none.)
bool GroupChildren::MayBeReleased(const api::Child& child) const {
  return child.attempt && *child.attempt < o_.group->status.attempt;
}

void GroupChildren::ReleaseAll(int64_t attempt, Plan& plan) const {
  for (const RoleMembers& role : members_) {
    if (!role.result.empty()) continue;
    if (role.child == nullptr) {
      // Members of a child that is not seen: it was deleted by hand, then no member may run twice; or only its labels.
      plan.Add(CreateChild({o_.group, o_.revision, *role.role}, Hold::kReleased, attempt,
                           role.live > 0 ? Mode::kLook : Mode::kReal),
               role.live > 0 ? "it has members, but is not seen" : "admitted");
    } else if (!role.child->meta.deleted && !role.child->Finished() && !SizeIsRight(*role.child, *role.role)) {
      Patch patch = PatchOf(*role.child, ReleasePatch(*role.child, *role.role));
      if (role.child->annotated) patch.attempt = attempt;
      patch.attempt_before = role.child->attempt;
      plan.Add(std::move(patch), role.child->Held() ? "admitted" : "its size was changed by hand");
    }
  }
}

void GroupChildren::LookForLost(Plan& plan) const {
  for (const RoleMembers& role : members_) {
    if (role.child != nullptr || role.live == 0) continue;
    plan.Add(CreateChild({o_.group, o_.revision, *role.role}, Hold::kHeld, o_.group->status.attempt, Mode::kLook),
             "it has members, but is not seen");
  }
}

GroupChildren::Left GroupChildren::Leftovers(Instant now) const {
  Left left;
  const api::Condition* admitted = api::FindCondition(o_.group->status.conditions, api::condition::kAdmitted);
  const Instant held_since = admitted == nullptr ? now : admitted->last_transition;
  for (const auto& pod : o_.pods) {
    if (pod->IsFinished()) continue;
    left.any = true;
    const Instant stuck_at = pod->meta.deleted.value_or(held_since) + kStuckAfter;
    if (now < stuck_at) {
      if (!left.look_again || stuck_at < *left.look_again) left.look_again = stuck_at;
    } else if (left.stuck.empty()) {
      left.stuck = WhyStuck(*pod, o_.names_nodes);
    }
  }
  return left;
}

GroupChildren::Holds GroupChildren::HoldsSeen(Instant now) const {
  Holds holds{.seen = true, .look_again = std::nullopt};
  const api::Condition* admitted = api::FindCondition(o_.group->status.conditions, api::condition::kAdmitted);
  for (const auto& child : o_.children) {
    if (child->meta.deleted || child->Finished()) continue;
    if (!child->Held() || !child->CaughtUp() || MayBeReleased(*child)) {
      holds.seen = false;
    } else if (child->kind == api::RoleKind::kJob && admitted != nullptr &&
               child->suspended_since < admitted->last_transition && now < admitted->last_transition + kResumedSync) {
      holds.seen = false;
      holds.look_again = admitted->last_transition + kResumedSync;
    }
  }
  return holds;
}

void GroupChildren::Remove(const api::Child& child, const std::string& why, Plan& plan) const {
  if (child.meta.deleted) return;
  plan.Add(DeleteOf(api::ResourceOf(child.kind), child.meta), why);
}

bool GroupChildren::UpdateRole(const RoleMembers& role, MissingChild missing, Instant now, Plan& plan) const {
  const RevisionRole& wanted = *role.role;
  const Refusal* refusal = RefusalOf(role);
  const bool refused = refusal != nullptr && now < refusal->retry_at;
  if (role.child == nullptr) {
    if (missing == MissingChild::kLeave || !role.result.empty()) return true;
    if (!refused) {
      plan.Add(CreateChild({o_.group, o_.revision, wanted}, Hold::kHeld, o_.group->status.attempt, Mode::kReal),
               "held until admitted");
    }
    return false;
  }
  if (role.child->meta.deleted) return false;
  if (role.child->role_hash == wanted.hash) return true;
  if (role.child->kind != wanted.role.kind || role.child->kind == api::RoleKind::kJob) {
    Remove(*role.child, "of another revision", plan);
  } else if (!refused) {
    Patch change = ChangeChild({o_.group, o_.revision, wanted}, *role.child, Mode::kReal);
    change.generation = role.child->meta.generation;
    plan.Add(std::move(change), "to the wanted revision");
  }
  return false;
}

bool GroupChildren::BringUpToDate(MissingChild missing, Instant now, Plan& plan) const {
  bool done = true;
  for (const auto& child : o_.children) {
    const bool wanted = std::any_of(members_.begin(), members_.end(),
                                    [&](const RoleMembers& role) { return role.child == child.get(); });
    // One that is being deleted is not waited for: no role needs its name. Its pods are.
    if (wanted || child->meta.deleted) continue;
    Remove(*child, "its role is no more", plan);
    done = false;
  }
  for (const RoleMembers& role : members_) done = UpdateRole(role, missing, now, plan) && done;
  return done;
}

const Refusal* GroupChildren::RefusalOf(const RoleMembers& role) const {
  const auto at = o_.refusals.find(role.role->role.name);
  return at != o_.refusals.end() && at->second.role_hash == role.role->hash ? &at->second : nullptr;
}

const Refusal* GroupChildren::FirstRefusal() const {
  for (const RoleMembers& role : members_) {
    const bool settled = role.child != nullptr && role.child->role_hash == role.role->hash;
    if (settled) continue;
    if (const Refusal* refusal = RefusalOf(role)) return refusal;
  }
  return nullptr;
}

const Refusal* GroupChildren::RefusalOfMissing() const {
  for (const RoleMembers& role : members_) {
    if (role.child != nullptr || !role.result.empty()) continue;
    if (const Refusal* refusal = RefusalOf(role)) return refusal;
  }
  return nullptr;
}

std::string GroupChildren::RoleOf(const Refusal& refusal) const {
  for (const auto& [role, known] : o_.refusals) {
    if (&known == &refusal) return role;
  }
  return {};
}

}  // namespace muster::core
