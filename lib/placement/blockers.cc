#include "lib/placement/blockers.h"

#include <algorithm>

#include "lib/api/node_taints.h"
#include "lib/base/strings.h"

namespace muster::placement {
namespace {

namespace code = api::blocker;

std::string InsufficientCode(std::string_view resource) {
  std::string_view what = "ExtendedResource";
  if (resource == api::kCpu) what = "Cpu";
  if (resource == api::kMemory) what = "Memory";
  if (resource == api::kEphemeralStorage) what = "EphemeralStorage";
  if (resource == api::kPodCount) what = "Pods";
  return std::string(code::kInsufficientPrefix) + std::string(what);
}

std::string SelectorText(const api::PodShape& shape) {
  std::vector<std::string> parts;
  for (const auto& [key, value] : shape.node_selector) parts.push_back(key + "=" + value);
  return Join(parts, ",");
}

// A resource of which no eligible node could ever give one member enough.
bool NeverFits(const ShortRole& role, const Tally& tally, size_t r) {
  return tally.eligible > 0 && role.room->request[r] > tally.largest[r];
}

// Resources that keep members out, those that could never be enough first, then by the number of nodes.
std::vector<size_t> RunningOut(const ShortRole& role, const Tally& tally) {
  std::vector<size_t> resources;
  for (size_t r = 0; r < tally.runs_out.size(); ++r) {
    if (tally.short_alone[r] > 0) resources.push_back(r);
  }
  const auto rank = [&](size_t r) {
    // "pods" runs out last: on equal nodes it is the less telling answer.
    return std::tuple(!NeverFits(role, tally, r), -tally.runs_out[r], -tally.no_room[r], r == 0);
  };
  std::stable_sort(resources.begin(), resources.end(), [&](size_t a, size_t b) { return rank(a) < rank(b); });
  return resources;
}

std::string LargestText(const ShortRole& role, const Tally& tally, size_t r) {
  const std::string& name = (*role.resources)[r];
  if (tally.largest[r] <= 0) return "none has any";
  std::string text = "the largest has " + api::FormatAmount(name, tally.largest[r], api::Rounding::kDown);
  std::string where = tally.largest_node[r];
  if (tally.largest_with_node[r] > 0) {
    where += std::string(where.empty() ? "" : ", ") + "besides " + api::FormatAmount(name, tally.largest_with_node[r]) +
             " for pods of DaemonSets";
  }
  if (!where.empty()) text += " (" + where + ")";
  return text;
}

std::string NeverFitsText(const ShortRole& role, const Tally& tally, size_t r) {
  return "no node has " + api::FormatNamedAmount((*role.resources)[r], role.room->request[r]) + ": " +
         LargestText(role, tally, r);
}

struct Refused {
  std::string_view code;
  int64_t nodes;
  std::string message;
};

// What keeps nodes away for other reasons than room, most nodes first.
std::vector<Refused> RefusalsOf(const ShortRole& role, const Tally& tally) {
  const auto nodes = [&](api::NodeRefusal refusal) { return tally.refused[static_cast<size_t>(refusal)]; };
  const api::PodShape& shape = *role.room->shape;
  std::vector<Refused> all;
  for (const auto& [taint, count] : tally.taints) {
    const api::NodeLife life = api::LifeOf(std::string_view(taint).substr(0, taint.find('=')));
    const std::string why(api::LifeText(life));
    all.push_back({code::kUntoleratedTaint, count,
                   life == api::NodeLife::kInService ? "untolerated taint " + taint : "taint " + taint + ": " + why});
  }
  all.push_back({code::kNodeSelectorMismatch, nodes(api::NodeRefusal::kSelector),
                 "node selector " + SelectorText(shape) + " does not match"});
  all.push_back(
      {code::kNodeSelectorMismatch, nodes(api::NodeRefusal::kNodeName), "the template names node " + shape.node_name});
  all.push_back(
      {code::kNodeAffinityMismatch, nodes(api::NodeRefusal::kAffinity), "required node affinity does not match"});
  all.push_back({code::kNodeNotReady, nodes(api::NodeRefusal::kNotReady), "not ready"});
  all.push_back({code::kNodeUnschedulable, nodes(api::NodeRefusal::kUnschedulable), "cordoned"});
  std::erase_if(all, [](const Refused& refused) { return refused.nodes == 0; });
  std::stable_sort(all.begin(), all.end(), [](const Refused& a, const Refused& b) { return a.nodes > b.nodes; });
  return all;
}

}  // namespace

std::vector<api::Blocker> BlockersOf(const ShortRole& role, const Tally& tally) {
  const std::string& name = role.members->role;
  std::vector<api::Blocker> blockers;
  for (const size_t r : RunningOut(role, tally)) {
    const std::string& resource = (*role.resources)[r];
    const std::string missing =
        api::FormatAmount(resource, api::SaturatingMultiply(tally.short_alone[r], role.room->request[r]));
    std::string message = resource + ": " + missing + " more needed";
    if (NeverFits(role, tally, r)) message += "; " + NeverFitsText(role, tally, r);
    blockers.push_back({InsufficientCode(resource), name, resource, missing, tally.no_room[r], std::move(message)});
  }
  for (const Refused& refused : RefusalsOf(role, tally)) {
    blockers.push_back({std::string(refused.code), name, "", "", refused.nodes, refused.message});
  }
  // Nodes that have too little of something else: that keeps them out, but more of it is not what the group needs.
  for (size_t r = 0; r < tally.no_room.size(); ++r) {
    if (tally.no_room[r] == 0 || tally.short_alone[r] > 0) continue;
    const std::string& resource = (*role.resources)[r];
    blockers.push_back({InsufficientCode(resource), name, resource, "", tally.no_room[r], "too little " + resource});
  }
  if (blockers.empty()) blockers.push_back({std::string(code::kNoNodes), name, "", "", 0, "the cluster has no nodes"});
  return blockers;
}

std::string SizeText(const ShortRole& role, size_t resource) {
  return std::to_string(role.members->needed) + " x " +
         api::FormatNamedAmount((*role.resources)[resource], role.room->request[resource]);
}

std::optional<size_t> ShortResource(const ShortRole& role, const Tally& tally) {
  const std::vector<size_t> out = RunningOut(role, tally);
  return out.empty() ? std::nullopt : std::optional<size_t>(out.front());
}

size_t MainResource(const ShapeRoom& room, const Board& board) {
  size_t main = 0;
  double largest_share = 0;
  for (size_t b = 0; b < board.buckets().size(); ++b) {
    if (room.refusal[board.buckets()[b].facts] != api::NodeRefusal::kNone) continue;
    for (size_t r = 1; r < room.request.size(); ++r) {
      if (room.request[r] <= 0 || board.Allocatable(b)[r] <= 0) continue;
      const double share = static_cast<double>(room.request[r]) / static_cast<double>(board.Allocatable(b)[r]);
      if (share <= largest_share) continue;
      main = r;
      largest_share = share;
    }
  }
  for (size_t r = 1; main == 0 && r < room.request.size(); ++r) {
    if (room.request[r] > 0) main = r;
  }
  return main;
}

std::string SummaryOf(const ShortRole& role, const Tally& tally) {
  const std::vector<size_t> out = RunningOut(role, tally);
  if (!out.empty()) {
    if (NeverFits(role, tally, out.front())) return NeverFitsText(role, tally, out.front());
    return "needs " + SizeText(role, out.front()) + ", room for " + std::to_string(role.placed);
  }
  size_t main = 0;
  for (size_t r = 1; main == 0 && r < role.room->request.size(); ++r) {
    if (role.room->request[r] > 0) main = r;
  }
  std::vector<std::string> reasons;
  for (const Refused& refused : RefusalsOf(role, tally)) {
    reasons.push_back(Count(refused.nodes, "node") + ": " + refused.message);
  }
  if (reasons.empty()) reasons.emplace_back("the cluster has no nodes");
  return "needs " + SizeText(role, main) + ", but no node may take it (" + Join(reasons, "; ") + ")";
}

}  // namespace muster::placement
