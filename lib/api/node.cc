#include "lib/api/node.h"

namespace muster::api {

std::string Taint::Text() const { return value.empty() ? key : key + "=" + value; }

bool Node::operator==(const Node& other) const {
  return meta.name == other.meta.name && meta.uid == other.meta.uid && ready == other.ready &&
         unschedulable == other.unschedulable && allocatable == other.allocatable && taints == other.taints &&
         meta.labels == other.meta.labels;
}

Result<Node> DecodeNode(const json::Value& object) {
  Node node;
  TRY(node.meta, DecodeMeta(object, KeepLabels::kAll));
  node.allocatable = DecodeResources(object["status"]["allocatable"]);
  for (const json::Value& taint : object["spec"]["taints"].Items()) {
    node.taints.push_back({taint["key"].Text(), taint["value"].Text(), taint["effect"].Text()});
  }
  node.unschedulable = object["spec"]["unschedulable"].Bool();
  for (const json::Value& condition : object["status"]["conditions"].Items()) {
    if (condition["type"].Text() == "Ready") node.ready = condition["status"].Text() == "True";
  }
  return node;
}

}  // namespace muster::api
