// kube-scheduler as hostile as its contract allows: pods in any order, on any node that passes the filters.
#pragma once

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "tests/unit/placement/builders.h"

namespace muster::placement {

struct SimulatedPod {
  size_t group = 0;
  bool extra = false;  // beyond the gang size: need not find a place
  api::PodShapePtr shape;
  std::string node;
};

enum class Choice { kRandom, kLeastAllocated, kMostAllocated, kMostHarm };

// The scheduler's view: nodes by index, free by name.
class Simulator {
 public:
  explicit Simulator(const Picture& picture) {
    picture.ForEachNode([&](const NodeRoom& room) {
      nodes_.push_back(*room.node);
      api::Resources free = room.node->allocatable;
      free.Subtract(room.used);
      free.Set(api::kPodCount, room.Free(api::kPodCount));
      free_.push_back(free);
    });
  }

  // Binds the pods in an order drawn from `random`; false when one that is needed finds no node.
  bool Schedule(std::vector<SimulatedPod>& pods, Choice choice, std::mt19937& random) {
    std::vector<size_t> order(pods.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::shuffle(order.begin(), order.end(), random);
    if (choice == Choice::kMostHarm) {
      std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
        return pods[a].shape->requests.Get(api::kCpu) < pods[b].shape->requests.Get(api::kCpu);
      });
    }
    for (const size_t i : order) {
      SimulatedPod& pod = pods[i];
      const size_t node = Choose(pod, pods, choice, random);
      if (node == nodes_.size()) {
        if (!pod.extra) return false;
        continue;
      }
      free_[node].Subtract(pod.shape->requests);
      free_[node].Add(api::kPodCount, -1);
      pod.node = nodes_[node].meta.name;
    }
    return true;
  }

  static bool Holds(const api::PodShape& shape, const api::Node& node, const api::Resources& free) {
    if (api::WhyNot(shape, node) != api::NodeRefusal::kNone || free.Get(api::kPodCount) < 1) return false;
    bool fits = true;
    shape.requests.ForEach([&](std::string_view name, int64_t amount) {
      if (amount > 0 && free.Get(name) < amount) fits = false;
    });
    return fits;
  }

 private:
  size_t Choose(const SimulatedPod& pod, const std::vector<SimulatedPod>& pods, Choice choice, std::mt19937& random) {
    std::vector<size_t> feasible;
    for (size_t n = 0; n < nodes_.size(); ++n) {
      if (Holds(*pod.shape, nodes_[n], free_[n])) feasible.push_back(n);
    }
    if (feasible.empty()) return nodes_.size();
    std::shuffle(feasible.begin(), feasible.end(), random);
    if (choice == Choice::kRandom) return feasible.front();
    return *std::max_element(feasible.begin(), feasible.end(), [&](size_t a, size_t b) {
      return Score(pod, pods, a, choice) < Score(pod, pods, b, choice);
    });
  }

  double Score(const SimulatedPod& pod, const std::vector<SimulatedPod>& pods, size_t n, Choice choice) const {
    if (choice == Choice::kMostHarm) {
      double harm = 0;
      for (const SimulatedPod& other : pods) {
        if (!other.node.empty() || other.shape->key == pod.shape->key) continue;
        api::Resources after = free_[n];
        after.Subtract(pod.shape->requests);
        if (Holds(*other.shape, nodes_[n], free_[n]) && !Holds(*other.shape, nodes_[n], after)) harm += 1;
      }
      return harm;
    }
    const double cpu = static_cast<double>(free_[n].Get(api::kCpu));
    const double all = static_cast<double>(std::max<int64_t>(nodes_[n].allocatable.Get(api::kCpu), 1));
    return choice == Choice::kLeastAllocated ? cpu / all : -cpu / all;
  }

  std::vector<api::Node> nodes_;
  std::vector<api::Resources> free_;
};

}  // namespace muster::placement
