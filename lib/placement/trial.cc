#include "lib/placement/trial.h"

#include <algorithm>

namespace muster::placement {

std::vector<Claim> ClaimsOf(Rooms& rooms, const std::vector<WaitingRole>& roles) {
  std::vector<MemberClass> classes;
  for (const WaitingRole& role : roles) classes.push_back(*role.members);
  return ClaimsOf(rooms, classes);
}

Trial::Trial(Board board, const Fit& now, const std::vector<WaitingRole>& roles)
    : board_(std::move(board)), rooms_(board_), fit_(rooms_, now.work()) {
  std::vector<Claim> claims = now.claims();
  fit_.work().left -= static_cast<int64_t>(board_.buckets().size() * board_.width() * (claims.size() + roles.size()));
  for (Claim& claim : claims) claim.shape = rooms_.IndexOf(now.rooms().Of(claim.shape).shape);
  fit_.Add(claims);
  claims_ = ClaimsOf(rooms_, roles);
}

bool Trial::LetsIn() const { return fit_.Allows(claims_); }

bool Trial::LetsInWith(size_t bucket, int64_t count) {
  const int64_t before = board_.buckets()[bucket].count;
  board_.SetCount(bucket, count);
  rooms_.Recount(bucket, count - before);
  return LetsIn();
}

int64_t SmallestThat(int64_t first_guess, int64_t most, const std::function<bool(int64_t)>& enough) {
  int64_t low = 0;  // not enough
  int64_t high = std::clamp<int64_t>(first_guess, 1, std::max<int64_t>(most, 1));
  while (!enough(high)) {
    if (high >= most) return 0;
    low = high;
    high = std::min(2 * high, most);
  }
  while (high - low > 1) {
    const int64_t middle = low + (high - low) / 2;
    (enough(middle) ? high : low) = middle;
  }
  return high;
}

}  // namespace muster::placement
