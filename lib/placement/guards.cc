#include "lib/placement/guards.h"

#include <algorithm>
#include <utility>

namespace muster::placement {
namespace {

// Each guard is asked about every group that would be admitted: more of them would be felt.
constexpr size_t kMostGuards = 8;
// Times of admission are written in whole seconds.
constexpr Duration kWholeSecond = std::chrono::seconds(1);

// Some node may hold both, and both ask for something of which the second has too little.
bool MayTakeFrom(const ShapeRoom& taker, const ShapeRoom& wanted, const std::vector<bool>& scarce) {
  bool share = false;
  for (size_t r = 0; r < scarce.size(); ++r) {
    share = share || (scarce[r] && taker.request[r] > 0 && wanted.request[r] > 0);
  }
  return share && taker.SharesNodesWith(wanted);
}

}  // namespace

bool Guards::MayGuard(const Ask& ask) const {
  const std::string& ns = ask.group.ns;
  if (guards_.size() >= kMostGuards || input_.now - std::max(ask.asked, ask.behind) < input_.policy.guard_after) {
    return false;
  }
  const auto same = [&](const auto& guard) { return guard->head->group.ns == ns; };
  if (std::any_of(guards_.begin(), guards_.end(), same)) return false;
  return input_.now < BeganAt(ns) + input_.policy.guard_time;
}

Instant Guards::BeganAt(const std::string& ns) const {
  const auto began = input_.guards_began.find(ns);
  const bool over = began == input_.guards_began.end() || input_.now >= began->second + 2 * input_.policy.guard_time;
  return over ? input_.now : began->second;
}

void Guards::LookAhead() {
  if (later_rooms_ != nullptr) return;
  later_board_ = std::make_unique<Board>(Board::WithoutGroups(picture_, shapes_));
  later_rooms_ = std::make_unique<Rooms>(*later_board_);
}

bool Guards::FitsLater(const Ask& ask, const std::string& signature) {
  const auto known = fits_later_.find(signature);
  if (known != fits_later_.end()) return known->second;
  LookAhead();
  const bool fits = Fit(*later_rooms_, work_, input_.policy.bounds).Allows(ClaimsOf(*later_rooms_, ask.classes));
  return fits_later_[signature] = fits;
}

bool Guards::Start(const Ask& ask, const std::string& signature, Fit& fit) {
  if (!MayGuard(ask) || !FitsLater(ask, signature)) return false;
  auto guard = std::make_unique<Guard>(Guard{.head = &ask,
                                             .claims = ClaimsOf(rooms_, ask.classes),
                                             .scarce = Explainer(fit, picture_).ScarceResources(ask.classes),
                                             .later_claims = ClaimsOf(*later_rooms_, ask.classes),
                                             .later = Fit(*later_rooms_, work_, input_.policy.bounds),
                                             .denied = {}});
  const Instant began = BeganAt(ask.group.ns) - kWholeSecond;
  for (const AdmittedGroup& other : input_.admitted) {
    if (other.since >= began) guard->later.Add(ClaimsOf(*later_rooms_, other.classes));
  }
  guards_.push_back(std::move(guard));
  return true;
}

const Ask* Guards::InFrontOf(const Ask& ask, const std::vector<Claim>& claims, const std::string& signature) {
  for (const auto& guard : guards_) {
    if (!TakesFrom(*guard, claims) || IsHeldLongEnough(ask, *guard)) continue;
    if (guard->denied.contains(signature)) return guard->head;
    if (LeavesRoomFor(*guard, ask)) continue;
    guard->denied.insert(signature);
    return guard->head;
  }
  return nullptr;
}

void Guards::Count(const Ask& ask) {
  for (const auto& guard : guards_) guard->later.Add(ClaimsOf(*later_rooms_, ask.classes));
}

bool Guards::TakesFrom(const Guard& guard, const std::vector<Claim>& claims) const {
  return std::any_of(claims.begin(), claims.end(), [&](const Claim& claim) {
    return std::any_of(guard.claims.begin(), guard.claims.end(), [&](const Claim& wanted) {
      return MayTakeFrom(rooms_.Of(claim.shape), rooms_.Of(wanted.shape), guard.scarce);
    });
  });
}

bool Guards::LeavesRoomFor(const Guard& guard, const Ask& ask) {
  Fit later = guard.later;
  later.Add(ClaimsOf(*later_rooms_, ask.classes));
  return later.Allows(guard.later_claims);
}

bool Guards::IsHeldLongEnough(const Ask& ask, const Guard& guard) const {
  return ask.held_back && guard.head->group.ns != ask.group.ns &&
         input_.now >= *ask.held_back + input_.policy.guard_time;
}

}  // namespace muster::placement
