#include "lib/placement/explain.h"

#include <algorithm>
#include <optional>

#include "lib/base/strings.h"
#include "lib/placement/blockers.h"
#include "lib/placement/changes.h"
#include "lib/placement/summary.h"

namespace muster::placement {
namespace {

ShortRole ShortRoleOf(const WaitingRole& role, const Rooms& rooms) {
  return {role.members, &rooms.Of(role.shape), role.placed, &rooms.board().resources()};
}

std::string WholeSize(const std::vector<WaitingRole>& roles, const Rooms& rooms) {
  std::vector<SizedRole> sized;
  for (const WaitingRole& role : roles) {
    const ShortRole text = ShortRoleOf(role, rooms);
    sized.push_back({text, MainResource(*text.room, rooms.board())});
  }
  return SizeOfGroup(sized);
}

// Beyond this a search of all orders of the roles would be felt; few roles on few kinds of nodes are searched in full.
constexpr size_t kMostRolesSearched = 4;
constexpr size_t kMostBucketsSearched = 32;

using RoleOrder = std::vector<size_t>;

RoleOrder OrderBy(const std::vector<double>& keys) {
  RoleOrder order(keys.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return keys[a] < keys[b]; });
  return order;
}

// Largest first wastes least; but a role that few nodes may take must come before one that could go anywhere.
std::vector<RoleOrder> OrdersToTry(const std::vector<WaitingRole>& roles, const Rooms& rooms, const Scratch& after) {
  std::vector<double> by_size;
  std::vector<double> by_choice;
  for (const WaitingRole& role : roles) {
    by_size.push_back(-rooms.Of(role.shape).size);
    by_choice.push_back(static_cast<double>(after.SlotsInAll(role.shape)) /
                        static_cast<double>(std::max<int64_t>(1, role.members->needed)));
  }
  std::vector<RoleOrder> orders = {OrderBy(by_size), OrderBy(by_choice)};
  if (roles.size() > kMostRolesSearched || rooms.board().buckets().size() > kMostBucketsSearched) return orders;
  RoleOrder each = OrderBy(std::vector<double>(roles.size()));
  do {
    orders.push_back(each);
  } while (std::next_permutation(each.begin(), each.end()));
  return orders;
}

// Puts the roles down; returns how many members find no place.
int64_t PlaceInOrder(const RoleOrder& order, Packing packing, std::vector<WaitingRole>& roles, Scratch& after) {
  int64_t missing = 0;
  for (const size_t i : order) {
    roles[i].placed = after.Place(roles[i].shape, roles[i].members->needed, packing);
    missing += std::max<int64_t>(0, roles[i].members->needed - roles[i].placed);
  }
  return missing;
}

std::vector<MemberClass> ClassesOf(const std::vector<WaitingRole>& roles) {
  std::vector<MemberClass> classes;
  for (const WaitingRole& role : roles) classes.push_back(*role.members);
  return classes;
}

// "12 cpu of 20 that are free and 30Gi memory of 64Gi that are free are requested", on the nodes that the roles may
// use.
std::string RequestedAndFree(const std::vector<WaitingRole>& roles, const Rooms& rooms) {
  const Board& board = rooms.board();
  std::vector<std::string> parts;
  for (size_t r = 1; r < board.width(); ++r) {
    int64_t requested = 0;
    for (const WaitingRole& role : roles) {
      const int64_t each = rooms.Of(role.shape).request[r];
      requested = api::SaturatingAdd(requested, api::SaturatingMultiply(each, role.members->members));
    }
    if (requested <= 0) continue;
    int64_t free = 0;
    for (size_t b = 0; b < board.buckets().size(); ++b) {
      const Bucket& bucket = board.buckets()[b];
      const bool usable = std::any_of(roles.begin(), roles.end(), [&](const WaitingRole& role) {
        return rooms.Of(role.shape).refusal[bucket.facts] == api::NodeRefusal::kNone;
      });
      if (!usable) continue;
      free = api::SaturatingAdd(free, api::SaturatingMultiply(std::max<int64_t>(board.Free(b)[r], 0), bucket.count));
    }
    const std::string& name = board.resources()[r];
    parts.push_back(api::FormatNamedAmount(name, requested) + " of " +
                    api::FormatAmount(name, free, api::Rounding::kDown) + " that are free");
  }
  return "requested: " + Join(parts, " and ");
}

// All members find a place when packed, and the group is refused all the same.
void ExplainPacked(const std::vector<WaitingRole>& roles, Fit& fit, api::Explanation& explanation) {
  const std::string size = WholeSize(roles, fit.rooms());
  const FitVerdict verdict = Fit(fit.rooms(), fit.work()).Judge(ClaimsOf(fit.rooms(), ClassesOf(roles)));
  if (verdict == FitVerdict::kProven && !fit.claims().empty()) {
    explanation.summary = "needs " + size + "; the room is reserved for groups that are starting";
    explanation.blockers.push_back(
        {std::string(api::blocker::kReservedByAdmitted), "", "", "", 0,
         "groups that are starting could take the room; the decision is repeated when all of "
         "their members are scheduled"});
    explanation.changes.push_back({std::string(change::kWaitForAdmitted), "the groups that are starting now running"});
    return;
  }
  if (verdict == FitVerdict::kNeedsExactPacking) {
    explanation.summary = "needs " + size + ", which fits only if packed exactly";
    explanation.blockers.push_back({std::string(api::blocker::kFragmentedCapacity), "", "", "", 0,
                                    "kube-scheduler could spread members of one role over the nodes that members of "
                                    "another need"});
    return;
  }
  explanation.summary = "needs " + size + ", and it is not proven that every order of placement fits";
  explanation.blockers.push_back({std::string(api::blocker::kFitNotProven), "", "", "", 0,
                                  RequestedAndFree(roles, fit.rooms()) +
                                      "; kube-scheduler places the members in any order on any nodes, and one placed "
                                      "early can take room that another needs"});
}

}  // namespace

std::vector<Claim> ClaimsOf(Rooms& rooms, const std::vector<MemberClass>& classes) {
  std::vector<Claim> claims;
  for (const MemberClass& members : classes) {
    if (members.shape == nullptr || members.members <= 0) continue;
    const int64_t needed = std::clamp<int64_t>(members.needed, 0, members.members);
    claims.push_back({rooms.IndexOf(members.shape), members.members, members.members - needed});
  }
  return claims;
}

std::vector<std::string> NotConsidered(const std::vector<MemberClass>& classes) {
  std::vector<std::string> texts;
  for (const MemberClass& members : classes) {
    if (members.shape == nullptr) continue;
    for (const std::string& text : members.shape->not_considered) texts.push_back(text + " of role " + members.role);
  }
  return texts;
}

Explainer::Explainer(Fit& fit, const Picture& picture) : fit_(&fit), picture_(&picture), base_(fit.rooms()) {
  base_.PlaceAll(fit.claims());
}

// Of several ways to put the group down, the one that finds most places is told: "n more needed" must not mean that we
// packed badly.
std::vector<WaitingRole> Explainer::Place(const std::vector<MemberClass>& classes, Scratch& after) const {
  std::vector<WaitingRole> roles;
  for (const MemberClass& members : classes) {
    if (members.shape == nullptr) continue;
    roles.push_back({&members, fit_->rooms().IndexOf(members.shape), 0});
  }
  const Scratch before = after;
  std::optional<int64_t> fewest_missing;
  std::vector<WaitingRole> best = roles;
  for (const RoleOrder& order : OrdersToTry(roles, fit_->rooms(), before)) {
    for (const Packing packing : {Packing::kFullestFirst, Packing::kEmptiestFirst}) {
      if (fewest_missing == 0) return best;
      Scratch tried = before;
      std::vector<WaitingRole> placed = roles;
      const int64_t missing = PlaceInOrder(order, packing, placed, tried);
      if (fewest_missing && missing >= *fewest_missing) continue;
      fewest_missing = missing;
      best = std::move(placed);
      after = std::move(tried);
    }
  }
  return best;
}

api::Explanation Explainer::Begin(const std::vector<MemberClass>& classes) const {
  api::Explanation explanation;
  explanation.nodes = fit_->rooms().board().node_count();
  explanation.not_considered = NotConsidered(classes);
  return explanation;
}

api::Explanation Explainer::Explain(const Ask& ask, Detail detail) const {
  api::Explanation explanation = Begin(ask.classes);
  Scratch after = base_;
  const std::vector<WaitingRole> roles = Place(ask.classes, after);
  std::vector<RoleShortage> shortages;
  std::optional<size_t> resource;
  int64_t placed = 0;
  int64_t members = 0;
  for (const WaitingRole& role : roles) {
    explanation.roles.push_back({role.members->role, role.placed, role.members->needed});
    placed += role.placed;
    members += role.members->needed;
    if (!role.IsShort()) continue;
    const ShortRole text = ShortRoleOf(role, fit_->rooms());
    const Tally tally = TallyOf(fit_->rooms(), role.shape, base_, after, role.Unplaced());
    std::vector<api::Blocker> blockers = BlockersOf(text, tally);
    if (shortages.empty()) resource = ShortResource(text, tally);
    explanation.blockers.insert(explanation.blockers.end(), blockers.begin(), blockers.end());
    shortages.push_back({text, tally});
  }
  if (shortages.empty()) {
    ExplainPacked(roles, *fit_, explanation);
  } else {
    explanation.summary = SummaryOfShortages(shortages, roles.size(), placed, members);
  }
  if (detail == Detail::kShort) return api::ShortForm(explanation);
  if (explanation.changes.empty()) {
    explanation.changes = ChangesFor({.roles = roles,
                                      .after = &after,
                                      .resource = resource,
                                      .picture = picture_,
                                      .preempts_below = ask.preempts_below},
                                     *fit_);
  }
  return explanation;
}

api::Explanation Explainer::ExplainReserved(const std::vector<MemberClass>& classes, const std::string& holders,
                                            Detail detail) const {
  api::Explanation explanation = Begin(classes);
  Scratch after = base_;
  const std::vector<WaitingRole> roles = Place(classes, after);
  for (const WaitingRole& role : roles) {
    explanation.roles.push_back({role.members->role, role.placed, role.members->needed});
  }
  explanation.summary = "needs " + WholeSize(roles, fit_->rooms()) + "; the room is reserved for " + holders +
                        ", whose pods are being created and scheduled";
  explanation.blockers.push_back({std::string(api::blocker::kReservedByAdmitted), "", "", "", 0,
                                  "reserved for " + holders +
                                      ": the room is used when its pods are scheduled, or free again when its attempt "
                                      "to start ends"});
  explanation.changes.push_back({std::string(change::kWaitForAdmitted), "the groups that are starting now running"});
  return detail == Detail::kShort ? api::ShortForm(explanation) : explanation;
}

api::Explanation Explainer::ExplainBehind(const std::vector<MemberClass>& classes, const Ask& head,
                                          bool higher_priority) const {
  api::Explanation explanation = Begin(classes);
  Scratch after = base_;
  const std::vector<WaitingRole> roles = Place(classes, after);
  for (const WaitingRole& role : roles) {
    explanation.roles.push_back({role.members->role, role.placed, role.members->needed});
  }
  const std::string why = higher_priority ? "which has a higher priority" : "which asked earlier";
  explanation.summary = "needs " + WholeSize(roles, fit_->rooms()) + ", but waits behind " + head.group.Text();
  explanation.blockers.push_back(
      {std::string(higher_priority ? api::blocker::kBehindHigherPriority : api::blocker::kBehindEarlierGroup), "", "",
       "", 0, "could take room that " + head.group.Text() + " needs, " + why + " and has waited long"});
  explanation.changes.push_back(
      {std::string(change::kWaitForGroup), head.group.Text() + " running, suspended or deleted"});
  return explanation;
}

std::vector<bool> Explainer::ScarceResources(const std::vector<MemberClass>& classes) const {
  const Rooms& rooms = fit_->rooms();
  Scratch after = base_;
  std::vector<bool> scarce(rooms.board().width());
  bool any = false;
  const std::vector<WaitingRole> roles = Place(classes, after);
  for (const WaitingRole& role : roles) {
    if (!role.IsShort()) continue;
    const Tally tally = TallyOf(rooms, role.shape, base_, after, role.Unplaced());
    for (size_t r = 0; r < scarce.size(); ++r) {
      if (tally.runs_out[r] == 0) continue;
      scarce[r] = true;
      any = true;
    }
  }
  for (const WaitingRole& role : roles) {
    if (any) break;
    for (size_t r = 1; r < scarce.size(); ++r) scarce[r] = scarce[r] || rooms.Of(role.shape).request[r] > 0;
  }
  return scarce;
}

}  // namespace muster::placement
