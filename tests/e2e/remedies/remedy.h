// A change that an explanation suggests, read from its text as a person would read it. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace muster::e2e {

struct Remedy {
  std::string code;                            // "AddNodes", "AddToleration", ...
  int64_t count = 0;                           // AddNodes: how many; ReduceMembers: the most that are left
  std::string like;                            // AddNodes: a node to copy, "" when it is described
  std::map<std::string, std::string> amounts;  // AddNodes: of a described node; FreeResources: to be freed
  std::vector<std::string> labels;             // AddNodes: of a described node
  std::vector<std::string> nodes;              // Uncordon, FreeResources
  std::string role;                            // AddToleration, RemoveSelector, ReduceMembers
  std::string
      field;        // ReduceMembers: "replicas", "parallelism", "minAvailable"; RemoveSelector: "affinity", "nodeName"
  std::string key;  // of a taint or label
  std::string value;
  std::string group;  // WaitForGroup
};

// nullopt when the text is none of those that are known.
std::optional<Remedy> ReadRemedy(const std::string& code, const std::string& text);

}  // namespace muster::e2e
