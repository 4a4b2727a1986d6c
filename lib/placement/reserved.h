// For whom room is reserved that a waiting group could have: the groups in flight. Layer: placement. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/placement/explain.h"

namespace muster::placement {

class Reserved {
 public:
  // `admitted` are the claims of the groups that this cycle has admitted: they will run, so their room is not only
  // reserved. All of them outlive this.
  Reserved(Rooms& rooms, Work& work, const std::vector<InFlight>& in_flight,
           const std::vector<std::vector<Claim>>& admitted);

  struct HoldersOfRoom {
    std::string text;  // "ml/large-0", "ml/large-0 and 2 more groups"
    Instant since{};   // the oldest of these reservations was made then
  };
  // nullopt: the group would wait although nothing were reserved.
  std::optional<HoldersOfRoom> Holders(const Ask& ask) const;

 private:
  struct Holder {
    const InFlight* group;
    std::vector<Claim> claims;
    double size = 0;  // in largest nodes
  };
  bool MayTakeFrom(const Holder& holder, const std::vector<Claim>& claims) const;

  Rooms* rooms_;
  std::vector<Holder> in_flight_;  // the largest first
  Fit others_;                     // without the groups in flight
};

}  // namespace muster::placement
