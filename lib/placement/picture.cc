#include "lib/placement/picture.h"

namespace muster::placement {

int64_t NodeRoom::Free(std::string_view resource) const {
  const int64_t all = node == nullptr ? 0 : node->allocatable.Get(resource);
  if (resource == api::kPodCount) return api::SaturatingSubtract(all, pods);
  return api::SaturatingSubtract(all, used.Get(resource));
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
  const bool took = before != nullptr && before->TakesRoom();
  const bool takes = after != nullptr && after->TakesRoom();
  if (took && takes && before->node_name == after->node_name && before->requests == after->requests) return;
  if (took) {
    if (const auto at = rooms_.find(before->node_name); at != rooms_.end() && at->second.pods > 0) {
      at->second.used.Subtract(before->requests);
      if (--at->second.pods == 0) at->second.used = {};  // also heals sums that were cut at the limit
      Forget(at);
      ++generation_;
    }
  }
  if (takes) {
    NodeRoom& room = rooms_[after->node_name];
    room.used.Add(after->requests);
    ++room.pods;
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

void Picture::Forget(std::map<std::string, NodeRoom, std::less<>>::iterator at) {
  if (at->second.node == nullptr && at->second.pods == 0) rooms_.erase(at);
}

}  // namespace muster::placement
