// Builders of the objects that tests apply. Pure.
//
//   Apply(MakeWorkload("a", {JobRole("worker", 10, {.cpu = "1"}), StatefulSetRole("server", 2)}, {.replicas = 2}));
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lib/json/value.h"

namespace muster::e2e {

using Texts = std::map<std::string, std::string>;

// What each pod of a role is like.
struct Members {
  std::string cpu = "1";
  Texts requests = {};     // besides cpu
  Texts annotations = {};  // "finish-after": "3s" and the like, without test.muster.dev/
  Texts node_selector = {};
  std::string image = "registry.example/app:1";
};

json::Value PodTemplate(const Members& members);

enum class Completion { kPlain, kIndexed };

json::Value JobRole(const std::string& name, int count, const Members& members = {},
                    Completion completion = Completion::kPlain);
json::Value StatefulSetRole(const std::string& name, int replicas, const Members& members = {});
json::Value DeploymentRole(const std::string& name, int replicas, const Members& members = {});
json::Value ReplicaSetRole(const std::string& name, int replicas, const Members& members = {});

struct WorkloadOptions {
  int replicas = 1;
  bool suspend = false;
  std::string priority_class_name = {};
  json::Object gang = {};
};

json::Value MakeWorkload(const std::string& name, const json::Array& roles, const WorkloadOptions& options = {});
json::Value MakePriorityClass(const std::string& name, int value, const std::string& preemption_policy = "Never");
// A pod of nobody's, as any user may run it.
json::Value MakePod(const std::string& name, const Members& members = {});

}  // namespace muster::e2e
