// A group of a round and its nodes in plain numbers, for the test's own adversary: which nodes each role may use, what
// a pod of it requests, and what runs on the nodes. It knows only the fields that cases.cc writes, and uses nothing of
// the planner. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lib/json/value.h"
#include "tests/e2e/judge/cases.h"
#include "tests/support/plain_world.h"

namespace muster::e2e {

// What one pod requests: containers, init containers and sidecars, as kube-scheduler adds them up.
testing::PlainAmounts RequestOf(const json::Value& pod_spec);
// Whether the node's labels, taints and spec.unschedulable let a pod of this spec run there.
bool MayRunOn(const json::Value& node, const json::Value& pod_spec);
// `running`: by node name, what each pod there requests.
testing::PlainWorld WorldOf(const RandomGroup& group, const std::vector<json::Value>& nodes,
                            const std::map<std::string, std::vector<testing::PlainAmounts>>& running);

}  // namespace muster::e2e
