#include "lib/placement/tally.h"

#include <algorithm>

namespace muster::placement {
namespace {

// The resource of which the node lacks the largest part of a request; width() when it lacks nothing.
size_t LacksMost(const std::vector<int64_t>& request, const int64_t* free) {
  size_t most = request.size();
  double most_lacking = 0;
  for (size_t r = 0; r < request.size(); ++r) {
    if (request[r] <= 0 || free[r] >= request[r]) continue;
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
    const size_t lacks = LacksMost(room.request, board.Free(b));
    if (lacks < room.request.size()) tally.no_room[lacks] += bucket.count;
    for (size_t r = 0; r < room.request.size(); ++r) {
      if (bucket.count == 0 || board.Allocatable(b)[r] <= tally.largest[r]) continue;
      tally.largest[r] = board.Allocatable(b)[r];
      tally.largest_node[r] = std::string(board.NodeName(b));
    }
  }
}

void CountAfter(const ShapeRoom& room, const Scratch& after, Tally& tally) {
  const Board& board = after.board();
  for (size_t b = 0; b < board.buckets().size(); ++b) {
    const Bucket& bucket = board.buckets()[b];
    if (room.refusal[bucket.facts] != api::NodeRefusal::kNone) continue;
    const int64_t slots = SlotsIn(room.request, board.Free(b));
    for (size_t r = 0; r < room.request.size(); ++r) {
      const int64_t left = board.Free(b)[r] - slots * room.request[r];
      if (room.request[r] > 0 && left < room.request[r]) tally.runs_out[r] += bucket.count;
    }
  }
}

}  // namespace

Tally TallyOf(const Rooms& rooms, size_t shape, const Scratch& before, const Scratch& after) {
  const ShapeRoom& room = rooms.Of(shape);
  Tally tally;
  tally.no_room.resize(room.request.size());
  tally.runs_out.resize(room.request.size());
  tally.largest.resize(room.request.size());
  tally.largest_node.resize(room.request.size());
  CountBefore(room, before, tally);
  CountAfter(room, after, tally);
  return tally;
}

}  // namespace muster::placement
