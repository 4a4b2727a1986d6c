// The cluster as the planner sees it: per node what it can hold and what the pods on it ask for, kept up to date one
// watch event at a time. Layer: placement. Pure; not safe for concurrent use; copying shares the nodes.
//
//   picture.SetNode(node);
//   picture.ReplacePod(old_pod, new_pod);   // either may be null: added, removed
//   if (picture.generation() != planned_at) PlanCycle(picture, input);
//
// Input may come in any order: pods on a node that is not known (yet, or any more) are remembered.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "lib/api/node.h"
#include "lib/api/pod.h"

namespace muster::placement {

// What some pods request, with their number as the resource "pods".
using Load = api::Resources;

// What is said of a node to readers who must not learn its name: "a node of pool gpu", after the value of that label;
// "a node without a pool" where it has none.
std::string PoolText(const api::Node& node, const std::string& pool_label);

// One node's room.
struct NodeRoom {
  std::shared_ptr<const api::Node> node;  // null: only pods on it are known
  api::Resources used;                    // requests of the pods on it that take room
  int64_t pods = 0;                       // how many these are
  std::map<int32_t, Load> by_priority;    // the same pods, by their priority
  Load of_groups;                         // of these, the members of Muster groups
  Load with_node;                         // of these, the pods of DaemonSets and static pods: a node like this has them

  // Allocatable less used; what is overcommitted is negative. "pods" is counted like any other resource.
  int64_t Free(std::string_view resource) const;
  // What the pods whose priority is below this one use.
  int64_t UsedBelow(int64_t priority, std::string_view resource) const;
};

class Picture {
 public:
  // node_pool_label: explanations name the value of this label instead of nodes; "": they name nodes.
  explicit Picture(std::string node_pool_label = {}) : node_pool_label_(std::move(node_pool_label)) {}

  void SetNode(const api::Node& node);
  void RemoveNode(std::string_view name);
  // Pods that take no room (not bound, finished) change nothing.
  void AddPod(const api::Pod& pod);
  void RemovePod(const api::Pod& pod);
  void ReplacePod(const api::Pod* before, const api::Pod* after);

  // Rises with every change that can change a plan.
  uint64_t generation() const { return generation_; }
  int64_t node_count() const { return node_count_; }
  // Known nodes alone, by name.
  void ForEachNode(const std::function<void(const NodeRoom&)>& call) const;
  const NodeRoom* Find(std::string_view name) const;
  // What an explanation says instead of this node's name: the name, or "a node of pool gpu".
  std::string ShownName(const api::Node& node) const;
  bool hides_names() const { return !node_pool_label_.empty(); }

 private:
  void Forget(std::map<std::string, NodeRoom, std::less<>>::iterator at);

  std::map<std::string, NodeRoom, std::less<>> rooms_;
  uint64_t generation_ = 0;
  int64_t node_count_ = 0;
  std::string node_pool_label_;
};

}  // namespace muster::placement
