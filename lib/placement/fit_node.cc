#include "lib/placement/fit_node.h"

#include <algorithm>
#include <cmath>

#include "lib/api/quantity.h"

namespace muster::placement {
namespace {

constexpr int64_t kMostSteps = 1000;
// What a search must gain over what it has found; far below a slot, far above rounding.
constexpr double kGain = 1e-9;

}  // namespace

NodeLoss::NodeLoss(const LossProblem& problem)
    : problem_(problem),
      order_(problem.request.size()),
      pods_(problem.others.size()),
      best_pods_(problem.others.size()),
      left_(problem.request.size()) {
  for (size_t r = 0; r < order_.size(); ++r) {
    if (problem.request[r] <= 0) continue;
    for (size_t o = 0; o < problem.others.size(); ++o) {
      if (problem.others[o].request[r] > 0) order_[r].push_back(o);
    }
  }
}

void NodeLoss::SetPrices(const std::vector<double>& prices) {
  prices_ = prices;
  for (size_t r = 0; r < order_.size(); ++r) {
    const auto per_unit = [&](size_t o) { return prices_[o] / static_cast<double>(problem_.others[o].request[r]); };
    std::sort(order_[r].begin(), order_[r].end(), [&](size_t a, size_t b) {
      const double x = per_unit(a);
      const double y = per_unit(b);
      return x != y ? x < y : a < b;
    });
  }
}

int64_t NodeLoss::TakeWork() {
  const int64_t done = work_;
  work_ = 0;
  return done;
}

bool NodeLoss::WayThrough(const NodeView& node, size_t resource, Way& way) const {
  const int64_t request = problem_.request[resource];
  int64_t cap = 0;
  for (const size_t o : order_[resource]) {
    cap = api::SaturatingAdd(cap, api::SaturatingMultiply(node.most[o], problem_.others[o].request[resource]));
  }
  cap = std::min(cap, node.limit[resource]);
  way = {resource, request, node.free[resource] - node.slots * request + 1, 0};
  if (cap < way.base) return false;
  way.most = std::min(node.slots, (cap - way.base) / request + 1);
  return true;
}

bool NodeLoss::CanLose(const NodeView& node) {
  Way way{};
  for (size_t r = 0; r < order_.size(); ++r) {
    work_ += static_cast<int64_t>(order_[r].size());
    if (!order_[r].empty() && WayThrough(node, r, way)) return true;
  }
  return false;
}

int64_t NodeLoss::Lost(const Way& way, int64_t load) {
  return load < way.base ? 0 : std::min(way.most, (load - way.base) / way.request + 1);
}

double NodeLoss::LowestPrice(const NodeView& node, size_t resource) const {
  double lowest = -1;
  for (const size_t o : order_[resource]) {
    if (node.most[o] > 0 && (lowest < 0 || prices_[o] < lowest)) lowest = prices_[o];
  }
  return std::max(lowest, 0.0);
}

double NodeLoss::PriceOf(const NodeView& node, const Way& way, int64_t load) {
  std::fill(pods_.begin(), pods_.end(), 0);
  auto missing = static_cast<double>(load);
  double price = 0;
  for (const size_t o : order_[way.resource]) {
    if (missing <= 0) break;
    const double pods = std::min(static_cast<double>(node.most[o]),
                                 missing / static_cast<double>(problem_.others[o].request[way.resource]));
    pods_[o] = pods;
    price += pods * prices_[o];
    missing -= pods * static_cast<double>(problem_.others[o].request[way.resource]);
  }
  return price;
}

// k - price(need(k)) is concave in k. So the best k is where one more slot begins to cost more than 1, or, as long as
// even one pod costs more than the fractions, the largest k that one pod's price pays for.
void NodeLoss::RelaxedThrough(const NodeView& node, const Way& way) {
  const double lowest = LowestPrice(node, way.resource);
  double cheap = 0;  // the load up to which one more slot costs less than 1
  double paid = 0;   // the load that `lowest` pays for
  double budget = lowest;
  for (const size_t o : order_[way.resource]) {
    if (node.most[o] <= 0) continue;
    const auto size = static_cast<double>(problem_.others[o].request[way.resource]);
    const double all = size * static_cast<double>(node.most[o]);
    const double price = prices_[o] * static_cast<double>(node.most[o]);
    if (prices_[o] * static_cast<double>(way.request) < size) cheap += all;
    if (budget >= price) {
      paid += all;
      budget -= price;
    } else if (budget > 0) {
      paid += budget / prices_[o] * size;
      budget = 0;
    }
  }
  const double reach = std::max(cheap, paid);
  const auto request = static_cast<double>(way.request);
  const double k = std::floor((std::min(reach, 9e18) - static_cast<double>(way.base)) / request) + 1;
  const auto most = static_cast<double>(way.most);
  for (const double near : {1.0, k - 1, k, k + 1}) {  // k itself may be rounded
    const double candidate = std::clamp(near, 1.0, most);
    const auto slots = static_cast<int64_t>(candidate);
    const double price = std::max(PriceOf(node, way, way.base + (slots - 1) * way.request), lowest);
    if (candidate - price <= best_) continue;
    best_ = candidate - price;
    best_pods_ = pods_;
  }
  work_ += static_cast<int64_t>(order_[way.resource].size()) * 6;
}

double NodeLoss::Relaxed(const NodeView& node) {
  best_ = 0;
  std::fill(best_pods_.begin(), best_pods_.end(), 0);
  Way way{};
  for (size_t r = 0; r < order_.size(); ++r) {
    if (!order_[r].empty() && WayThrough(node, r, way)) RelaxedThrough(node, way);
  }
  return best_;
}

// The most that can still be gained with the shapes from `at` on, when fractions of them are allowed.
double NodeLoss::UpperBound(size_t at, int64_t load, double price) const {
  const auto base = static_cast<double>(way_.base);
  const auto request = static_cast<double>(way_.request);
  const double top = base + static_cast<double>(way_.most - 1) * request;
  auto reached = static_cast<double>(load);
  const std::vector<size_t>& order = order_[way_.resource];
  for (; at < order.size() && reached < top; ++at) {
    const size_t o = order[at];
    if (node_->most[o] <= 0) continue;
    const auto size = static_cast<double>(problem_.others[o].request[way_.resource]);
    const double all = size * static_cast<double>(node_->most[o]);
    const bool pays = prices_[o] * request < size;
    if (!pays && reached >= base) break;
    const double more = std::min(all, (pays ? top : base) - reached);
    reached += more;
    price += more / size * prices_[o];
  }
  if (reached < base) return -price;
  return std::min((reached - base) / request + 1, static_cast<double>(way_.most)) - price;
}

int64_t NodeLoss::MostNow(size_t other) const {
  int64_t most = node_->most[other];
  const std::vector<int64_t>& request = problem_.others[other].request;
  for (size_t r = 0; r < request.size() && most > 0; ++r) {
    if (request[r] > 0) most = std::min(most, left_[r] / request[r]);
  }
  return std::max<int64_t>(most, 0);
}

void NodeLoss::Search(size_t at, int64_t load, double price, double bound) {
  const std::vector<size_t>& order = order_[way_.resource];
  const int64_t lost = Lost(way_, load);
  if (static_cast<double>(lost) - price > best_) {
    best_ = static_cast<double>(lost) - price;
    best_pods_ = pods_;
  }
  if (at == order.size() || lost >= way_.most) return;
  const size_t o = order[at];
  const std::vector<int64_t>& request = problem_.others[o].request;
  const int64_t top = way_.base + (way_.most - 1) * way_.request;
  double bound_before = -1e300;
  for (int64_t pods = std::min(MostNow(o), api::DivideUp(top - load, request[way_.resource])); pods >= 0; --pods) {
    if (--steps_left_ < 0) {
      unsearched_ = std::max(unsearched_, bound);
      return;
    }
    const int64_t more = pods * request[way_.resource];
    const double more_price = price + static_cast<double>(pods) * prices_[o];
    const double with = UpperBound(at + 1, load + more, more_price);
    work_ += static_cast<int64_t>(order.size() - at) + 1;
    if (with <= best_ + kGain) {
      if (with < bound_before) return;  // concave in the number of pods: it only falls from here
      bound_before = with;
      continue;
    }
    bound_before = with;
    Take(o, pods);
    Search(at + 1, load + more, more_price, with);
    Take(o, -pods);
  }
}

void NodeLoss::Take(size_t other, int64_t pods) {
  pods_[other] += static_cast<double>(pods);
  const std::vector<int64_t>& request = problem_.others[other].request;
  for (size_t r = 0; r < request.size(); ++r) left_[r] -= pods * request[r];
}

double NodeLoss::Exact(const NodeView& node) {
  best_ = 0;
  unsearched_ = 0;
  std::fill(best_pods_.begin(), best_pods_.end(), 0);
  node_ = &node;
  std::copy(node.limit, node.limit + left_.size(), left_.begin());
  for (size_t r = 0; r < order_.size(); ++r) {
    if (order_[r].empty() || !WayThrough(node, r, way_)) continue;
    std::fill(pods_.begin(), pods_.end(), 0);
    steps_left_ = kMostSteps;
    Search(0, 0, 0, UpperBound(0, 0, 0));
  }
  return std::max(best_, unsearched_) + kGain;
}

}  // namespace muster::placement
