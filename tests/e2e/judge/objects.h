// Nodes and pods of a judged round as objects of the API. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "lib/json/value.h"

namespace muster::e2e {

inline std::string Millis(int64_t millis) { return std::to_string(millis) + "m"; }
inline std::string Mebibytes(int64_t count) { return std::to_string(count) + "Mi"; }

// A ready hollow node with this capacity, all of it allocatable.
inline json::Value NodeObject(const std::string& name, json::Object labels, json::Object spec, json::Object room) {
  labels.Append("kubernetes.io/hostname", name);
  labels.Append("test.muster.dev/node", "hollow");
  const json::Value ready = json::Object{{"type", "Ready"}, {"status", "True"}, {"reason", "KubeletReady"}};
  return json::Object{
      {"apiVersion", "v1"},
      {"kind", "Node"},
      {"metadata", json::Object{{"name", name}, {"labels", std::move(labels)}}},
      {"spec", std::move(spec)},
      {"status", json::Object{{"capacity", room}, {"allocatable", room}, {"conditions", json::Array{ready}}}}};
}

// A pod of another owner, bound to the node by name.
inline json::Value PodOn(const std::string& node, const std::string& name, json::Value container) {
  const json::Value tolerates_all = json::Object{{"operator", "Exists"}};
  return json::Object{{"apiVersion", "v1"},
                      {"kind", "Pod"},
                      {"metadata", json::Object{{"name", name}}},
                      {"spec", json::Object{{"nodeName", node},
                                            {"terminationGracePeriodSeconds", 0},
                                            {"tolerations", json::Array{tolerates_all}},
                                            {"containers", json::Array{std::move(container)}}}}};
}

}  // namespace muster::e2e
