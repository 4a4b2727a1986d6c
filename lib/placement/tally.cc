#include "lib/placement/tally.h"

#include <algorithm>

namespace muster::placement {
namespace {

// The resource of which the node lacks the largest part of a request, of those that keep the group waiting if it lacks
// any of them; width() when it lacks nothing.
size_t LacksMost(const std::vector<int64_t>& request, const int64_t* free, const std::vector<bool>& keeps) {
  const auto lacks = [&](size_t r) { return request[r] > 0 && free[r] < request[r]; };
  bool only_those = false;
  for (size_t r = 0; r < request.size(); ++r) only_those = only_those || (keeps[r] && lacks(r));
  size_t most = request.size();
  double most_lacking = 0;
  for (size_t r = 0; r < request.size(); ++r) {
    if (!lacks(r) || (only_those && !keeps[r])) continue;
    const double lacking =
        static_cast<double>(request[r] - std::max<int64_t>(free[r], 0)) / static_cast<double>(request[r]);
    if (lacking <= most_lacking) continue;
    most = r;
    most_lacking = lacking;
  }
  return most;
}

void CountBefore(const ShapeRoom& room, const Scratch& before, Tally& tally) {
  const Board& board = before.board();
  std::vector<bool> keeps;
  for (const int64_t members : tally.short_alone) keeps.push_back(members > 0);
  for (size_t b = 0; b < board.buckets().size(); ++b) {
    const Bucket& bucket = board.buckets()[b];
    const api::NodeRefusal refusal = room.refusal[bucket.facts];
    if (refusal != api::NodeRefusal::kNone) {
      tally.refused[static_cast<size_t>(refusal)] += bucket.count;
      if (refusal != api::NodeRefusal::kTaint) continue;
      const api::Taint* taint = api::UntoleratedTaint(*room.shape, board.FactsNode(bucket.facts));
      tally.taints[taint == nullptr ? "" : taint->Text()] += bucket.count;
      continue;
    }
    tally.eligible += bucket.count;
    const size_t lacks = LacksMost(room.request, board.Free(b), keeps);
    if (lacks < room.request.size()) tally.no_room[lacks] += bucket.count;
    for (size_t r = 0; r < room.request.size(); ++r) {
      const int64_t most = api::SaturatingSubtract(board.Allocatable(b)[r], board.WithNode(b)[r]);
      if (bucket.count == 0 || most <= tally.largest[r]) continue;
      tally.largest[r] = most;
      tally.largest_with_node[r] = board.WithNode(b)[r];
      tally.largest_node[r] = std::string(board.NodeName(b));
    }
  }
}

// How many members the node has room for if only the resources in `counted` are looked at.
int64_t SlotsBy(const std::vector<int64_t>& request, const int64_t* free, const std::vector<bool>& counted) {
  std::vector<int64_t> some = request;
  for (size_t r = 0; r < some.size(); ++r) {
    if (!counted[r]) some[r] = 0;
  }
  return SlotsIn(some, free);
}

// Members that find no place though there is any amount of the resources that are not counted.
int64_t UnplacedBy(const ShapeRoom& room, const Board& board, int64_t unplaced, const std::vector<bool>& counted) {
  for (size_t b = 0; b < board.buckets().size() && unplaced > 0; ++b) {
    const Bucket& bucket = board.buckets()[b];
    if (room.refusal[bucket.facts] != api::NodeRefusal::kNone) continue;
    const int64_t slots = SlotsBy(room.request, board.Free(b), counted);
    unplaced -= std::min(unplaced, api::SaturatingMultiply(slots, bucket.count));
  }
  return unplaced;
}

void CountAfter(const ShapeRoom& room, const Scratch& after, int64_t unplaced, Tally& tally) {
  const Board& board = after.board();
  int64_t eligible = 0;
  for (size_t b = 0; b < board.buckets().size(); ++b) {
    const Bucket& bucket = board.buckets()[b];
    if (room.refusal[bucket.facts] != api::NodeRefusal::kNone) continue;
    eligible += bucket.count;
    const int64_t slots = SlotsIn(room.request, board.Free(b));
    for (size_t r = 0; r < room.request.size(); ++r) {
      const int64_t left = board.Free(b)[r] - slots * room.request[r];
      if (room.request[r] > 0 && left < room.request[r]) tally.runs_out[r] += bucket.count;
    }
  }
  if (eligible == 0) return;                          // what is short is nodes
  std::vector<bool> rest(room.request.size(), true);  // all but those that alone keep members out
  for (size_t r = 0; r < room.request.size(); ++r) {
    if (room.request[r] <= 0) continue;
    std::vector<bool> alone(room.request.size());
    alone[r] = true;
    tally.short_alone[r] = UnplacedBy(room, board, unplaced, alone);
    if (tally.short_alone[r] > 0) rest[r] = false;
  }
  // Plenty of those would not be enough: the others, together, keep members out too (no node has both).
  if (UnplacedBy(room, board, unplaced, rest) == 0) return;
  for (size_t r = 0; r < room.request.size(); ++r) {
    if (tally.runs_out[r] > 0 && tally.short_alone[r] == 0) tally.short_alone[r] = unplaced;
  }
}

}  // namespace

Tally TallyOf(const Rooms& rooms, size_t shape, const Scratch& before, const Scratch& after, int64_t unplaced) {
  const ShapeRoom& room = rooms.Of(shape);
  Tally tally;
  tally.no_room.resize(room.request.size());
  tally.runs_out.resize(room.request.size());
  tally.short_alone.resize(room.request.size());
  tally.largest.resize(room.request.size());
  tally.largest_with_node.resize(room.request.size());
  tally.largest_node.resize(room.request.size());
  CountAfter(room, after, unplaced, tally);
  CountBefore(room, before, tally);
  return tally;
}

}  // namespace muster::placement
