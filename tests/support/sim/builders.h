// Workloads in a line each. Test support.
//
//   MakeWorkload("train").Replicas(2).Job("w", 4).StatefulSet("db", 2).Build()
#pragma once

#include <string>
#include <utility>

#include "lib/api/workload.h"
#include "lib/json/value.h"

namespace muster::sim {

inline json::Value PodTemplate(int64_t cpus = 1, json::Object annotations = {}) {
  json::Value pod_template = json::Object{
      {"spec", json::Object{
                   {"containers", json::Array{json::Object{
                                      {"name", "c"},
                                      {"image", "app:1"},
                                      {"resources", json::Object{{"requests", json::Object{{"cpu", cpus}}}}}}}}}}};
  if (!annotations.empty()) {
    pod_template.Mutable("metadata").Set("annotations", std::move(annotations));
  }
  return pod_template;
}

inline json::Object FinishAfter(int64_t seconds, std::string_view outcome = "Succeeded") {
  return json::Object{{"sim/finish-after-seconds", std::to_string(seconds)}, {"sim/outcome", outcome}};
}

inline json::Value RoleOf(const std::string& name, api::RoleKind kind, json::Value spec) {
  return json::Object{{"name", name}, {std::string(api::FieldOf(kind)), json::Object{{"spec", std::move(spec)}}}};
}

inline json::Value JobSpec(int64_t pods, json::Value pod_template = PodTemplate()) {
  return json::Object{{"parallelism", pods}, {"completions", pods}, {"template", std::move(pod_template)}};
}

inline json::Value ReplicatedSpec(int64_t pods, json::Value pod_template = PodTemplate()) {
  return json::Object{{"replicas", pods}, {"template", std::move(pod_template)}};
}

class MakeWorkload {
 public:
  explicit MakeWorkload(const std::string& name) {
    object_.Mutable("metadata").Set("namespace", "ml");
    object_.Mutable("metadata").Set("name", name);
    object_.Mutable("spec").Set("replicas", 1);
    object_.Mutable("spec").Set("roles", json::Array());
  }

  MakeWorkload& Replicas(int64_t count) { return Set("replicas", count); }
  MakeWorkload& Suspended() { return Set("suspend", true); }
  MakeWorkload& Priority(const std::string& name) { return Set("priorityClassName", name); }
  MakeWorkload& Gang(json::Object gang) { return Set("gang", std::move(gang)); }
  MakeWorkload& Timeout(int64_t seconds) { return Gang({{"scheduleTimeoutSeconds", seconds}}); }
  MakeWorkload& Role(json::Value role) {
    object_.Mutable("spec").Mutable("roles").Append(std::move(role));
    return *this;
  }
  MakeWorkload& Job(const std::string& role, int64_t pods, json::Value pod_template = PodTemplate()) {
    return Role(RoleOf(role, api::RoleKind::kJob, JobSpec(pods, std::move(pod_template))));
  }
  MakeWorkload& StatefulSet(const std::string& role, int64_t pods, json::Value pod_template = PodTemplate()) {
    return Role(RoleOf(role, api::RoleKind::kStatefulSet, ReplicatedSpec(pods, std::move(pod_template))));
  }
  MakeWorkload& Deployment(const std::string& role, int64_t pods, json::Value pod_template = PodTemplate()) {
    return Role(RoleOf(role, api::RoleKind::kDeployment, ReplicatedSpec(pods, std::move(pod_template))));
  }
  MakeWorkload& ReplicaSet(const std::string& role, int64_t pods, json::Value pod_template = PodTemplate()) {
    return Role(RoleOf(role, api::RoleKind::kReplicaSet, ReplicatedSpec(pods, std::move(pod_template))));
  }
  json::Value Build() const { return object_; }

 private:
  MakeWorkload& Set(std::string_view field, json::Value value) {
    object_.Mutable("spec").Set(field, std::move(value));
    return *this;
  }
  json::Value object_;
};

}  // namespace muster::sim
