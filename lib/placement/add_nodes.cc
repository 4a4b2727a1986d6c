#include "lib/placement/add_nodes.h"

#include <algorithm>
#include <memory>

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

// A node like this one has another name, which selectors may ask for.
std::shared_ptr<const api::Node> AnotherLike(const api::Node& node) {
  static const std::string name = "another node";  // a name that no selector can ask for
  auto another = std::make_shared<api::Node>(node);
  another->meta.name = name;
  const auto label = another->meta.labels.find("kubernetes.io/hostname");
  if (label != another->meta.labels.end()) label->second = name;
  return another;
}

// Buckets whose nodes, empty, hold at least one member of the role: one per size and facts, those that hold most first.
std::vector<size_t> Templates(const ShapeRoom& room, const Board& board) {
  struct Template {
    int64_t slots;
    size_t bucket;
  };
  std::vector<Template> all;
  for (size_t b = 0; b < board.buckets().size(); ++b) {
    if (room.refusal[board.buckets()[b].facts] != api::NodeRefusal::kNone) continue;
    const int64_t slots = SlotsIn(room.request, board.Allocatable(b));
    if (slots > 0) all.push_back({slots, b});
  }
  std::stable_sort(all.begin(), all.end(), [](const Template& a, const Template& b) { return a.slots > b.slots; });
  std::vector<size_t> chosen;
  for (const Template& candidate : all) {
    if (chosen.size() == kMostTemplates) break;
    const auto same = [&](size_t other) {
      return board.buckets()[other].facts == board.buckets()[candidate.bucket].facts &&
             std::equal(board.Allocatable(other), board.Allocatable(other) + board.width(),
                        board.Allocatable(candidate.bucket));
    };
    if (std::any_of(chosen.begin(), chosen.end(), same)) continue;
    const api::Node& node = board.FactsNode(board.buckets()[candidate.bucket].facts);
    if (api::WhyNot(*room.shape, *AnotherLike(node)) != api::NodeRefusal::kNone) continue;
    chosen.push_back(candidate.bucket);
  }
  return chosen;
}

int64_t NodesNeeded(Board board, size_t appended, int64_t guess, const Shortage& shortage, const Fit& fit) {
  Trial trial(std::move(board), fit, shortage.roles, shortage.release);
  return SmallestThat(guess, MostMembers(shortage, fit), [&](int64_t n) { return trial.LetsInWith(appended, n); });
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

// A node just large enough for one member, or for one of each role when one node kind must serve them all.
std::shared_ptr<const api::Node> NodeFor(const ShapeRoom& room) {
  auto node = std::make_shared<api::Node>();
  node->ready = true;
  node->allocatable = room.shape->requests;
  node->allocatable.Set(api::kPodCount, 110);
  node->meta.labels = LabelsFor(*room.shape);
  return node;
}

std::string DescribeNode(const api::Node& node) {
  std::vector<std::string> amounts;
  node.allocatable.ForEach([&](std::string_view name, int64_t amount) {
    if (name != api::kPodCount) amounts.push_back(api::FormatNamedAmount(name, amount));
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
  const std::shared_ptr<const api::Node> node = NodeFor(room);
  if (api::WhyNot(*room.shape, *node) != api::NodeRefusal::kNone) return;
  Board board = fit.rooms().board();
  const size_t appended = board.AppendNodes(node, 1);
  const int64_t n = NodesNeeded(std::move(board), appended, role.members->needed - role.placed, shortage, fit);
  const std::string what = DescribeNode(*node);
  if (n == 0 || what.empty()) return;
  changes.push_back({std::string(change::kAddNodes),
                     (n == 1 ? "1 more node" : std::to_string(n) + " more nodes, each") + " with " + what});
}

// Such a node is named by what is short: of one whose pods are counted out, its cpu says nothing.
std::string LikeText(const Offer& offer, size_t resource, const Board& board) {
  const std::string& name = board.resources()[resource];
  std::string text = Count(offer.nodes, "more node") + " like " + std::string(board.NodeName(offer.bucket)) + " (" +
                     api::FormatNamedAmount(name, board.Allocatable(offer.bucket)[resource], api::Rounding::kDown);
  return text + (offer.nodes == 1 ? ")" : " each)");
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
    const int64_t slots = SlotsIn(room.request, board.Allocatable(bucket));
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
