// How many pods of each shape every node of a board has room for, and how much room a pod of one shape can take from
// another. Layer: placement. Pure. Everything is computed once per shape, or pair of shapes, and kept.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "lib/api/pod_spec.h"
#include "lib/placement/board.h"

namespace muster::placement {

struct ShapeRoom {
  api::PodShapePtr shape;
  std::vector<int64_t> request;           // by resource index
  std::vector<api::NodeRefusal> refusal;  // by facts
  std::vector<int64_t> slots;             // by bucket: how many fit on each of its nodes; 0 when none may
  int64_t total = 0;                      // over all nodes
  double size = 0;                        // share of the largest node that a pod takes: an order, not an amount
  std::vector<int64_t> most_slots;        // by facts: on any one node
  std::vector<bool> can_hold;             // by facts: some node of these could hold one, were it empty

  // Whether some node could hold a pod of either shape. Both are of the same Rooms.
  bool SharesNodesWith(const ShapeRoom& other) const {
    for (size_t f = 0; f < can_hold.size(); ++f) {
      if (can_hold[f] && other.can_hold[f]) return true;
    }
    return false;
  }
};

// No node is thought to hold more pods than this, so that sums stay far from the limits of int64.
inline constexpr int64_t kMostSlots = 1000000;

// How many pods with these requests fit into `free`.
int64_t SlotsIn(const std::vector<int64_t>& request, const int64_t* free);

class Rooms {
 public:
  explicit Rooms(const Board& board) : board_(&board) {}

  const Board& board() const { return *board_; }
  // The index of a shape; equal keys have the same.
  size_t IndexOf(const api::PodShapePtr& shape);
  const ShapeRoom& Of(size_t shape) const { return rooms_[shape]; }
  // At most so many slots of `of` are lost when one pod of `other` lands anywhere; 0 when they share no node.
  int64_t MostLost(size_t other, size_t of);
  // The board's bucket has that many nodes more (or less) than before.
  void Recount(size_t bucket, int64_t difference);

 private:
  ShapeRoom Measure(const api::PodShapePtr& shape) const;

  const Board* board_;
  std::vector<ShapeRoom> rooms_;
  std::map<std::string, size_t, std::less<>> index_;
  std::vector<std::vector<int64_t>> lost_;  // [of][other]; -1: not computed
};

}  // namespace muster::placement
