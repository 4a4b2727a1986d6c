#include "lib/placement/fit_bound.h"

#include <algorithm>
#include <cmath>

#include "lib/api/quantity.h"
#include "lib/placement/fit_node.h"
#include "lib/placement/fit_prices.h"

namespace muster::placement {
namespace {

constexpr int kRelaxedRounds = 40;
constexpr int kExactRounds = 60;
constexpr int kRoundsBetweenAttacks = 6;
constexpr double kLeastGain = 1e-3;
// Beyond this a double does not hold every whole number.
constexpr int64_t kMostExact = int64_t{1} << 52;

// Slots are whole numbers, so what lies below the next one does not count; the margin covers rounding.
int64_t WholeSlots(double loss) { return static_cast<int64_t>(std::floor(loss + 1e-6 + loss * 1e-9)); }

enum class Inner { kRelaxed, kExact };

class PriceSearch {
 public:
  PriceSearch(const LossProblem& problem, Work& work) : problem_(problem), work_(work), node_(problem) {
    for (size_t n = 0; n < problem.nodes.size(); ++n) {
      if (node_.CanLose(ViewOf(n))) nodes_.push_back(n);
    }
    for (const OtherShape& other : problem.others) weights_.push_back(WholeSlotsPerPod(other));
    prices_ = weights_;
    best_prices_ = prices_;
    used_.resize(prices_.size());
    work_.left -= node_.TakeWork();
  }

  LossVerdict Run() {
    if (nodes_.empty()) return LossVerdict::kHarmless;
    if (Improve(Inner::kRelaxed, kRelaxedRounds)) return LossVerdict::kHarmless;
    if (Improve(Inner::kExact, kExactRounds)) return LossVerdict::kHarmless;
    return harmful_ ? LossVerdict::kHarmful : LossVerdict::kUnknown;
  }

 private:
  NodeView ViewOf(size_t n) const {
    const SlotNodes& nodes = problem_.nodes[n];
    return {nodes.free, nodes.empty, &problem_.most[n * problem_.others.size()], nodes.slots};
  }

  // The price at which one pod pays for every slot that it could destroy alone; the bound then is the quick one of
  // fit.h, where the search starts. Also the scale in which prices are changed.
  double WholeSlotsPerPod(const OtherShape& other) const {
    int64_t slots = 1;
    for (size_t r = 0; r < problem_.request.size(); ++r) {
      if (problem_.request[r] > 0) slots = std::max(slots, api::DivideUp(other.request[r], problem_.request[r]));
    }
    int64_t most = 1;
    for (const size_t n : nodes_) most = std::max(most, problem_.nodes[n].slots);
    return static_cast<double>(std::min(slots, most));
  }

  // The bound at the present prices; `used_` becomes how many pods of each shape the worst placement would use.
  // Infinite when the allowance ends before it is known.
  double Evaluate(Inner inner) {
    node_.SetPrices(prices_);
    double bound = 0;
    for (size_t o = 0; o < prices_.size(); ++o) {
      bound += prices_[o] * static_cast<double>(problem_.others[o].members);
      used_[o] = 0;
    }
    for (const size_t n : nodes_) {
      const auto count = static_cast<double>(problem_.nodes[n].count);
      bound += count * (inner == Inner::kExact ? node_.Exact(ViewOf(n)) : node_.Relaxed(ViewOf(n)));
      for (size_t o = 0; o < used_.size(); ++o) used_[o] += count * node_.pods()[o];
      work_.left -= node_.TakeWork() + static_cast<int64_t>(used_.size());
      if (work_.left <= 0) return INFINITY;
    }
    return bound;
  }

  // Tries prices until the bound is low enough (true), or no prices can make it so. The next prices lie half way
  // between the best ones and those that the lines seen so far suggest, which swing widely at first.
  bool Improve(Inner inner, int rounds) {
    std::vector<double> members;
    for (const OtherShape& other : problem_.others) members.push_back(static_cast<double>(other.members));
    PriceLp lines(members);
    best_ = INFINITY;
    prices_ = best_prices_;
    for (int round = 0; round < rounds && work_.left > 0; ++round) {
      const double bound = Evaluate(inner);
      if (std::isinf(bound)) return false;
      if (WholeSlots(bound) <= problem_.harmless) return true;
      if (bound < best_) {
        best_ = bound;
        best_prices_ = prices_;
      }
      if (inner == Inner::kExact && round % kRoundsBetweenAttacks == 0 && Attack()) return false;
      double lost = bound;
      for (size_t o = 0; o < prices_.size(); ++o) lost -= prices_[o] * (members[o] - used_[o]);
      const int64_t work_before = lines.work();
      lines.Add(lost, used_);
      lines.Solve();
      work_.left -= lines.work() - work_before;
      if (WholeSlots(lines.lowest() - kLeastGain) > problem_.harmless || best_ - lines.lowest() < kLeastGain) break;
      for (size_t o = 0; o < prices_.size(); ++o) {
        prices_[o] = (best_prices_[o] + std::min(lines.prices()[o], weights_[o])) / 2;
      }
    }
    return false;
  }

  bool Attack() {
    harmful_ = harmful_ || LossFound(problem_, prices_, work_) > problem_.harmless;
    return harmful_;
  }

  const LossProblem& problem_;
  Work& work_;
  NodeLoss node_;
  std::vector<size_t> nodes_;  // that can lose slots at all
  std::vector<double> weights_;
  std::vector<double> prices_;
  std::vector<double> best_prices_;
  double best_ = INFINITY;
  std::vector<double> used_;
  bool harmful_ = false;
};

bool IsExactInDoubles(const LossProblem& problem) {
  return std::all_of(problem.nodes.begin(), problem.nodes.end(), [&](const SlotNodes& nodes) {
    for (size_t r = 0; r < problem.request.size(); ++r) {
      if (std::max(nodes.free[r], nodes.empty[r]) > kMostExact) return false;
    }
    return true;
  });
}

// Nodes during an attack, with what is free after the pods that were put there.
struct Attacked {
  int64_t count;
  int64_t slots;
  std::vector<int64_t> free;
};

class Attacker {
 public:
  Attacker(const LossProblem& problem, Work& work) : problem_(problem), work_(work), node_(problem) {
    for (const OtherShape& other : problem.others) left_.push_back(other.members);
    for (size_t n = 0; n < problem.nodes.size(); ++n) {
      const SlotNodes& nodes = problem.nodes[n];
      std::vector<int64_t> may;
      for (size_t o = 0; o < left_.size(); ++o) may.push_back(problem.most[n * left_.size() + o]);
      nodes_.push_back({nodes.count, nodes.slots, {nodes.free, nodes.free + problem.request.size()}});
      may_.push_back(std::move(may));
    }
  }

  int64_t Run(const std::vector<double>& prices) {
    for (const double factor : {1.0, 0.5, 0.1, 0.001}) {
      std::vector<double> scaled;
      for (const double price : prices) scaled.push_back((price + 1e-6) * factor);
      node_.SetPrices(scaled);
      Pass(scaled);
    }
    return lost_;
  }

 private:
  // Attacks each node once, in the order of slots destroyed per price.
  void Pass(const std::vector<double>& prices) {
    std::vector<std::pair<double, size_t>> order;
    for (size_t n = 0; n < nodes_.size(); ++n) {
      if (nodes_[n].slots <= 0 || nodes_[n].count <= 0) continue;
      const double gain = GainOn(n);
      if (gain <= 0) continue;
      double price = 0;
      for (size_t o = 0; o < prices.size(); ++o) price += node_.pods()[o] * prices[o];
      order.emplace_back((gain + price) / price, n);
    }
    std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    for (const auto& [ratio, n] : order) {
      while (nodes_[n].count > 0 && GainOn(n) > 0) PutDown(n);
    }
  }

  // 0 when there is nothing to gain, or no allowance left.
  double GainOn(size_t n) {
    work_.left -= node_.TakeWork() + static_cast<int64_t>(left_.size());
    if (work_.left <= 0) return 0;
    most_.resize(left_.size());
    for (size_t o = 0; o < left_.size(); ++o) {
      most_[o] = may_[n][o] == 0 ? 0 : left_[o];
      for (size_t r = 0; r < nodes_[n].free.size() && most_[o] > 0; ++r) {
        const int64_t request = problem_.others[o].request[r];
        if (request > 0) most_[o] = std::min(most_[o], std::max<int64_t>(nodes_[n].free[r], 0) / request);
      }
    }
    const double gain = node_.Exact({nodes_[n].free.data(), nodes_[n].free.data(), most_.data(), nodes_[n].slots});
    return std::any_of(node_.pods().begin(), node_.pods().end(), [](double pods) { return pods > 0; }) ? gain : 0;
  }

  // The pods that GainOn found, on as many nodes like this one as there are pods for.
  void PutDown(size_t n) {
    std::vector<int64_t> pods;
    int64_t nodes = nodes_[n].count;
    for (size_t o = 0; o < left_.size(); ++o) {
      pods.push_back(std::llround(node_.pods()[o]));
      if (pods[o] > 0) nodes = std::min(nodes, left_[o] / pods[o]);
    }
    Attacked after = nodes_[n];
    after.count = nodes;
    for (size_t o = 0; o < pods.size(); ++o) {
      left_[o] -= pods[o] * nodes;
      for (size_t r = 0; r < after.free.size(); ++r) after.free[r] -= pods[o] * problem_.others[o].request[r];
    }
    after.slots = std::min(after.slots, SlotsLeft(after.free));
    lost_ += (nodes_[n].slots - after.slots) * nodes;
    nodes_[n].count -= nodes;
    std::vector<int64_t> may = may_[n];
    nodes_.push_back(std::move(after));
    may_.push_back(std::move(may));
  }

  int64_t SlotsLeft(const std::vector<int64_t>& free) const {
    int64_t slots = INT64_MAX;
    for (size_t r = 0; r < free.size(); ++r) {
      if (problem_.request[r] <= 0) continue;
      slots = std::min(slots, free[r] < problem_.request[r] ? 0 : free[r] / problem_.request[r]);
    }
    return slots;
  }

  const LossProblem& problem_;
  Work& work_;
  NodeLoss node_;
  std::vector<int64_t> left_;  // pods of each other shape that have not been put down
  std::vector<Attacked> nodes_;
  std::vector<std::vector<int64_t>> may_;  // by node: 0 where a shape may not run
  std::vector<int64_t> most_;
  int64_t lost_ = 0;
};

}  // namespace

LossVerdict JudgeLoss(const LossProblem& problem, Work& work) {
  if (problem.harmless < 0) return LossVerdict::kUnknown;
  if (!IsExactInDoubles(problem)) return LossVerdict::kUnknown;
  return PriceSearch(problem, work).Run();
}

int64_t LossFound(const LossProblem& problem, const std::vector<double>& prices, Work& work) {
  return Attacker(problem, work).Run(prices);
}

}  // namespace muster::placement
