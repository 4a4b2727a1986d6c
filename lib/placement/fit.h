// Whether kube-scheduler will find a place for every pod that we let go, whatever it does. Layer: placement. Pure.
//
// kube-scheduler takes pods in an order of its own, spreads them by scores of its own, and does not know our plan. So a
// placement that we find proves nothing: two small members, put on the two nodes that the large ones needed, break it.
// A fit is therefore proven for *every* order and *every* placement:
//
//   A node has slots(c) = min over resources of floor(free / request of c) for pods of shape c. A pod of c takes
//   exactly one of them. A pod of another shape o takes at most loss(o, c) of them. So if, for each shape c in flight,
//       pods of c  +  sum over other shapes o of (pods of o) * loss(o, c)  <=  sum over nodes of slots(c)
//   then whenever a pod of c is looked at, some node still has a slot for it. Rooms and foreign pods aside, nothing
//   that kube-scheduler may do can break that: the condition is about amounts, not about a placement.
//
// loss(o, c) on a node is at most max over resources of ceil(o / c), since floor((f - o) / c) >= floor(f / c) -
// ceil(o / c); and at most slots(c) of that node. That is the quick test. Where it fails, a finer bound is tried: with
// slack = free - slots(c) * c, pods of others that take V of a resource cost ceil((V - slack) / c) slots, which for
// every V up to the most that all others together can bring, Vmax, is at most V * max(1 / (slack + 1), k / (slack + 1 +
// (k - 1) c)) where k = ceil((Vmax - slack) / c), and nothing when Vmax <= slack. Per pod the smaller of the two bounds
// holds for any mix, because ceil(x + y) <= ceil(x) + ceil(y); others then go where they cost most, until a node has
// nothing left to lose. Nodes on which o does not fit now count too, as long as an empty one could hold it: pods end
// while ours are being placed.
//
// Roles can also be released one after the other (largest first): a later one cannot take room from one before it,
// which is bound by then, so only half of the losses count. That is tried last, and only where the caller can do it.
//
// The quick test costs the number of shapes in flight; the finer one looks at every bucket for every pair of them, so a
// cycle has an allowance of it (Work). When that is spent the quick test decides alone: still sound, and groups that it
// refuses are looked at again as soon as those in flight are bound.
//
// Members beyond the gang size are released too, so they count as others; a gang whose extra members find no place
// runs.
#pragma once

#include <cstdint>
#include <vector>

#include "lib/placement/rooms.h"

namespace muster::placement {

// Pods of one shape, to be bound in any order.
struct Claim {
  size_t shape = 0;
  int64_t members = 0;
  int64_t spare = 0;   // of these, so many need not find a place
  int64_t group = -1;  // -1: its stage does not matter
  int64_t stage = 0;   // pods of a later stage of the same group come after these
};

// How many more (bucket, shape, resource) triples may be looked at.
struct Work {
  int64_t left = 0;
};

class Fit {
 public:
  // Both outlive this.
  Fit(Rooms& rooms, Work& work) : rooms_(&rooms), work_(&work) {}

  Rooms& rooms() const { return *rooms_; }
  Work& work() const { return *work_; }
  // Counts these from now on.
  void Add(const std::vector<Claim>& claims);
  const std::vector<Claim>& claims() const { return ledger_.claims; }
  // True when these will all find a place, and none of those that were added is put at risk that was not before.
  bool Allows(const std::vector<Claim>& claims) const;

 private:
  // Claims, merged: one per shape, and one per shape and stage of a group released in stages. With each, how many of
  // its slots the others can take at most, by the quick bound.
  struct Ledger {
    std::vector<Claim> claims;
    std::vector<int64_t> losses;
    std::vector<bool> touched;  // by what was merged since this was last cleared
  };

  void Merge(const Claim& claim, Ledger& ledger) const;
  int64_t LossBy(const Claim& other, const Claim& claim) const;
  bool WillBePlaced(size_t index, const Ledger& ledger) const;
  double FineLoss(const Claim& claim, const std::vector<Claim>& all) const;

  Rooms* rooms_;
  Work* work_;
  Ledger ledger_;
};

// The number of a group that is only being tried.
inline constexpr int64_t kThisGroup = INT64_MAX;

// The claims with a stage for each shape, largest first, as group `group`.
std::vector<Claim> InStages(const Rooms& rooms, std::vector<Claim> claims, int64_t group);

}  // namespace muster::placement
