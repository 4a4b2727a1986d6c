#include "lib/placement/summary.h"

#include <algorithm>
#include <map>

#include "lib/base/strings.h"

namespace muster::placement {
namespace {

constexpr size_t kMostRolesListed = 2;
constexpr size_t kMostResourcesListed = 2;

// Amounts by resource, and how many roles each is about.
class Amounts {
 public:
  void Add(size_t resource, const std::string& name, int64_t count, int64_t request) {
    Sum& sum = sums_[resource];
    sum.name = name;
    sum.amount = api::SaturatingAdd(sum.amount, api::SaturatingMultiply(count, request));
    ++sum.roles;
  }
  bool empty() const { return sums_.empty(); }

  // "1400m cpu, 2 nvidia.com/gpu", that of most roles first.
  std::string Text() const {
    std::vector<Sum> sums;
    for (const auto& [resource, sum] : sums_) sums.push_back(sum);
    std::stable_sort(sums.begin(), sums.end(), [](const Sum& a, const Sum& b) { return a.roles > b.roles; });
    std::vector<std::string> parts;
    for (const Sum& sum : sums) {
      if (parts.size() < kMostResourcesListed) parts.push_back(api::FormatNamedAmount(sum.name, sum.amount));
    }
    return Join(parts, " and ") + (sums.size() > parts.size() ? " and other resources" : "");
  }

 private:
  struct Sum {
    std::string name;
    int64_t amount = 0;
    int64_t roles = 0;
  };
  std::map<size_t, Sum> sums_;
};

// "a and b", "a, b and 8 more roles".
std::string RolesText(const std::vector<std::string>& names) {
  if (names.size() <= kMostRolesListed) return Join(names, " and ");
  const std::vector<std::string> first(names.begin(), names.begin() + kMostRolesListed);
  return Join(first, ", ") + " and " + Count(static_cast<int64_t>(names.size() - kMostRolesListed), "more role");
}

// No eligible node could ever give one member enough of the resource.
bool ExceedsEveryNode(const RoleShortage& shortage, size_t resource) {
  return shortage.tally.eligible > 0 && shortage.role.room->request[resource] > shortage.tally.largest[resource];
}

std::string SummaryOfMany(const std::vector<RoleShortage>& shortages, int64_t placed, int64_t members) {
  Amounts lacking;
  std::vector<std::string> short_roles;
  std::vector<std::string> refused_roles;
  std::string impossible;
  for (const RoleShortage& shortage : shortages) {
    const ShortRole& role = shortage.role;
    const std::optional<size_t> resource = ShortResource(role, shortage.tally);
    if (!resource) {
      refused_roles.push_back(role.members->role);
      continue;
    }
    if (impossible.empty() && ExceedsEveryNode(shortage, *resource)) {
      impossible = role.members->role + ": " + SummaryOf(role, shortage.tally);
    }
    short_roles.push_back(role.members->role);
    lacking.Add(*resource, (*role.resources)[*resource], role.members->needed - role.placed,
                role.room->request[*resource]);
  }
  std::vector<std::string> reasons;
  if (!impossible.empty()) reasons.push_back(impossible);
  if (!short_roles.empty()) {
    reasons.push_back(RolesText(short_roles) + (short_roles.size() == 1 ? " is" : " are") + " short of " +
                      lacking.Text());
  }
  if (!refused_roles.empty()) reasons.push_back("no node may take " + RolesText(refused_roles));
  return "room for " + std::to_string(placed) + " of " + Count(members, "member") + ": " + Join(reasons, "; ");
}

}  // namespace

std::string SizeOfGroup(const std::vector<SizedRole>& roles) {
  std::vector<std::string> parts;
  Amounts amounts;
  int64_t members = 0;
  for (const SizedRole& sized : roles) {
    if (sized.role.members->needed <= 0) continue;
    parts.push_back(SizeText(sized.role, sized.resource));
    members += sized.role.members->needed;
    amounts.Add(sized.resource, (*sized.role.resources)[sized.resource], sized.role.members->needed,
                sized.role.room->request[sized.resource]);
  }
  if (parts.size() <= kMostRolesListed) return Join(parts, " and ");
  return amounts.Text() + " for " + Count(members, "member") + " of " +
         Count(static_cast<int64_t>(parts.size()), "role");
}

std::string SummaryOfShortages(const std::vector<RoleShortage>& shortages, size_t roles, int64_t placed,
                               int64_t members) {
  if (shortages.size() > kMostRolesListed) return SummaryOfMany(shortages, placed, members);
  std::vector<std::string> texts;
  for (const RoleShortage& shortage : shortages) {
    // In a small group the only short role needs no name.
    const bool named = shortages.size() > 1 || roles > kMostRolesListed;
    const std::string text = SummaryOf(shortage.role, shortage.tally);
    const std::string name = shortage.role.members->role + (text.starts_with("needs") ? " " : ": ");
    texts.push_back((named ? name : "") + text);
  }
  return Join(texts, "; ");
}

}  // namespace muster::placement
