// Random clusters and groups for the planner to plan and kube-scheduler to judge: one round is some nodes, other
// people's pods on them, and groups that all want to run at once. Pure: the same seed gives the same round everywhere.
//
//   const Round round = MakeRound(17, 6);
//
// MakeRound makes groups with everything that the filters look at, on a few nodes that they share. MakeDenseRound makes
// groups of two to five shapes that request 30 to 90 % of what is free, each on one to four nodes of its own.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lib/json/value.h"

namespace muster::e2e {

struct RandomRole {
  std::string name;
  std::string field;  // "job", "statefulSet", "deployment"
  int64_t members = 1;
  int64_t needed = 1;    // minAvailable
  int64_t size = 0;      // for ordering alone: cpu and memory, weighed
  json::Value pod_spec;  // of its template
};

struct RandomGroup {
  std::string name;
  std::vector<RandomRole> roles;
  json::Value Workload() const;
};

struct Round {
  uint64_t seed = 0;
  std::vector<json::Value> nodes;
  std::vector<json::Value> pods;  // bound by name: whoever made them does not matter
  std::vector<RandomGroup> groups;
  bool nodes_last = false;  // the groups are there before the nodes
};

Round MakeRound(uint64_t seed, int64_t groups);
Round MakeDenseRound(uint64_t seed, int64_t groups);
// For a failure's message: the whole round, one object a line.
std::string Describe(const Round& round);

}  // namespace muster::e2e
