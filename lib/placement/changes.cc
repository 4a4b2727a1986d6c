#include "lib/placement/changes.h"

#include <algorithm>
#include <map>
#include <set>

#include "lib/api/node_taints.h"
#include "lib/base/strings.h"
#include "lib/placement/add_nodes.h"
#include "lib/placement/blockers.h"
#include "lib/placement/free_resources.h"
#include "lib/placement/preempt.h"
#include "lib/placement/trial.h"

namespace muster::placement {
namespace {

constexpr size_t kMostChanges = 5;
constexpr size_t kMostTaintsTried = 3;

// One try at letting a group in by changing what its roles ask for; the board stays.
class RoleChanges {
 public:
  RoleChanges(const Shortage& shortage, Fit& fit) : shortage_(shortage), fit_(fit) {}

  // The group with role `index` in another shape.
  bool FitsWith(size_t index, const api::PodShapePtr& shape) {
    std::vector<MemberClass> classes = Classes();
    classes[index].shape = shape;
    return fit_.Allows(ClaimsOf(fit_.rooms(), classes));
  }

  // With fewer members of role `index`; of a role that needs only some of its members, with fewer of these.
  bool FitsWithMembers(size_t index, int64_t members) {
    std::vector<MemberClass> classes = Classes();
    if (classes[index].needed >= classes[index].members) classes[index].members = members;
    classes[index].needed = members;
    return fit_.Allows(ClaimsOf(fit_.rooms(), classes));
  }

  // "(adds room for 6)"
  std::string RoomAdded(size_t index, const api::PodShapePtr& shape) {
    const int64_t before = fit_.rooms().Of(shortage_.roles[index].shape).total;
    const int64_t after = fit_.rooms().Of(fit_.rooms().IndexOf(shape)).total;
    return "(adds room for " + std::to_string(std::max<int64_t>(after - before, 0)) + ")";
  }

 private:
  std::vector<MemberClass> Classes() const {
    std::vector<MemberClass> classes;
    for (const WaitingRole& role : shortage_.roles) classes.push_back(*role.members);
    return classes;
  }

  const Shortage& shortage_;
  Fit& fit_;
};

bool GivesNoRoom(const api::Node& node) {
  return std::any_of(node.taints.begin(), node.taints.end(), [](const api::Taint& taint) {
    return taint.effect != "PreferNoSchedule" && api::LifeOf(taint.key) != api::NodeLife::kInService;
  });
}

// The taints that keep nodes from a role, those of most nodes first.
std::vector<api::Taint> TaintsInTheWay(const ShapeRoom& room, const Board& board) {
  std::map<std::string, std::pair<int64_t, api::Taint>> by_text;
  for (const Bucket& bucket : board.buckets()) {
    if (room.refusal[bucket.facts] != api::NodeRefusal::kTaint) continue;
    const api::Taint* taint = api::UntoleratedTaint(*room.shape, board.FactsNode(bucket.facts));
    // A toleration gains nothing on a node that is being added or removed, or is in trouble.
    if (taint == nullptr || GivesNoRoom(board.FactsNode(bucket.facts))) continue;
    auto& [nodes, copy] = by_text[taint->Text() + ":" + taint->effect];
    nodes += bucket.count;
    copy = *taint;
  }
  std::vector<std::pair<int64_t, api::Taint>> taints;
  for (const auto& [text, counted] : by_text) taints.push_back(counted);
  std::stable_sort(taints.begin(), taints.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<api::Taint> most;
  for (size_t i = 0; i < std::min(taints.size(), kMostTaintsTried); ++i) most.push_back(taints[i].second);
  return most;
}

void AddTolerations(const Shortage& shortage, Fit& fit, std::vector<api::Change>& changes) {
  RoleChanges roles(shortage, fit);
  for (size_t i = 0; i < shortage.roles.size(); ++i) {
    if (!shortage.roles[i].IsShort()) continue;
    const api::PodShapePtr shape = fit.rooms().Of(shortage.roles[i].shape).shape;
    for (const api::Taint& taint : TaintsInTheWay(fit.rooms().Of(shortage.roles[i].shape), fit.rooms().board())) {
      api::PodShape more = *shape;
      more.tolerations.push_back({taint.key, "Equal", taint.value, ""});
      const api::PodShapePtr changed = api::WithKeys(std::move(more));
      if (!roles.FitsWith(i, changed)) continue;
      changes.push_back({std::string(change::kAddToleration), "a toleration for " + taint.Text() + " on " +
                                                                  shortage.roles[i].members->role + " " +
                                                                  roles.RoomAdded(i, changed)});
    }
  }
}

void RemoveSelectors(const Shortage& shortage, Fit& fit, std::vector<api::Change>& changes) {
  RoleChanges roles(shortage, fit);
  const auto attempt = [&](size_t i, api::PodShape without, const std::string& what) {
    const api::PodShapePtr changed = api::WithKeys(std::move(without));
    if (!roles.FitsWith(i, changed)) return;
    changes.push_back({std::string(change::kRemoveSelector),
                       "no " + what + " on " + shortage.roles[i].members->role + " " + roles.RoomAdded(i, changed)});
  };
  for (size_t i = 0; i < shortage.roles.size(); ++i) {
    if (!shortage.roles[i].IsShort()) continue;
    const api::PodShapePtr shape = fit.rooms().Of(shortage.roles[i].shape).shape;
    for (const auto& [key, value] : shape->node_selector) {
      api::PodShape without = *shape;
      without.node_selector.erase(key);
      attempt(i, std::move(without), "node selector " + key + "=" + value);
    }
    if (!shape->node_name.empty()) {
      api::PodShape without = *shape;
      without.node_name.clear();
      attempt(i, std::move(without), "node name " + shape->node_name);
    }
    if (!shape->has_required_affinity) continue;
    api::PodShape without = *shape;
    without.has_required_affinity = false;
    without.required_affinity.clear();
    attempt(i, std::move(without), "required node affinity");
  }
}

void ReduceMembers(const Shortage& shortage, Fit& fit, std::vector<api::Change>& changes) {
  RoleChanges roles(shortage, fit);
  for (size_t i = 0; i < shortage.roles.size(); ++i) {
    const MemberClass& members = *shortage.roles[i].members;
    const bool alone = shortage.roles.size() == 1;
    if (members.needed <= 1 || (!shortage.roles[i].IsShort() && !alone)) continue;
    // Fewer are never worse, so the smallest number to take away is looked for.
    const int64_t away =
        SmallestThat(std::max<int64_t>(members.needed - shortage.roles[i].placed, 1), members.needed - 1,
                     [&](int64_t n) { return roles.FitsWithMembers(i, members.needed - n); });
    if (away == 0) continue;
    // Where fewer than all are needed, that number is what stands in the way: a size below it is refused.
    const std::string_view field = members.needed < members.members ? "minAvailable" : members.size_field;
    changes.push_back({std::string(change::kReduceMembers), members.role + " " + std::string(field) + " at " +
                                                                std::to_string(members.needed - away) + " or fewer"});
  }
}

// --- Cordoned nodes ---

std::shared_ptr<const api::Node> Uncordoned(const api::Node& node) {
  auto copy = std::make_shared<api::Node>(node);
  copy->unschedulable = false;
  std::erase_if(copy->taints, [](const api::Taint& taint) { return taint.key == api::kTaintUnschedulable; });
  return copy;
}

// The board with the first `n` nodes of these buckets uncordoned; these are added to `nodes`.
Board WithUncordoned(const Board& board, const std::vector<size_t>& buckets, int64_t n, NamedNodes& nodes) {
  Board changed = board;
  for (const size_t bucket : buckets) {
    const int64_t count = std::min(n, changed.buckets()[bucket].count);
    if (count <= 0) break;
    n -= count;
    const size_t part = count == changed.buckets()[bucket].count ? bucket : changed.Split(bucket, count);
    nodes.Add(changed, part, count);
    changed.ChangeFacts(part, Uncordoned(changed.FactsNode(changed.buckets()[part].facts)));
  }
  return changed;
}

// Cordoned nodes that a short role could use, those with the most room for it first.
std::vector<size_t> UsefulCordoned(const Shortage& shortage, const Fit& fit, int64_t& nodes) {
  const Board& board = fit.rooms().board();
  std::vector<std::pair<int64_t, size_t>> useful;
  for (size_t b = 0; b < board.buckets().size(); ++b) {
    int64_t slots = 0;
    for (const WaitingRole& role : shortage.roles) {
      const ShapeRoom& room = fit.rooms().Of(role.shape);
      const size_t facts = board.buckets()[b].facts;
      if (room.refusal[facts] != api::NodeRefusal::kUnschedulable) continue;
      if (api::WhyNot(*room.shape, *Uncordoned(board.FactsNode(facts))) != api::NodeRefusal::kNone) continue;
      slots = std::max(slots, SlotsIn(room.request, board.Free(b)));
    }
    if (slots == 0) continue;
    useful.emplace_back(slots, b);
    nodes += board.buckets()[b].count;
  }
  std::stable_sort(useful.begin(), useful.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<size_t> buckets;
  for (const auto& [slots, bucket] : useful) buckets.push_back(bucket);
  return buckets;
}

void UncordonNodes(const Shortage& shortage, Fit& fit, std::vector<api::Change>& changes) {
  int64_t most = 0;
  const std::vector<size_t> buckets = UsefulCordoned(shortage, fit, most);
  if (buckets.empty()) return;
  const Board& board = fit.rooms().board();
  const int64_t n = SmallestThat(1, most, [&](int64_t count) {
    NamedNodes nodes;
    return Trial(WithUncordoned(board, buckets, count, nodes), fit, shortage.roles).LetsIn();
  });
  if (n == 0) return;
  NamedNodes nodes;
  WithUncordoned(board, buckets, n, nodes);
  changes.push_back({std::string(change::kUncordon), Count(n, "node") + " uncordoned (" + nodes.List() + ")"});
}

}  // namespace

void NamedNodes::Add(const Board& board, size_t bucket, int64_t count) {
  constexpr size_t kMostNames = 4;
  count_ += count;
  for (int64_t n = 0; n < count && !more_; ++n) {
    const std::string_view name = board.NodeName(bucket, n);
    if (std::find(names_.begin(), names_.end(), name) != names_.end()) continue;
    more_ = names_.size() == kMostNames;
    if (!more_) names_.emplace_back(name);
  }
}

std::string NamedNodes::List() const { return Join(names_, ", ") + (more_ ? ", ..." : ""); }

std::string NamedNodes::Text() const { return count_ == 1 ? List() : Count(count_, "node") + " (" + List() + ")"; }

std::vector<api::Change> ChangesFor(const Shortage& shortage, Fit& fit) {
  std::vector<api::Change> changes;
  for (const auto attempt :
       {AddNodes, AdmitByPreemption, AddTolerations, UncordonNodes, RemoveSelectors, FreeResources, ReduceMembers}) {
    if (fit.work().left > 0) attempt(shortage, fit, changes);
  }
  if (changes.size() > kMostChanges) changes.resize(kMostChanges);
  return changes;
}

}  // namespace muster::placement
