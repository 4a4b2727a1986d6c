// A tally in words: blockers and the one-line summary. Layer: placement. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/api/explanation.h"
#include "lib/placement/ask.h"
#include "lib/placement/tally.h"

namespace muster::placement {

struct ShortRole {
  const MemberClass* members = nullptr;
  const ShapeRoom* room = nullptr;
  int64_t placed = 0;
  const std::vector<std::string>* resources = nullptr;  // names by index
};

// Most binding first. Never empty.
std::vector<api::Blocker> BlockersOf(const ShortRole& role, const Tally& tally);
// "needs 8 x 4 nvidia.com/gpu, room for 5"; "no node has 64 cpu: the largest has 32 (n1)".
std::string SummaryOf(const ShortRole& role, const Tally& tally);
// "8 x 4 nvidia.com/gpu": the members by the resource that matters most.
std::string SizeText(const ShortRole& role, size_t resource);
// The resource (index) that is the most binding of what runs out.
std::optional<size_t> ShortResource(const ShortRole& role, const Tally& tally);
// The resource (index) to speak of when none runs out: the one of which a member takes the largest part of a node.
size_t MainResource(const ShapeRoom& room, const Board& board);

}  // namespace muster::placement
