// A node gains a slot for a member when it has, of every resource, what one more of them asks for. Gains are sorted by
// what each costs more than the one before it on the same node, and the fewest of them that let the group in are taken.
#include "lib/placement/free_resources.h"

#include <algorithm>

#include "lib/base/strings.h"
#include "lib/placement/trial.h"

namespace muster::placement {
namespace {

constexpr int64_t kMostGainsPerNode = 32;

// The k-th slot more on each node of a bucket.
struct Gain {
  double cost;
  size_t bucket;
  int64_t k;
  int64_t nodes;
};

// On `nodes` nodes of a bucket, the first ones by name, room for `k` more members each.
struct Freed {
  size_t bucket;
  int64_t k;
  int64_t nodes;
};

// By resource, what `k` more members lack on a node of the bucket; empty when the pods that run there and could run
// elsewhere hold less.
std::vector<int64_t> Lacking(const Board& board, const ShapeRoom& room, size_t bucket, int64_t k) {
  std::vector<int64_t> lacking(room.request.size());
  const int64_t members = api::SaturatingAdd(room.slots[bucket], k);
  for (size_t r = 0; r < lacking.size(); ++r) {
    if (room.request[r] <= 0) continue;
    const int64_t free = board.Free(bucket)[r];
    lacking[r] = std::max<int64_t>(api::SaturatingSubtract(api::SaturatingMultiply(room.request[r], members), free), 0);
    const int64_t held = api::SaturatingSubtract(board.Allocatable(bucket)[r], free);
    if (lacking[r] > api::SaturatingSubtract(held, board.WithNode(bucket)[r])) return {};
  }
  return lacking;
}

double CostOf(const std::vector<int64_t>& lacking, const ShapeRoom& room) {
  double cost = 0;
  for (size_t r = 0; r < lacking.size(); ++r) {
    if (lacking[r] > 0) cost += static_cast<double>(lacking[r]) / static_cast<double>(room.request[r]);
  }
  return cost;
}

std::vector<Gain> GainsOf(const Board& board, const ShapeRoom& room, int64_t most) {
  std::vector<Gain> gains;
  for (size_t b = 0; b < board.buckets().size(); ++b) {
    const Bucket& bucket = board.buckets()[b];
    if (bucket.count == 0 || room.refusal[bucket.facts] != api::NodeRefusal::kNone) continue;
    double before = 0;
    double last = 0;
    for (int64_t k = 1; k <= std::min(most, kMostGainsPerNode); ++k) {
      const std::vector<int64_t> lacking = Lacking(board, room, b, k);
      if (lacking.empty()) break;
      const double cost = CostOf(lacking, room);
      // Never cheaper than the one before it, without which it is not to be had (on an overcommitted node that costs
      // most).
      last = std::max(last, cost - before);
      gains.push_back({last, b, k, bucket.count});
      before = cost;
    }
  }
  std::stable_sort(gains.begin(), gains.end(), [](const Gain& a, const Gain& b) { return a.cost < b.cost; });
  return gains;
}

// The `n` cheapest gains, as nodes; a node of a bucket that gains k is not listed for fewer.
std::vector<Freed> Cheapest(const std::vector<Gain>& gains, int64_t n) {
  std::vector<Freed> freed;
  for (const Gain& gain : gains) {
    if (n <= 0) break;
    const int64_t nodes = std::min(n, gain.nodes);
    n -= nodes;
    for (Freed& other : freed) {
      if (other.bucket == gain.bucket && other.k == gain.k - 1) other.nodes -= nodes;
    }
    freed.push_back({gain.bucket, gain.k, nodes});
  }
  std::erase_if(freed, [](const Freed& f) { return f.nodes == 0; });
  return freed;
}

// The board with this room made; each part becomes a bucket of its own, whose index is put into `parts`.
Board WithFreed(const Board& board, const ShapeRoom& room, const std::vector<Freed>& freed,
                std::vector<size_t>& parts) {
  Board changed = board;
  for (const Freed& part : freed) {
    const std::vector<int64_t> lacking = Lacking(board, room, part.bucket, part.k);
    const bool whole = part.nodes == changed.buckets()[part.bucket].count;
    const size_t at = whole ? part.bucket : changed.Split(part.bucket, part.nodes);
    for (size_t r = 0; r < lacking.size(); ++r) changed.AddFree(at, r, lacking[r]);
    parts.push_back(at);
  }
  return changed;
}

std::string TextOf(const Board& board, const ShapeRoom& room, const std::vector<Freed>& freed) {
  std::vector<size_t> parts;
  const Board changed = WithFreed(board, room, freed, parts);
  std::vector<int64_t> total(room.request.size());
  NamedNodes nodes;
  for (size_t i = 0; i < freed.size(); ++i) {
    const std::vector<int64_t> lacking = Lacking(board, room, freed[i].bucket, freed[i].k);
    for (size_t r = 0; r < total.size(); ++r) total[r] += lacking[r] * freed[i].nodes;
    nodes.Add(changed, parts[i], freed[i].nodes);
  }
  std::vector<std::string> amounts;
  for (size_t r = 0; r < total.size(); ++r) {
    if (total[r] > 0) amounts.push_back(api::FormatNamedAmount(board.resources()[r], total[r]));
  }
  return Join(amounts, " and ") + " freed on " + nodes.Text();
}

}  // namespace

void FreeResources(const Shortage& shortage, Fit& fit, std::vector<api::Change>& changes) {
  const WaitingRole* role = nullptr;
  for (const WaitingRole& candidate : shortage.roles) {
    if (!candidate.IsShort()) continue;
    if (role != nullptr) return;
    role = &candidate;
  }
  if (role == nullptr) return;
  const Board& board = fit.rooms().board();
  const ShapeRoom& room = fit.rooms().Of(role->shape);
  const std::vector<Gain> gains = GainsOf(board, room, role->members->needed);
  int64_t most = 0;
  for (const Gain& gain : gains) most += gain.nodes;
  if (most == 0) return;
  const int64_t unplaced = role->members->needed - role->placed;
  const int64_t n =
      SmallestThat(unplaced, std::min(most, api::SaturatingMultiply(role->members->members, 4)), [&](int64_t count) {
        std::vector<size_t> parts;
        return Trial(WithFreed(board, room, Cheapest(gains, count), parts), fit, shortage.roles).LetsIn();
      });
  if (n == 0) return;
  changes.push_back({std::string(change::kFreeResources), TextOf(board, room, Cheapest(gains, n))});
}

}  // namespace muster::placement
