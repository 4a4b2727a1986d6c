#include "lib/placement/board.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

namespace muster::placement {
namespace {

// Which labels and names the shapes look at.
struct Interest {
  std::set<std::string, std::less<>> labels;
  std::set<std::string, std::less<>> names;
};

Interest InterestOf(const std::vector<api::PodShapePtr>& shapes) {
  Interest interest;
  for (const api::PodShapePtr& shape : shapes) {
    for (const auto& [label, value] : shape->node_selector) interest.labels.insert(label);
    if (!shape->node_name.empty()) interest.names.insert(shape->node_name);
    for (const api::NodeSelectorTerm& term : shape->required_affinity) {
      for (const auto& requirement : term.expressions) interest.labels.insert(requirement.key);
      for (const auto& requirement : term.fields) {
        interest.names.insert(requirement.values.begin(), requirement.values.end());
      }
    }
  }
  return interest;
}

// Text that is equal for two nodes when no filter of interest can tell them apart.
void FactsKey(const api::Node& node, const Interest& interest, std::string& key) {
  key.clear();
  key += node.ready ? 'r' : '-';
  key += node.unschedulable ? 'u' : '-';
  for (const api::Taint& taint : node.taints) {
    if (taint.effect == "PreferNoSchedule") continue;
    key.append("\x1ft").append(taint.key).append("=").append(taint.value).append(":").append(taint.effect);
  }
  for (const std::string& label : interest.labels) {
    const auto at = node.meta.labels.find(label);
    key += '\x1f';
    if (at != node.meta.labels.end()) key.append("=").append(at->second);
  }
  if (!interest.names.empty() && interest.names.contains(node.meta.name)) key.append("\x1fn").append(node.meta.name);
}

std::vector<std::string> ResourcesOf(const std::vector<api::PodShapePtr>& shapes) {
  std::set<std::string, std::less<>> others;
  for (const api::PodShapePtr& shape : shapes) {
    shape->requests.ForEach([&](std::string_view name, int64_t amount) {
      if (amount > 0 && name != api::kCpu && name != api::kMemory && name != api::kPodCount) others.emplace(name);
    });
  }
  std::vector<std::string> names{std::string(api::kPodCount), std::string(api::kCpu), std::string(api::kMemory)};
  names.insert(names.end(), others.begin(), others.end());
  return names;
}

// One node while the buckets are made.
struct Row {
  size_t facts;
  const NodeRoom* room;
  std::vector<int64_t> numbers;  // allocatable, then free, then what comes with the node
};

}  // namespace

struct KnownFacts {
  Interest interest;
  std::map<std::string, size_t> by_key;
};

Board::Board(const Picture& picture, const std::vector<api::PodShapePtr>& shapes, Absent absent)
    : resources_(ResourcesOf(shapes)), node_count_(picture.node_count()) {
  auto known = std::make_shared<KnownFacts>(KnownFacts{.interest = InterestOf(shapes), .by_key = {}});
  std::vector<Row> rows;
  rows.reserve(static_cast<size_t>(node_count_));
  std::string key;
  picture.ForEachNode([&](const NodeRoom& room) {
    FactsKey(*room.node, known->interest, key);
    const auto [at, added] = known->by_key.try_emplace(key, facts_.size());
    if (added) facts_.push_back(room.node);
    Row row{at->second, &room, {}};
    row.numbers.reserve(3 * width());
    for (const std::string& name : resources_) row.numbers.push_back(room.node->allocatable.Get(name));
    for (const std::string& name : resources_) {
      row.numbers.push_back(api::SaturatingAdd(room.Free(name), absent.On(room, name)));
    }
    for (const std::string& name : resources_) row.numbers.push_back(room.with_node.Get(name));
    rows.push_back(std::move(row));
  });
  known_ = std::move(known);
  std::vector<size_t> order(rows.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    if (rows[a].facts != rows[b].facts) return rows[a].facts < rows[b].facts;
    if (rows[a].numbers != rows[b].numbers) return rows[a].numbers < rows[b].numbers;
    return a < b;
  });
  auto names = std::make_shared<std::vector<std::string>>();
  names->reserve(rows.size());
  for (size_t i = 0; i < order.size(); ++i) {
    const Row& row = rows[order[i]];
    const Row* before = i == 0 ? nullptr : &rows[order[i - 1]];
    names->push_back(picture.ShownName(*row.room->node));
    if (before != nullptr && before->facts == row.facts && before->numbers == row.numbers) {
      ++buckets_.back().count;
      continue;
    }
    const auto free = row.numbers.begin() + static_cast<std::ptrdiff_t>(width());
    const auto with_node = free + static_cast<std::ptrdiff_t>(width());
    Append({row.facts, i, 1}, {.allocatable = {row.numbers.begin(), free},
                               .free = {free, with_node},
                               .with_node = {with_node, row.numbers.end()}});
  }
  names_ = std::move(names);
}

std::string_view Board::NodeName(size_t bucket, int64_t n) const {
  const size_t first = buckets_[bucket].first;
  return first == kNoName ? std::string_view() : std::string_view((*names_)[first + static_cast<size_t>(n)]);
}

std::vector<int64_t> Board::RequestOf(const api::PodShape& shape) const {
  std::vector<int64_t> request;
  for (const std::string& name : resources_) request.push_back(std::max<int64_t>(shape.requests.Get(name), 0));
  request[0] = 1;
  return request;
}

size_t Board::Append(const Bucket& bucket, const Numbers& numbers) {
  buckets_.push_back(bucket);
  allocatable_.insert(allocatable_.end(), numbers.allocatable.begin(), numbers.allocatable.end());
  free_.insert(free_.end(), numbers.free.begin(), numbers.free.end());
  with_node_.insert(with_node_.end(), numbers.with_node.begin(), numbers.with_node.end());
  return buckets_.size() - 1;
}

Board::Numbers Board::NumbersOf(size_t bucket) const {
  return {.allocatable = {Allocatable(bucket), Allocatable(bucket) + width()},
          .free = {Free(bucket), Free(bucket) + width()},
          .with_node = {WithNode(bucket), WithNode(bucket) + width()}};
}

std::vector<int64_t> Board::RoomWhenNew(size_t bucket) const {
  std::vector<int64_t> room;
  for (size_t r = 0; r < width(); ++r) {
    room.push_back(api::SaturatingSubtract(Allocatable(bucket)[r], WithNode(bucket)[r]));
  }
  return room;
}

size_t Board::FactsOf(std::shared_ptr<const api::Node> node) {
  std::string key;
  FactsKey(*node, known_->interest, key);
  if (const auto at = known_->by_key.find(key); at != known_->by_key.end()) return at->second;
  for (const auto& [known, facts] : more_facts_) {
    if (known == key) return facts;
  }
  facts_.push_back(std::move(node));
  more_facts_.emplace_back(std::move(key), facts_.size() - 1);
  return facts_.size() - 1;
}

size_t Board::AppendLike(size_t bucket, int64_t count) {
  Numbers numbers = NumbersOf(bucket);
  numbers.free = RoomWhenNew(bucket);
  return Append({buckets_[bucket].facts, kNoName, count}, numbers);
}

size_t Board::AppendNodes(std::shared_ptr<const api::Node> node, std::vector<int64_t> with_node, int64_t count) {
  Numbers numbers{.allocatable = {}, .free = {}, .with_node = std::move(with_node)};
  for (size_t r = 0; r < width(); ++r) {
    numbers.allocatable.push_back(node->allocatable.Get(resources_[r]));
    numbers.free.push_back(api::SaturatingSubtract(numbers.allocatable[r], numbers.with_node[r]));
  }
  return Append({FactsOf(std::move(node)), kNoName, count}, numbers);
}

size_t Board::Split(size_t bucket, int64_t count) {
  Bucket& from = buckets_[bucket];
  const Bucket part{from.facts, from.first, count};
  from.count -= count;
  if (from.first != kNoName) from.first += static_cast<size_t>(count);
  return Append(part, NumbersOf(bucket));
}

void Board::AddFree(size_t bucket, size_t resource, int64_t amount) {
  int64_t& free = free_[bucket * width() + resource];
  free = api::SaturatingAdd(free, amount);
}

void Board::ChangeFacts(size_t bucket, std::shared_ptr<const api::Node> node) {
  buckets_[bucket].facts = FactsOf(std::move(node));
}

}  // namespace muster::placement
