#include "lib/placement/picture.h"

namespace muster::placement {
namespace {

// A pod that only bears the labels of a member is not one: the members of a group have a controller.
bool IsOfGroup(const api::Pod& pod) { return pod.IsMember() && pod.meta.owner; }

void Grow(Load& load, const api::Pod& pod) {
  load.Add(pod.requests);
  load.Add(api::kPodCount, 1);
}

void Shrink(Load& load, const api::Pod& pod) {
  load.Subtract(pod.requests);
  load.Add(api::kPodCount, -1);
}

void PutInto(const api::Pod& pod, NodeRoom& room) {
  room.used.Add(pod.requests);
  ++room.pods;
  Grow(room.by_priority[pod.priority], pod);
  if (pod.comes_with_node) Grow(room.with_node, pod);
  if (IsOfGroup(pod)) Grow(room.of_groups, pod);
}

void TakeFrom(const api::Pod& pod, NodeRoom& room) {
  if (--room.pods == 0) {  // also corrects sums that were cut at the limit
    room.used = room.with_node = room.of_groups = {};
    room.by_priority.clear();
    return;
  }
  room.used.Subtract(pod.requests);
  if (pod.comes_with_node) Shrink(room.with_node, pod);
  if (IsOfGroup(pod)) Shrink(room.of_groups, pod);
  const auto same = room.by_priority.find(pod.priority);
  if (same == room.by_priority.end()) return;
  Shrink(same->second, pod);
  if (same->second.Get(api::kPodCount) <= 0) room.by_priority.erase(same);
}

}  // namespace

int64_t NodeRoom::Free(std::string_view resource) const {
  const int64_t all = node == nullptr ? 0 : node->allocatable.Get(resource);
  if (resource == api::kPodCount) return api::SaturatingSubtract(all, pods);
  return api::SaturatingSubtract(all, used.Get(resource));
}

int64_t NodeRoom::UsedBelow(int64_t priority, std::string_view resource) const {
  int64_t amount = 0;
  for (const auto& [of, load] : by_priority) {
    if (of >= priority) break;
    amount = api::SaturatingAdd(amount, load.Get(resource));
  }
  return amount;
}

std::string PoolText(const api::Node& node, const std::string& pool_label) {
  const auto label = node.meta.labels.find(pool_label);
  const bool has_pool = label != node.meta.labels.end() && !label->second.empty();
  return has_pool ? "a node of pool " + label->second : "a node without a pool";
}

void Picture::SetNode(const api::Node& node) {
  NodeRoom& room = rooms_[node.meta.name];
  if (room.node != nullptr && *room.node == node) return;
  if (room.node == nullptr) ++node_count_;
  room.node = std::make_shared<const api::Node>(node);
  ++generation_;
}

void Picture::RemoveNode(std::string_view name) {
  const auto at = rooms_.find(name);
  if (at == rooms_.end() || at->second.node == nullptr) return;
  at->second.node = nullptr;
  --node_count_;
  ++generation_;
  Forget(at);
}

void Picture::AddPod(const api::Pod& pod) { ReplacePod(nullptr, &pod); }
void Picture::RemovePod(const api::Pod& pod) { ReplacePod(&pod, nullptr); }

void Picture::ReplacePod(const api::Pod* before, const api::Pod* after) {
  const bool took = before != nullptr && !before->RoomNode().empty();
  const bool takes = after != nullptr && !after->RoomNode().empty();
  if (took && takes && before->RoomNode() == after->RoomNode() && before->requests == after->requests &&
      before->priority == after->priority && before->comes_with_node == after->comes_with_node &&
      IsOfGroup(*before) == IsOfGroup(*after)) {
    return;
  }
  if (took) {
    if (const auto at = rooms_.find(before->RoomNode()); at != rooms_.end() && at->second.pods > 0) {
      TakeFrom(*before, at->second);
      Forget(at);
      ++generation_;
    }
  }
  if (takes) {
    PutInto(*after, rooms_[std::string(after->RoomNode())]);
    ++generation_;
  }
}

void Picture::ForEachNode(const std::function<void(const NodeRoom&)>& call) const {
  for (const auto& [name, room] : rooms_) {
    if (room.node != nullptr) call(room);
  }
}

const NodeRoom* Picture::Find(std::string_view name) const {
  const auto at = rooms_.find(name);
  return at == rooms_.end() ? nullptr : &at->second;
}

std::string Picture::ShownName(const api::Node& node) const {
  return hides_names() ? PoolText(node, node_pool_label_) : node.meta.name;
}

void Picture::Forget(std::map<std::string, NodeRoom, std::less<>>::iterator at) {
  if (at->second.node == nullptr && at->second.pods == 0) rooms_.erase(at);
}

}  // namespace muster::placement
