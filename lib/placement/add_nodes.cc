#include "lib/placement/add_nodes.h"

#include <algorithm>
#include <memory>

#include "lib/api/node_taints.h"
#include "lib/base/strings.h"
#include "lib/placement/blockers.h"
#include "lib/placement/trial.h"

namespace muster::placement {
namespace {

constexpr size_t kMostTemplates = 3;
constexpr int64_t kMostNodes = 100000;

struct Offer {
  int64_t nodes = 0;
  size_t bucket = 0;
};

// The role to speak of: the first that is short, else the largest.
const WaitingRole& MainRole(const Shortage& shortage, const Rooms& rooms) {
  const auto& roles = shortage.roles;
  const auto short_one = std::find_if(roles.begin(), roles.end(), [](const WaitingRole& r) { return r.IsShort(); });
  if (short_one != roles.end()) return *short_one;
  return *std::max_element(roles.begin(), roles.end(), [&](const WaitingRole& a, const WaitingRole& b) {
    return rooms.Of(a.shape).size < rooms.Of(b.shape).size;
  });
}

int64_t MostMembers(const Shortage& shortage, const Fit& fit) {
  int64_t members = 16;
  for (const Claim& claim : fit.claims()) members = api::SaturatingAdd(members, claim.members);
  for (const WaitingRole& role : shortage.roles) members = api::SaturatingAdd(members, role.members->members);
  return std::min(api::SaturatingMultiply(members, 2), kMostNodes);
}

// A new node like this one: it has another name, which selectors may ask for, and no taint of a node that comes or
// goes.
std::shared_ptr<const api::Node> AnotherLike(const api::Node& node) {
  static const std::string name = "another node";  // a name that no selector can ask for
  auto another = std::make_shared<api::Node>(node);
  another->meta.name = name;
  std::erase_if(another->taints,
                [](const api::Taint& taint) { return api::LifeOf(taint.key) != api::NodeLife::kInService; });
  const auto label = another->meta.labels.find("kubernetes.io/hostname");
  if (label != another->meta.labels.end()) label->second = name;
  return another;
}

// Buckets whose nodes, when new, hold at least one member of the role: one per size and facts, those that hold most
// first.
std::vector<size_t> Templates(const ShapeRoom& room, const Board& board) {
  struct Template {
    int64_t slots;
    size_t bucket;
  };
  std::vector<Template> all;
  for (size_t b = 0; b < board.buckets().size(); ++b) {
    if (room.refusal[board.buckets()[b].facts] != api::NodeRefusal::kNone) continue;
    const int64_t slots = SlotsIn(room.request, board.RoomWhenNew(b).data());
    if (slots > 0) all.push_back({slots, b});
  }
  std::stable_sort(all.begin(), all.end(), [](const Template& a, const Template& b) { return a.slots > b.slots; });
  std::vector<size_t> chosen;
  for (const Template& candidate : all) {
    if (chosen.size() == kMostTemplates) break;
    const auto same = [&](size_t other) {
      return board.buckets()[other].facts == board.buckets()[candidate.bucket].facts &&
             board.RoomWhenNew(other) == board.RoomWhenNew(candidate.bucket);
    };
    if (std::any_of(chosen.begin(), chosen.end(), same)) continue;
    const api::Node& node = board.FactsNode(board.buckets()[candidate.bucket].facts);
    if (api::WhyNot(*room.shape, *AnotherLike(node)) != api::NodeRefusal::kNone) continue;
    chosen.push_back(candidate.bucket);
  }
  return chosen;
}

int64_t NodesNeeded(Board board, size_t appended, int64_t guess, const Shortage& shortage, const Fit& fit) {
  Trial trial(std::move(board), fit, shortage.roles);
  return SmallestThat(guess, MostMembers(shortage, fit), [&](int64_t n) { return trial.LetsInWith(appended, n); });
}

// " (1 of it for pods of DaemonSets)"
std::string OfWhich(std::string_view resource, int64_t with_node) {
  if (with_node <= 0) return "";
  return " (" + api::FormatAmount(resource, with_node) + " of it for pods of DaemonSets)";
}

// Labels that a node must have for the shape's selector and the first term of its affinity; empty values do for Exists.
std::map<std::string, std::string> LabelsFor(const api::PodShape& shape) {
  std::map<std::string, std::string> labels;
  if (!shape.required_affinity.empty()) {
    for (const api::SelectorRequirement& requirement : shape.required_affinity.front().expressions) {
      if (requirement.op == api::SelectorOperator::kExists) labels[requirement.key] = "";
      if (requirement.op == api::SelectorOperator::kIn && !requirement.values.empty()) {
        labels[requirement.key] = requirement.values.front();
      }
    }
  }
  for (const auto& [key, value] : shape.node_selector) labels[key] = value;
  return labels;
}

// What pods that come with a node take at most of what the shape requests, on any node that it may use (on any node at
// all, when it may use none).
std::vector<int64_t> WithAnyNode(const ShapeRoom& room, const Board& board) {
  std::vector<int64_t> of_its_own(board.width());
  std::vector<int64_t> of_all(board.width());
  bool any = false;
  for (size_t b = 0; b < board.buckets().size(); ++b) {
    const bool its_own = room.refusal[board.buckets()[b].facts] == api::NodeRefusal::kNone;
    any = any || its_own;
    for (size_t r = 0; r < board.width(); ++r) {
      of_all[r] = std::max(of_all[r], board.WithNode(b)[r]);
      if (its_own) of_its_own[r] = std::max(of_its_own[r], board.WithNode(b)[r]);
    }
  }
  std::vector<int64_t> most = any ? std::move(of_its_own) : std::move(of_all);
  for (size_t r = 0; r < most.size(); ++r) {
    if (room.request[r] <= 0) most[r] = 0;
  }
  return most;
}

// A node just large enough for one member beside what comes with a node.
std::shared_ptr<const api::Node> NodeFor(const ShapeRoom& room, const std::vector<std::string>& resources,
                                         const std::vector<int64_t>& with_node) {
  auto node = std::make_shared<api::Node>();
  node->ready = true;
  node->allocatable = room.shape->requests;
  for (size_t r = 0; r < resources.size(); ++r) node->allocatable.Add(resources[r], with_node[r]);
  node->allocatable.Set(api::kPodCount, 110);
  node->meta.labels = LabelsFor(*room.shape);
  return node;
}

// `with_node` by the indexes of `resources`.
std::string DescribeNode(const api::Node& node, const std::vector<std::string>& resources,
                         const std::vector<int64_t>& with_node) {
  std::vector<std::string> amounts;
  node.allocatable.ForEach([&](std::string_view name, int64_t amount) {
    if (name == api::kPodCount) return;
    const auto at = std::find(resources.begin(), resources.end(), name);
    const int64_t of_it = at == resources.end() ? 0 : with_node[static_cast<size_t>(at - resources.begin())];
    amounts.push_back(api::FormatNamedAmount(name, amount) + OfWhich(name, of_it));
  });
  std::vector<std::string> labels;
  for (const auto& [key, value] : node.meta.labels) labels.push_back(value.empty() ? key : key + "=" + value);
  std::string text = Join(amounts, " and ");
  if (!labels.empty()) {
    text += (text.empty() ? "the label" : " and the label") + std::string(labels.size() == 1 ? " " : "s ") +
            Join(labels, ", ");
  }
  return text;
}

void DescribeNodes(const Shortage& shortage, const WaitingRole& role, Fit& fit, std::vector<api::Change>& changes) {
  const ShapeRoom& room = fit.rooms().Of(role.shape);
  const std::vector<std::string>& resources = fit.rooms().board().resources();
  const std::vector<int64_t> with_node = WithAnyNode(room, fit.rooms().board());
  const std::shared_ptr<const api::Node> node = NodeFor(room, resources, with_node);
  if (api::WhyNot(*room.shape, *node) != api::NodeRefusal::kNone) return;
  Board board = fit.rooms().board();
  const size_t appended = board.AppendNodes(node, with_node, 1);
  const int64_t n = NodesNeeded(std::move(board), appended, role.members->needed - role.placed, shortage, fit);
  const std::string what = DescribeNode(*node, resources, with_node);
  if (n == 0 || what.empty()) return;
  changes.push_back({std::string(change::kAddNodes),
                     (n == 1 ? "1 more node" : std::to_string(n) + " more nodes, each") + " with " + what});
}

// Such a node is named by what is short: of one whose pods are counted out, its cpu says nothing.
std::string LikeText(const Offer& offer, size_t resource, const Board& board) {
  const std::string& name = board.resources()[resource];
  std::string text = Count(offer.nodes, "more node") + " like " + std::string(board.NodeName(offer.bucket)) + " (" +
                     api::FormatNamedAmount(name, board.Allocatable(offer.bucket)[resource], api::Rounding::kDown);
  if (offer.nodes > 1) text += " each";
  const int64_t with_node = board.WithNode(offer.bucket)[resource];
  if (with_node > 0) text += ", " + api::FormatAmount(name, with_node) + " of it for pods of DaemonSets";
  return text + ")";
}

}  // namespace

void AddNodes(const Shortage& shortage, Fit& fit, std::vector<api::Change>& changes) {
  if (shortage.roles.empty()) return;
  const WaitingRole& role = MainRole(shortage, fit.rooms());
  const ShapeRoom& room = fit.rooms().Of(role.shape);
  const Board& board = fit.rooms().board();
  Offer best;
  for (const size_t bucket : Templates(room, board)) {
    Board changed = board;
    const size_t appended = changed.AppendLike(bucket, 1);
    changed.ChangeFacts(appended, AnotherLike(board.FactsNode(board.buckets()[bucket].facts)));
    const int64_t slots = SlotsIn(room.request, board.RoomWhenNew(bucket).data());
    const int64_t guess = api::DivideUp(std::max<int64_t>(role.members->needed - role.placed, 1), slots);
    const int64_t nodes = NodesNeeded(std::move(changed), appended, guess, shortage, fit);
    if (nodes > 0 && (best.nodes == 0 || nodes < best.nodes)) best = {nodes, bucket};
  }
  if (best.nodes > 0) {
    const size_t resource = shortage.resource.value_or(MainResource(room, board));
    changes.push_back({std::string(change::kAddNodes), LikeText(best, resource, board)});
  } else {
    DescribeNodes(shortage, role, fit, changes);
  }
}

}  // namespace muster::placement
