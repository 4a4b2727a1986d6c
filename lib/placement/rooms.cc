#include "lib/placement/rooms.h"

#include <algorithm>

namespace muster::placement {

// NodeResourcesFit: a resource that is not asked for is not looked at, even where it is overcommitted.
int64_t SlotsIn(const std::vector<int64_t>& request, const int64_t* free) {
  int64_t slots = kMostSlots;
  for (size_t r = 0; r < request.size(); ++r) {
    if (request[r] <= 0) continue;
    if (free[r] < request[r]) return 0;
    slots = std::min(slots, free[r] / request[r]);
  }
  return slots;
}

size_t Rooms::IndexOf(const api::PodShapePtr& shape) {
  const auto at = index_.find(shape->key);
  if (at != index_.end()) return at->second;
  rooms_.push_back(Measure(shape));
  index_.emplace(shape->key, rooms_.size() - 1);
  return rooms_.size() - 1;
}

ShapeRoom Rooms::Measure(const api::PodShapePtr& shape) const {
  ShapeRoom room;
  room.shape = shape;
  room.request = board_->RequestOf(*shape);
  for (size_t f = 0; f < board_->facts_count(); ++f) {
    room.refusal.push_back(api::WhyNot(*shape, board_->FactsNode(f)));
  }
  room.most_slots.resize(board_->facts_count());
  room.can_hold.resize(board_->facts_count());
  room.slots.resize(board_->buckets().size());
  std::vector<int64_t> largest(board_->width());
  for (size_t b = 0; b < room.slots.size(); ++b) {
    const Bucket& bucket = board_->buckets()[b];
    for (size_t r = 0; r < largest.size(); ++r) largest[r] = std::max(largest[r], board_->Allocatable(b)[r]);
    if (room.refusal[bucket.facts] != api::NodeRefusal::kNone) continue;
    room.slots[b] = SlotsIn(room.request, board_->Free(b));
    room.total += room.slots[b] * bucket.count;
    room.most_slots[bucket.facts] = std::max(room.most_slots[bucket.facts], room.slots[b]);
    if (SlotsIn(room.request, board_->Allocatable(b)) > 0) room.can_hold[bucket.facts] = true;
  }
  for (size_t r = 0; r < largest.size(); ++r) {
    if (largest[r] > 0) room.size += static_cast<double>(room.request[r]) / static_cast<double>(largest[r]);
  }
  return room;
}

int64_t Rooms::MostLost(size_t other, size_t of) {
  if (lost_.size() <= of) lost_.resize(of + 1);
  if (lost_[of].size() <= other) lost_[of].resize(rooms_.size(), -1);
  int64_t& known = lost_[of][other];
  if (known >= 0) return known;
  const ShapeRoom& o = rooms_[other];
  const ShapeRoom& c = rooms_[of];
  int64_t most_slots = 0;
  for (size_t f = 0; f < c.most_slots.size(); ++f) {
    if (o.can_hold[f]) most_slots = std::max(most_slots, c.most_slots[f]);
  }
  int64_t lost = 0;
  for (size_t r = 0; r < c.request.size(); ++r) {
    if (c.request[r] > 0) lost = std::max(lost, api::DivideUp(o.request[r], c.request[r]));
  }
  return known = std::min(lost, most_slots);
}

void Rooms::Recount(size_t bucket, int64_t difference) {
  for (ShapeRoom& room : rooms_) room.total += room.slots[bucket] * difference;
}

}  // namespace muster::placement
