#include "lib/placement/reserved.h"

#include <algorithm>
#include <utility>

#include "lib/base/strings.h"

namespace muster::placement {

Reserved::Reserved(Rooms& rooms, Work& work, const std::vector<InFlight>& in_flight,
                   const std::vector<std::vector<Claim>>& admitted)
    : rooms_(&rooms), others_(rooms, work) {
  for (const InFlight& group : in_flight) {
    Holder holder{.group = &group, .claims = ClaimsOf(rooms, group.unbound)};
    for (const Claim& claim : holder.claims) {
      holder.size += rooms.Of(claim.shape).size * static_cast<double>(claim.members);
    }
    in_flight_.push_back(std::move(holder));
  }
  std::stable_sort(in_flight_.begin(), in_flight_.end(), [](const Holder& a, const Holder& b) {
    return a.size != b.size ? a.size > b.size : a.group->group < b.group->group;
  });
  if (in_flight.empty()) return;
  for (const std::vector<Claim>& claims : admitted) others_.Add(claims);
}

std::optional<Reserved::HoldersOfRoom> Reserved::Holders(const Ask& ask) const {
  if (in_flight_.empty()) return std::nullopt;
  const std::vector<Claim> claims = ClaimsOf(*rooms_, ask.classes);
  std::optional<HoldersOfRoom> found;
  int64_t more = 0;
  for (const Holder& holder : in_flight_) {
    if (!MayTakeFrom(holder, claims)) continue;
    if (found) ++more;
    if (!found) found = {.text = holder.group->group.Text(), .since = holder.group->since};
    found->since = std::min(found->since, holder.group->since);
  }
  if (!found || !others_.Allows(claims)) return std::nullopt;
  if (more > 0) found->text += " and " + Count(more, "more group");
  return found;
}

// Some node may hold pods of both.
bool Reserved::MayTakeFrom(const Holder& holder, const std::vector<Claim>& claims) const {
  for (const Claim& held : holder.claims) {
    const ShapeRoom& taker = rooms_->Of(held.shape);
    for (const Claim& claim : claims) {
      if (taker.SharesNodesWith(rooms_->Of(claim.shape))) return true;
    }
  }
  return false;
}

}  // namespace muster::placement
