// A board on which pods are put down, to count how many find a place when packed well. Layer: placement. Pure.
// This is not how admission decides (see fit.h); it is how an explanation counts, and how "it would fit if it were
// packed exactly" is told from "there is not enough".
#pragma once

#include <cstdint>

#include "lib/placement/fit.h"
#include "lib/placement/rooms.h"

namespace muster::placement {

// Which nodes are filled first: those with the fewest slots (best fit), or those with the most.
enum class Packing { kFullestFirst, kEmptiestFirst };

class Scratch {
 public:
  explicit Scratch(const Rooms& rooms) : rooms_(&rooms), board_(rooms.board()) {}

  const Board& board() const { return board_; }
  Board& board() { return board_; }
  // Puts down as many of `members` pods as fit; returns how many.
  int64_t Place(size_t shape, int64_t members, Packing packing = Packing::kFullestFirst);
  // The same for all of them, largest shapes first.
  void PlaceAll(const std::vector<Claim>& claims);
  // How many more fit on each node of a bucket; 0 when they may not run there.
  int64_t Slots(size_t shape, size_t bucket) const;
  int64_t SlotsInAll(size_t shape) const;  // on all nodes together
  void Take(size_t shape, size_t bucket, int64_t pods_each);

 private:
  const Rooms* rooms_;
  Board board_;
};

}  // namespace muster::placement
