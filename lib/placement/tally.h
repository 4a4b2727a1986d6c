// What stands in the way of one role's members, node by node, counted. Layer: placement. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "lib/placement/scratch.h"

namespace muster::placement {

struct Tally {
  int64_t eligible = 0;                   // nodes that pass every filter but room
  std::array<int64_t, 7> refused{};       // by api::NodeRefusal
  std::map<std::string, int64_t> taints;  // nodes refused for a taint, by its text
  // By resource. Of the eligible nodes: how many have no room, each counted for what it lacks most; and on how many it
  // is too little once the members that find a place have taken it.
  std::vector<int64_t> no_room;
  std::vector<int64_t> runs_out;
  // By resource: how many more members would have to fit, whatever there were of all other resources. 0: it is not what
  // keeps the group waiting.
  std::vector<int64_t> short_alone;
  // By resource: the most that any eligible node has for pods that do not come with it, whatever runs there now; what
  // those that come with it take; and the name of the first such node.
  std::vector<int64_t> largest;
  std::vector<int64_t> largest_with_node;
  std::vector<std::string> largest_node;
};

// `before` is the room before the group's own members, `after` with those that find a place; `unplaced` members of the
// shape find none.
Tally TallyOf(const Rooms& rooms, size_t shape, const Scratch& before, const Scratch& after, int64_t unplaced);

}  // namespace muster::placement
