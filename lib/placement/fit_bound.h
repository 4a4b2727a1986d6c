// The sharp bound: how many slots of one shape the pods of other shapes can destroy at most, over all nodes together.
// Layer: placement. Pure: plain numbers in, a verdict out; fit.h makes the numbers. docs/admission.md gives the
// argument with an example.
//
// Let V be the shape, and y(o, i) the number of pods of another shape o on node i. What the others can do is exactly
// this integer program:
//
//   maximize    sum over nodes of loss(i)     where loss(i) = slots(i) - slots of V that are left beside the y(., i)
//   subject to  sum over nodes of y(o, i) <= members of o,   and the pods on each node fit on that node
//
// It has a simple upper bound (Lagrangian duality). Give each shape o any price p(o) >= 0. Then no choice of y loses
// more than
//
//   sum over o of p(o) * members(o)  +  sum over nodes of  max over y of (loss(i) - sum over o of p(o) * y(o, i))
//
// so prices need not be the best ones, nor exact, for the bound to hold. The search for good prices stops as soon as
// the bound is low enough. The maximum on one node is in fit_node.h.
//
// Nodes are bounded by what they have when empty, not by what is free: pods of others may end meanwhile. That makes
// room for pods which do not fit now, and it never makes room smaller for V.
//
// The bound itself is monotone: with the same prices, one more node adds at most its own slots to the loss, and one
// fewer pod only makes it smaller. The search for prices is a heuristic with an allowance, so a proof that only just
// succeeds could be missed after such a change. A test counts how often (tests/unit/placement/bound_laws_test.cc).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "lib/placement/work.h"

namespace muster::placement {

struct OtherShape {
  std::vector<int64_t> request;  // by resource
  int64_t members = 0;
};

// Nodes with the same free room. The arrays are by resource and outlive the problem.
struct SlotNodes {
  int64_t count = 0;
  int64_t slots = 0;  // of V on each
  const int64_t* free = nullptr;
  const int64_t* empty = nullptr;  // what such a node has when no pod runs on it
};

struct LossProblem {
  std::vector<int64_t> request;  // of V
  int64_t harmless = 0;          // so many slots may be destroyed
  std::vector<OtherShape> others;
  std::vector<SlotNodes> nodes;
  std::vector<int64_t> most;  // [node * others + other]: so many pods may run on the node when it is empty
};

enum class LossVerdict {
  kHarmless,  // proven: the others cannot destroy more than `harmless` slots
  kHarmful,   // shown: a placement of the others on what is free now destroys more
  kUnknown,
};

LossVerdict JudgeLoss(const LossProblem& problem, Work& work);

// The most slots that a placement of the others was found to destroy, placed on what is free now and guided by prices.
int64_t LossFound(const LossProblem& problem, const std::vector<double>& prices, Work& work);

}  // namespace muster::placement
