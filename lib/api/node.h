// What we keep of a Node. Layer: api. Two Nodes are equal when nothing that planning reads has changed: a heartbeat
// (which changes the resourceVersion and condition times) leaves them equal, so it replans nothing.
#pragma once

#include <string>
#include <vector>

#include "lib/api/meta.h"
#include "lib/api/quantity.h"
#include "lib/base/result.h"
#include "lib/json/value.h"

namespace muster::api {

struct Taint {
  std::string key;
  std::string value;
  std::string effect;  // NoSchedule, PreferNoSchedule, NoExecute
  bool operator==(const Taint&) const = default;
  std::string Text() const;  // "dedicated=infra", "dedicated"
};

inline constexpr std::string_view kTaintUnschedulable = "node.kubernetes.io/unschedulable";

struct Node {
  ObjectMeta meta;  // all labels
  Resources allocatable;
  std::vector<Taint> taints;
  bool unschedulable = false;  // spec.unschedulable: cordoned
  bool ready = false;          // condition Ready is True

  bool operator==(const Node& other) const;
};

Result<Node> DecodeNode(const json::Value& object);

}  // namespace muster::api
