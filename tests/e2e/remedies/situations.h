// Situations in which a group has no room, each with the change that its explanation suggests. Pure: a table.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "tests/e2e/support/cluster.h"
#include "tests/e2e/support/workloads.h"

namespace muster::e2e {

struct Situation {
  std::string name;
  std::vector<NodeShape> nodes;
  std::vector<std::string> cordoned = {};  // names of nodes
  int foreign_pods = 0;                    // of 1 cpu each, there before the workload
  std::string agent_cpu = {};              // of a DaemonSet that runs on every node, new ones too; "" without
  json::Array roles;
  std::string blocker;  // one of those that are told
  std::string code;     // of the suggestion that is followed
};
inline void PrintTo(const Situation& situation, std::ostream* out) { *out << situation.name; }

std::vector<Situation> Situations();

}  // namespace muster::e2e
