// The most that pods of other shapes gain on one node: the slots that they destroy less the price of the pods.
// Layer: placement. Pure. One part of the bound in fit_bound.h.
//
// A node loses k slots of V when the others load some resource r with need(r, k) = free - (slots - k + 1) * V + 1. For
// each r that is a knapsack: reach a load at the lowest price. Relaxed() allows fractions of pods (but at least the
// price of one pod), sorted by price per unit; Exact() searches whole pods, and falls back on the relaxed value of what
// it has not searched when it takes too long. Both return an upper bound.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "lib/placement/fit_bound.h"

namespace muster::placement {

struct NodeView {
  const int64_t* free = nullptr;
  const int64_t* limit = nullptr;  // the pods of the others together stay within this
  const int64_t* most = nullptr;   // by other shape
  int64_t slots = 0;
};

class NodeLoss {
 public:
  explicit NodeLoss(const LossProblem& problem);

  void SetPrices(const std::vector<double>& prices);
  double Relaxed(const NodeView& node);
  double Exact(const NodeView& node);
  // Of the last call: the pods of each other shape, and the slots that they destroy.
  const std::vector<double>& pods() const { return best_pods_; }
  // What has been done since this was last called, in units of Work.
  int64_t TakeWork();
  // True when the others together could destroy any slot of this node.
  bool CanLose(const NodeView& node);

 private:
  // One resource through which a node can lose slots.
  struct Way {
    size_t resource;
    int64_t request;  // of V
    int64_t base;     // the load that destroys the first slot
    int64_t most;     // slots that can be destroyed
  };

  bool WayThrough(const NodeView& node, size_t resource, Way& way) const;
  void RelaxedThrough(const NodeView& node, const Way& way);
  // The lowest price of the load, with fractions of pods; the pods go to `pods_`.
  double PriceOf(const NodeView& node, const Way& way, int64_t load);
  double LowestPrice(const NodeView& node, size_t resource) const;
  double UpperBound(size_t at, int64_t load, double price) const;
  // `bound`: no more can be gained from here.
  void Search(size_t at, int64_t load, double price, double bound);
  void Take(size_t other, int64_t pods);
  int64_t MostNow(size_t other) const;
  static int64_t Lost(const Way& way, int64_t load);

  const LossProblem& problem_;
  std::vector<double> prices_;
  std::vector<std::vector<size_t>> order_;  // by resource: shapes that request it, cheapest per unit first
  std::vector<double> pods_;
  std::vector<double> best_pods_;
  double best_ = 0;
  int64_t work_ = 0;
  // The state of Search.
  const NodeView* node_ = nullptr;
  Way way_{};
  std::vector<int64_t> left_;  // by resource, of the limit
  int64_t steps_left_ = 0;
  double unsearched_ = 0;
};

}  // namespace muster::placement
