// Taints that say where a node is in its life: not in service yet, on its way out, or in trouble. Layer: api. Pure.
// Nobody should tolerate them to get room: the node goes, or is not ready. They are put there by Kubernetes, by cloud
// providers, by autoscalers and by operators that drain nodes.
#pragma once

#include <string_view>

namespace muster::api {

enum class NodeLife {
  kInService,  // the taint is somebody's choice of who may use the node
  kComing,     // the node is not ready for pods yet
  kGoing,      // the node is being drained or removed
  kInTrouble,  // the node is unhealthy or short of something
};

// What a taint with this key says of its node.
NodeLife LifeOf(std::string_view taint_key);
// In words, behind the taint: "the node is being drained or removed"; "" in service.
std::string_view LifeText(NodeLife life);

}  // namespace muster::api
