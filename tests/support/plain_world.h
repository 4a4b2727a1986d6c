// Random worlds in plain numbers for the fit proof: nodes, pods of other owners, shapes of pods, and adversaries that
// place the pods as badly as they can. Test support; the same seed gives the same world everywhere.
//
// Nothing of the planner is used here. A pod may be placed on any node that has room for it now, in any order, and pods
// of other owners may end at any time.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace muster::testing {

// Pods, cpu in millicores, memory in mebibytes, GPUs.
using PlainAmounts = std::array<int64_t, 4>;

struct PlainNode {
  PlainAmounts size{};
  std::vector<PlainAmounts> theirs;  // pods of other owners
  int pool = 0;

  PlainAmounts Free() const {
    PlainAmounts free = size;
    for (const PlainAmounts& pod : theirs) {
      for (size_t r = 0; r < free.size(); ++r) free[r] -= pod[r];
    }
    return free;
  }
};

struct PlainShape {
  PlainAmounts request{};
  int64_t members = 0;
  int64_t needed = 0;
  std::optional<int> pool;  // only these nodes
  std::vector<bool> only;   // by node: whether it may be used; empty: all of the pool
};

inline bool PlainFits(const PlainAmounts& request, const PlainAmounts& free) {
  for (size_t r = 0; r < free.size(); ++r) {
    if (request[r] > 0 && free[r] < request[r]) return false;
  }
  return true;
}

inline int64_t PlainSlots(const PlainAmounts& request, const PlainAmounts& free) {
  int64_t slots = INT64_MAX;
  for (size_t r = 0; r < free.size(); ++r) {
    if (request[r] > 0) slots = std::min(slots, std::max<int64_t>(free[r], 0) / request[r]);
  }
  return slots;
}

inline void PlainTake(PlainAmounts& free, const PlainAmounts& amounts, int64_t times = 1) {
  for (size_t r = 0; r < free.size(); ++r) free[r] -= amounts[r] * times;
}

// Numbers that are the same with every standard library.
class PlainDice {
 public:
  explicit PlainDice(uint64_t seed) : random_(seed) {}
  int64_t Between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(random_() % static_cast<uint64_t>(high - low + 1));
  }
  bool OneIn(int64_t n) { return Between(1, n) == 1; }
  template <class T, size_t N>
  T Pick(const T (&values)[N]) {
    return values[Between(0, N - 1)];
  }
  template <class T>
  void Shuffle(std::vector<T>& values) {
    for (size_t i = values.size(); i > 1; --i) {
      std::swap(values[i - 1], values[static_cast<size_t>(Between(0, static_cast<int64_t>(i) - 1))]);
    }
  }

 private:
  std::mt19937_64 random_;
};

struct PlainWorld {
  std::vector<PlainNode> nodes;
  std::vector<PlainShape> shapes;

  bool MayUse(const PlainShape& shape, size_t node) const {
    if (shape.pool && *shape.pool != nodes[node].pool) return false;
    return shape.only.empty() || shape.only[node];
  }
};

// Tries every order, every placement, and every moment at which a pod of another owner could end.
class ExhaustiveSearch {
 public:
  explicit ExhaustiveSearch(const PlainWorld& world) : world_(world) {
    for (const PlainNode& node : world.nodes) nodes_.push_back({node.Free(), node.theirs.size()});
    for (const PlainShape& shape : world.shapes) left_.push_back(shape.members);
  }

  // Whether every member that is needed always finds a node; nullopt when that takes too long.
  std::optional<bool> AlwaysFits() {
    const bool fits = Search();
    if (seen_.size() >= kMostStates) return std::nullopt;
    return fits;
  }

 private:
  static constexpr size_t kMostStates = 10000;
  struct Node {
    PlainAmounts free{};
    size_t theirs = 0;  // pods of other owners that still run; they end from the last to the first
  };

  // The state in a few bytes: the numbers of a small world are small.
  std::string Key() const {
    std::string key;
    for (const Node& node : nodes_) {
      for (const int64_t amount : node.free) key += static_cast<char>(amount);
      key += static_cast<char>(node.theirs);
    }
    for (const int64_t left : left_) key += static_cast<char>(left);
    return key;
  }

  bool Search() {
    if (seen_.size() >= kMostStates || !seen_.insert(Key()).second) return true;
    for (size_t s = 0; s < world_.shapes.size(); ++s) {
      if (left_[s] > 0 && !PlaceOne(s)) return false;
    }
    for (size_t n = 0; n < world_.nodes.size(); ++n) {
      Node& node = nodes_[n];
      if (node.theirs == 0) continue;
      const Node before = node;
      PlainTake(node.free, world_.nodes[n].theirs[--node.theirs], -1);
      const bool fits = Search();
      node = before;
      if (!fits) return false;
    }
    return true;
  }

  bool PlaceOne(size_t s) {
    const PlainShape& shape = world_.shapes[s];
    bool placed = false;
    for (size_t n = 0; n < world_.nodes.size(); ++n) {
      if (!world_.MayUse(shape, n) || !PlainFits(shape.request, nodes_[n].free)) continue;
      placed = true;
      PlainTake(nodes_[n].free, shape.request);
      --left_[s];
      const bool fits = Search();
      ++left_[s];
      PlainTake(nodes_[n].free, shape.request, -1);
      if (!fits) return false;
    }
    return placed || shape.members - left_[s] >= shape.needed;
  }

  const PlainWorld& world_;
  std::vector<Node> nodes_;
  std::vector<int64_t> left_;  // by shape: members that have no node yet
  std::set<std::string> seen_;
};

// Places all pods once, in a random or a harmful order. True when a member that is needed finds no node.
class PlainAdversary {
 public:
  PlainAdversary(const PlainWorld& world, PlainDice& dice) : world_(world), dice_(dice) {}

  bool BreaksIn(int64_t tries) {
    for (int64_t i = 0; i < tries; ++i) {
      if (Breaks(i)) return true;
    }
    return false;
  }

 private:
  enum class Taste { kAny, kEmptiest, kFullest, kMostHarm };

  bool Breaks(int64_t attempt) {
    free_.clear();
    theirs_.clear();
    for (const PlainNode& node : world_.nodes) {
      free_.push_back(node.Free());
      theirs_.push_back(node.theirs.size());
    }
    const std::vector<size_t> order = Order(attempt);
    const auto taste = static_cast<Taste>(attempt % 4);
    const bool some_end = attempt % 3 == 2;
    victim_ = attempt % 8 == 3 ? order.back() : static_cast<size_t>(dice_.Between(0, Last(world_.shapes)));
    std::vector<int64_t> placed(world_.shapes.size());
    for (const size_t s : order) {
      if (some_end && dice_.OneIn(4)) EndOne();
      const std::optional<size_t> node = Choose(world_.shapes[s], taste);
      if (!node && placed[s] < world_.shapes[s].needed) return true;
      if (!node) continue;
      ++placed[s];
      PlainTake(free_[*node], world_.shapes[s].request);
    }
    return false;
  }

  // All pods by their shape: shuffled, or one shape after the other.
  std::vector<size_t> Order(int64_t attempt) {
    std::vector<size_t> shapes;
    for (size_t s = 0; s < world_.shapes.size(); ++s) shapes.push_back(s);
    dice_.Shuffle(shapes);
    std::vector<size_t> order;
    for (const size_t s : shapes) order.insert(order.end(), static_cast<size_t>(world_.shapes[s].members), s);
    if (attempt % 8 < 3) dice_.Shuffle(order);
    return order;
  }

  void EndOne() {
    const auto n = static_cast<size_t>(dice_.Between(0, Last(world_.nodes)));
    if (theirs_[n] > 0) PlainTake(free_[n], world_.nodes[n].theirs[--theirs_[n]], -1);
  }

  std::optional<size_t> Choose(const PlainShape& shape, Taste taste) {
    std::vector<size_t> best;
    double best_score = 0;
    for (size_t n = 0; n < free_.size(); ++n) {
      if (!world_.MayUse(shape, n) || !PlainFits(shape.request, free_[n])) continue;
      const double score = Score(shape, taste, n);
      if (best.empty() || score > best_score) {
        best.clear();
        best_score = score;
      }
      if (score == best_score) best.push_back(n);
    }
    if (best.empty()) return std::nullopt;
    return best[static_cast<size_t>(dice_.Between(0, Last(best)))];
  }

  double Score(const PlainShape& shape, Taste taste, size_t n) const {
    if (taste == Taste::kAny) return 0;
    if (taste == Taste::kMostHarm) {
      const PlainShape& victim = world_.shapes[victim_];
      if (!world_.MayUse(victim, n)) return 0;
      PlainAmounts after = free_[n];
      PlainTake(after, shape.request);
      return static_cast<double>(PlainSlots(victim.request, free_[n]) - PlainSlots(victim.request, after));
    }
    double share = 0;
    for (size_t r = 0; r < free_[n].size(); ++r) {
      share += static_cast<double>(free_[n][r]) / static_cast<double>(std::max<int64_t>(world_.nodes[n].size[r], 1));
    }
    return taste == Taste::kEmptiest ? share : -share;
  }

  template <class T>
  static int64_t Last(const std::vector<T>& values) {
    return static_cast<int64_t>(values.size()) - 1;
  }

  const PlainWorld& world_;
  PlainDice& dice_;
  std::vector<PlainAmounts> free_;
  std::vector<size_t> theirs_;
  size_t victim_ = 0;
};

// A world small enough for ExhaustiveSearch: up to four nodes, three shapes of up to three pods.
inline PlainWorld SmallWorld(PlainDice& dice) {
  static constexpr int64_t kPods[] = {3, 5, 110};
  PlainWorld world;
  const int64_t nodes = dice.Between(1, 4);
  const bool pools = dice.OneIn(3);
  while (static_cast<int64_t>(world.nodes.size()) < nodes) {
    PlainNode node{.size = {dice.Pick(kPods), dice.Between(2, 12), dice.Between(2, 12)}};
    if (pools) node.pool = static_cast<int>(dice.Between(0, 1));
    if (dice.OneIn(3)) node.theirs.push_back({1, dice.Between(0, node.size[1]), dice.Between(0, node.size[2])});
    const int64_t copies = dice.OneIn(3) ? 2 : 1;
    for (int64_t i = 0; i < copies; ++i) world.nodes.push_back(node);
  }
  const int64_t shapes = dice.Between(1, 3);
  for (int64_t s = 0; s < shapes; ++s) {
    PlainShape shape{.request = {1, dice.Between(0, 4), dice.Between(0, 4)}, .members = dice.Between(1, 3)};
    shape.needed = dice.OneIn(5) ? dice.Between(0, shape.members) : shape.members;
    if (pools && dice.OneIn(2)) shape.pool = static_cast<int>(dice.Between(0, 1));
    world.shapes.push_back(shape);
  }
  return world;
}

struct LargeWorldOptions {
  int64_t nodes = 1;
  int64_t percent = 30;  // of what is free of cpu or memory, whichever is asked for more
  bool mixed = false;    // nodes of several sizes, with pods of other owners
};

inline std::vector<PlainNode> LargeWorldNodes(PlainDice& dice, const LargeWorldOptions& options) {
  static constexpr int64_t kCpus[] = {2000, 3166, 4000, 8000, 16000};
  static constexpr int64_t kMemories[] = {8000, 14933, 32000, 64000};
  std::vector<PlainNode> sizes;
  const int64_t kinds = options.mixed ? dice.Between(2, 4) : 1;
  for (int64_t i = 0; i < kinds; ++i) sizes.push_back({.size = {110, dice.Pick(kCpus), dice.Pick(kMemories)}});
  std::vector<PlainNode> nodes;
  for (int64_t i = 0; i < options.nodes; ++i) {
    PlainNode node = sizes[static_cast<size_t>(dice.Between(0, kinds - 1))];
    const int64_t theirs = options.mixed ? dice.Between(0, 3) : 0;
    for (int64_t p = 0; p < theirs; ++p) {
      node.theirs.push_back({1, node.size[1] * dice.Between(0, 20) / 100, node.size[2] * dice.Between(0, 20) / 100});
    }
    nodes.push_back(std::move(node));
  }
  return nodes;
}

// Adds members of random shapes until these request `percent` of what is free of cpu or memory; drops unused shapes.
inline void AddMembers(PlainWorld& world, int64_t percent, PlainDice& dice) {
  PlainAmounts free{};
  for (const PlainNode& node : world.nodes) PlainTake(free, node.Free(), -1);
  PlainAmounts requested{};
  while (true) {
    PlainShape& shape =
        world.shapes[static_cast<size_t>(dice.Between(0, static_cast<int64_t>(world.shapes.size()) - 1))];
    PlainTake(requested, shape.request, -1);
    if (std::max(requested[1] * 100 / free[1], requested[2] * 100 / free[2]) >= percent) break;
    ++shape.members;
    ++shape.needed;
  }
  std::erase_if(world.shapes, [](const PlainShape& shape) { return shape.members == 0; });
}

// One group of two to five shapes.
inline PlainWorld LargeWorld(PlainDice& dice, const LargeWorldOptions& options) {
  static constexpr int64_t kCpus[] = {50, 100, 250, 500, 1000, 1500, 2000};
  static constexpr int64_t kMemories[] = {64, 128, 256, 512, 1024, 2048, 4096};
  while (true) {
    PlainWorld world{LargeWorldNodes(dice, options), {}};
    const int64_t shapes = dice.Between(2, 5);
    for (int64_t s = 0; s < shapes; ++s) {
      world.shapes.push_back({.request = {1, dice.Pick(kCpus), dice.Pick(kMemories)}});
    }
    AddMembers(world, options.percent, dice);
    if (!world.shapes.empty()) return world;
  }
}

}  // namespace muster::testing
