// What is done to the children of one group: held, released, created, changed, removed. Layer: operator/core. Pure:
// adds actions to a plan. Who decides that it is done is group.cc.
#pragma once

#include <optional>
#include <string>

#include "operator/core/group.h"

namespace muster::core {

enum class MissingChild { kLeave, kCreate };

class GroupChildren {
 public:
  // Both must outlive this.
  GroupChildren(const ObservedGroup& observed, const std::vector<RoleMembers>& members)
      : o_(observed), members_(members) {}

  // Holds every child that is not held, not finished and not going away; also of roles that are no more. What is held
  // already, though this attempt was to release it, is marked, so that the release no longer can.
  void HoldAll(const std::string& why, Plan& plan) const;
  // Creates or releases every child that should run; puts a size right that somebody has changed by hand.
  void ReleaseAll(int64_t attempt, Plan& plan) const;

  // Finds children that have members but not the labels they are seen by.
  void LookForLost(Plan& plan) const;

  // Members that are not gone though no child may have any.
  struct Left {
    bool any = false;
    std::string stuck;                  // not gone long after their grace period: which, and where; "" when none
    std::optional<Instant> look_again;  // when one may turn out to be stuck
  };
  Left Leftovers(Instant now) const;
  // Whether every child is held and its controller has seen it. What pods exist says the rest.
  struct Holds {
    bool seen = false;
    std::optional<Instant> look_again;  // when time alone makes it so
  };
  Holds HoldsSeen(Instant now) const;

  // Makes the held children those of the wanted revision. True when nothing is left to do (with kLeave a missing child
  // is nothing to do). A Job cannot be changed: it is deleted, and created anew when it is gone.
  bool BringUpToDate(MissingChild missing, Instant now, Plan& plan) const;

  // A refusal that still stands: of the wanted role.
  const Refusal* FirstRefusal() const;
  const Refusal* RefusalOfMissing() const;  // of a role that has no child
  std::string RoleOf(const Refusal& refusal) const;

 private:
  bool MayBeReleased(const api::Child& child) const;
  const Refusal* RefusalOf(const RoleMembers& role) const;
  void Remove(const api::Child& child, const std::string& why, Plan& plan) const;
  bool UpdateRole(const RoleMembers& role, MissingChild missing, Instant now, Plan& plan) const;

  const ObservedGroup& o_;
  const std::vector<RoleMembers>& members_;
};

}  // namespace muster::core
