// Whether kube-scheduler will find a place for every pod that is released, whatever it does. Layer: placement. Pure.
//
// kube-scheduler takes pods in its own order, spreads them by its own scores, and does not know our plan. So a
// placement that we find proves nothing: two small members, put on the two nodes that the large ones need, break it. A
// fit is therefore proven for *every* order and *every* placement:
//
//   A node has slots(V) = min over resources of floor(free / request of V) for pods of shape V. A pod of V takes
//   exactly one of them, wherever it goes. So if, for each shape V in flight,
//       pods of V  +  the most slots of V that all pods of other shapes can destroy together  <=  sum of slots(V)
//   then some node still has a slot whenever a pod of V is scheduled. The condition is about amounts, not about a
//   placement, so no order can break it.
//
// Three bounds on the slots that can be destroyed are tried, the cheapest first; one of them is enough:
//   1. Quick: a pod of shape o destroys at most max over resources of ceil(o / V) slots, and at most the slots of the
//      node on which it lands.
//   2. Fine: the same for each kind of node, with what is left over beside the slots there: with slack = free -
//      slots(V) * V, pods of others that take L of a resource destroy ceil((L - slack) / V) slots. For every L up to
//      the most that all others together can bring, that is at most L * max(1 / (slack + 1), k / (slack + 1 +
//      (k - 1) V)) with k = ceil((Lmax - slack) / V), and nothing when Lmax <= slack.
//   3. Sharp: all other shapes and all nodes together, see fit_bound.h. It also finds placements that break the group.
// docs/admission.md has the argument for readers, with an example.
//
// The last two have an allowance in each cycle (Work). When it is spent, the quick bound decides alone: still sound,
// and groups that it refuses are tried again in the next cycle.
//
// Members beyond the gang size are released too, so they count as others; a gang whose extra members find no place
// runs. Nodes on which another member does not fit now still count when an empty one could hold it: pods of others end
// while ours are being placed.
#pragma once

#include <cstdint>
#include <vector>

#include "lib/placement/rooms.h"
#include "lib/placement/work.h"

namespace muster::placement {

// Pods of one shape, to be bound in any order.
struct Claim {
  size_t shape = 0;
  int64_t members = 0;
  int64_t spare = 0;  // of these, so many need not find a place
};

enum class FitVerdict {
  kProven,             // every order and every placement works
  kNotProven,          // no bound is low enough, and no placement was found that breaks it
  kNeedsExactPacking,  // a placement was found that leaves a member without a node
};

class Fit {
 public:
  // Both outlive this.
  Fit(Rooms& rooms, Work& work, Bounds bounds = Bounds::kAll) : rooms_(&rooms), work_(&work), bounds_(bounds) {}

  Rooms& rooms() const { return *rooms_; }
  Work& work() const { return *work_; }
  // Counts these from now on.
  void Add(const std::vector<Claim>& claims);
  const std::vector<Claim>& claims() const { return ledger_.claims; }
  // True when these will all find a place, and so will all of those added before that these could disturb.
  bool Allows(const std::vector<Claim>& claims) const;
  // The same, and when it is not so, whether a placement was found that breaks it. Takes longer.
  FitVerdict Judge(const std::vector<Claim>& claims) const;

 private:
  // Claims, merged: one per shape. With each, how many of its slots the others can take at most, by the quick bound.
  struct Ledger {
    std::vector<Claim> claims;
    std::vector<int64_t> losses;
    std::vector<bool> touched;  // by what was merged since this was last cleared
  };

  void Merge(const Claim& claim, Ledger& ledger) const;
  Ledger With(const std::vector<Claim>& claims) const;
  int64_t LossBy(const Claim& other, const Claim& claim) const;
  FitVerdict WillBePlaced(size_t index, const Ledger& ledger) const;
  std::vector<Claim> OthersOf(const Claim& claim, const std::vector<Claim>& all) const;
  bool FineBoundHolds(const Claim& claim, const std::vector<Claim>& others) const;
  FitVerdict SharpVerdict(const Claim& claim, const std::vector<Claim>& others) const;

  Rooms* rooms_;
  Work* work_;
  Bounds bounds_;
  Ledger ledger_;
};

}  // namespace muster::placement
