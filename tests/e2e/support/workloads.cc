#include "tests/e2e/support/workloads.h"

namespace muster::e2e {
namespace {

json::Value FromTexts(const Texts& texts, const std::string& prefix = {}) {
  json::Object object;
  for (const auto& [key, value] : texts) object.Append(prefix + key, value);
  return object;
}

json::Value Role(const std::string& name, const char* field, json::Value spec) {
  return json::Object{{"name", name}, {field, json::Object{{"spec", std::move(spec)}}}};
}

json::Value Replicated(const std::string& name, const char* field, int replicas, const Members& members) {
  return Role(name, field, json::Object{{"replicas", replicas}, {"template", PodTemplate(members)}});
}

}  // namespace

json::Value PodTemplate(const Members& members) {
  Texts requests = members.requests;
  requests["cpu"] = members.cpu;
  // Extended resources need limits, and what has both is the same for the others.
  const json::Value resources = json::Object{{"requests", FromTexts(requests)}, {"limits", FromTexts(requests)}};
  const json::Value container = json::Object{{"name", "app"}, {"image", members.image}, {"resources", resources}};
  json::Object spec{{"terminationGracePeriodSeconds", 1}, {"containers", json::Array{container}}};
  if (!members.node_selector.empty()) spec.Append("nodeSelector", FromTexts(members.node_selector));
  json::Object meta;
  if (!members.annotations.empty()) meta.Append("annotations", FromTexts(members.annotations, "test.muster.dev/"));
  return json::Object{{"metadata", std::move(meta)}, {"spec", std::move(spec)}};
}

json::Value JobRole(const std::string& name, int count, const Members& members, Completion completion) {
  json::Value pods = PodTemplate(members);
  pods.Mutable("spec").Set("restartPolicy", "Never");
  json::Object spec{{"parallelism", count}, {"completions", count}, {"template", std::move(pods)}};
  if (completion == Completion::kIndexed) spec.Append("completionMode", "Indexed");
  return Role(name, "job", std::move(spec));
}

json::Value StatefulSetRole(const std::string& name, int replicas, const Members& members) {
  return Replicated(name, "statefulSet", replicas, members);
}

json::Value DeploymentRole(const std::string& name, int replicas, const Members& members) {
  return Replicated(name, "deployment", replicas, members);
}

json::Value ReplicaSetRole(const std::string& name, int replicas, const Members& members) {
  return Replicated(name, "replicaSet", replicas, members);
}

json::Value MakeWorkload(const std::string& name, const json::Array& roles, const WorkloadOptions& options) {
  json::Object spec{{"replicas", options.replicas}};
  if (options.suspend) spec.Append("suspend", true);
  if (!options.priority_class_name.empty()) spec.Append("priorityClassName", options.priority_class_name);
  if (!options.gang.empty()) spec.Append("gang", options.gang);
  spec.Append("roles", roles);
  return json::Object{{"apiVersion", "muster.dev/v1alpha1"},
                      {"kind", "Workload"},
                      {"metadata", json::Object{{"name", name}}},
                      {"spec", std::move(spec)}};
}

json::Value MakePriorityClass(const std::string& name, int value, const std::string& preemption_policy) {
  return json::Object{{"apiVersion", "scheduling.k8s.io/v1"},
                      {"kind", "PriorityClass"},
                      {"metadata", json::Object{{"name", name}}},
                      {"value", value},
                      {"preemptionPolicy", preemption_policy}};
}

json::Value MakePod(const std::string& name, const Members& members) {
  json::Value pod = PodTemplate(members);
  pod.Set("apiVersion", "v1");
  pod.Set("kind", "Pod");
  pod.Mutable("metadata").Set("name", name);
  return pod;
}

}  // namespace muster::e2e
