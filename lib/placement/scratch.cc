#include "lib/placement/scratch.h"

#include <algorithm>

namespace muster::placement {

int64_t Scratch::Slots(size_t shape, size_t bucket) const {
  const ShapeRoom& room = rooms_->Of(shape);
  const Bucket& nodes = board_.buckets()[bucket];
  if (nodes.count == 0 || room.refusal[nodes.facts] != api::NodeRefusal::kNone) return 0;
  return SlotsIn(room.request, board_.Free(bucket));
}

int64_t Scratch::SlotsInAll(size_t shape) const {
  int64_t slots = 0;
  for (size_t b = 0; b < board_.buckets().size(); ++b) {
    slots = api::SaturatingAdd(slots, api::SaturatingMultiply(Slots(shape, b), board_.buckets()[b].count));
  }
  return slots;
}

void Scratch::Take(size_t shape, size_t bucket, int64_t pods_each) {
  const std::vector<int64_t>& request = rooms_->Of(shape).request;
  for (size_t r = 0; r < request.size(); ++r) {
    board_.AddFree(bucket, r, -api::SaturatingMultiply(request[r], pods_each));
  }
}

int64_t Scratch::Place(size_t shape, int64_t members, Packing packing) {
  struct Option {
    size_t bucket;
    int64_t slots;
  };
  std::vector<Option> options;
  for (size_t b = 0; b < board_.buckets().size(); ++b) {
    if (const int64_t slots = Slots(shape, b); slots > 0) options.push_back({b, slots});
  }
  const bool fullest = packing == Packing::kFullestFirst;
  std::stable_sort(options.begin(), options.end(),
                   [&](const Option& a, const Option& b) { return fullest ? a.slots < b.slots : a.slots > b.slots; });
  int64_t left = members;
  for (const Option& option : options) {
    if (left <= 0) break;
    const int64_t count = board_.buckets()[option.bucket].count;
    const int64_t full = std::min(count, left / option.slots);
    if (full > 0) {
      Take(shape, full == count ? option.bucket : board_.Split(option.bucket, full), option.slots);
      left -= full * option.slots;
    }
    if (full < count && left > 0) {
      const int64_t rest = std::min(left, option.slots);
      Take(shape, count - full == 1 ? option.bucket : board_.Split(option.bucket, 1), rest);
      left -= rest;
    }
  }
  return members - std::max<int64_t>(left, 0);
}

void Scratch::PlaceAll(const std::vector<Claim>& claims) {
  std::vector<Claim> order = claims;
  std::stable_sort(order.begin(), order.end(),
                   [&](const Claim& a, const Claim& b) { return rooms_->Of(a.shape).size > rooms_->Of(b.shape).size; });
  for (const Claim& claim : order) Place(claim.shape, claim.members);
}

}  // namespace muster::placement
