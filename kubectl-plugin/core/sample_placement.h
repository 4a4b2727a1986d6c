// Which nodes the members of groups that fit could go to. Layer: plugin core. Pure.
// kube-scheduler chooses the nodes when the pods are there; this is one choice that works, made as it would by default:
// the node with the most room first. A fit is proven for every order and every choice (lib/placement/fit.h), so that
// placing groups that were admitted never ends without a node.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "lib/placement/ask.h"
#include "lib/placement/picture.h"

namespace muster::plugin {

// Members of one role, by node.
struct RolePlacement {
  std::string role;
  int64_t members = 0;
  std::map<std::string, int64_t> nodes;  // how many on each
};

class SamplePlacement {
 public:
  explicit SamplePlacement(const placement::Picture& picture);
  // Places these members, the largest first, and counts them from now on.
  std::vector<RolePlacement> Place(const std::vector<placement::MemberClass>& classes);

 private:
  struct Room {
    const api::Node* node;
    api::Resources free;
  };
  std::vector<Room> rooms_;  // by name of node
};

// Nodes in few words: {"gpu-a-0": 1, ..., "gpu-a-7": 1} is "gpu-a-[0-7]"; with several on a node "n1 (3 each)", those
// with most first. At most `most` names or ranges, then "and 12 more nodes".
std::string NodesInWords(const std::map<std::string, int64_t>& nodes, size_t most = 12);

}  // namespace muster::plugin
