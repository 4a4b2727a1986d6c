// Guards: groups that have waited long, and what is held back for them. Layer: placement. Pure. docs/admission.md,
// "Groups that wait long", states the rule for readers.
//
// A group is guarded when it has waited for PlanPolicy::guard_after and would fit once all other Muster groups have
// ended; pods of other owners stay. What fits now is then admitted only if it takes nothing that the guarded group
// lacks, or if the guarded group still fits beside it, and beside everything that was admitted since the guard began,
// once the groups from before have ended. So what passes never makes the guarded group wait for it.
//
// A guard costs others time, so it is bounded in three ways: one per namespace at a time; a namespace's guards last for
// PlanPolicy::guard_time and then rest as long, whichever of its groups are guarded; and all guards of other namespaces
// together hold a group back for no longer than guard_time. Whoever keeps the times (CycleInput) counts them by
// namespace, so deleting a group and creating it again renews nothing.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lib/placement/cycle.h"
#include "lib/placement/explain.h"

namespace muster::placement {

class Guards {
 public:
  // `rooms` are those of the cluster as it is now. All of these outlive this.
  Guards(const Picture& picture, const CycleInput& input, const std::vector<api::PodShapePtr>& shapes, Rooms& rooms)
      : picture_(picture), input_(input), shapes_(shapes), rooms_(rooms) {}

  // The ask does not fit. True when it is guarded from here on. `signature` is equal for asks that ask for the same;
  // `fit` holds everything that is admitted.
  bool Start(const Ask& ask, const std::string& signature, Fit& fit);
  // The ask fits: the guarded group that it has to wait for; null: none.
  const Ask* InFrontOf(const Ask& ask, const std::vector<Claim>& claims, const std::string& signature);
  // The ask is admitted.
  void Count(const Ask& ask);

 private:
  struct Guard {
    const Ask* head;
    std::vector<Claim> claims;        // of rooms_
    std::vector<bool> scarce;         // by resource: what the head lacks now
    std::vector<Claim> later_claims;  // of later_rooms_
    Fit later;                        // everything admitted since the guard began
    std::set<std::string> denied;     // signatures that may not pass
  };

  bool MayGuard(const Ask& ask) const;
  Instant BeganAt(const std::string& ns) const;
  void LookAhead();
  bool FitsLater(const Ask& ask, const std::string& signature);
  bool TakesFrom(const Guard& guard, const std::vector<Claim>& claims) const;
  bool LeavesRoomFor(const Guard& guard, const Ask& ask);
  bool IsHeldLongEnough(const Ask& ask, const Guard& guard) const;

  const Picture& picture_;
  const CycleInput& input_;
  const std::vector<api::PodShapePtr>& shapes_;
  Rooms& rooms_;
  Work work_{kGuardWork};
  // The cluster without the pods of Muster groups.
  std::unique_ptr<Board> later_board_;
  std::unique_ptr<Rooms> later_rooms_;
  std::map<std::string, bool> fits_later_;  // by signature
  std::vector<std::unique_ptr<Guard>> guards_;
  static constexpr int64_t kGuardWork = 2'000'000;
};

}  // namespace muster::placement
