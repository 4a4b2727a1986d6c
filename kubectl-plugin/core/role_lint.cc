#include "kubectl-plugin/core/role_lint.h"

#include <algorithm>
#include <set>
#include <utility>

#include "kubectl-plugin/core/target.h"
#include "lib/api/quantity.h"
#include "lib/api/workload.h"
#include "lib/base/strings.h"

namespace muster::plugin {
namespace {

using Names = std::vector<std::string>;

const Names& PodFields() {
  static const Names fields{"activeDeadlineSeconds",
                            "affinity",
                            "automountServiceAccountToken",
                            "containers",
                            "dnsConfig",
                            "dnsPolicy",
                            "enableServiceLinks",
                            "ephemeralContainers",
                            "hostAliases",
                            "hostIPC",
                            "hostNetwork",
                            "hostPID",
                            "hostUsers",
                            "hostname",
                            "hostnameOverride",
                            "imagePullSecrets",
                            "initContainers",
                            "nodeName",
                            "nodeSelector",
                            "os",
                            "overhead",
                            "preemptionPolicy",
                            "priority",
                            "priorityClassName",
                            "readinessGates",
                            "resourceClaims",
                            "resources",
                            "restartPolicy",
                            "runtimeClassName",
                            "schedulerName",
                            "schedulingGates",
                            "schedulingGroup",
                            "securityContext",
                            "serviceAccount",
                            "serviceAccountName",
                            "setHostnameAsFQDN",
                            "shareProcessNamespace",
                            "subdomain",
                            "terminationGracePeriodSeconds",
                            "tolerations",
                            "topologySpreadConstraints",
                            "volumes"};
  return fields;
}

const Names& ContainerFields() {
  static const Names fields{"args",
                            "command",
                            "env",
                            "envFrom",
                            "image",
                            "imagePullPolicy",
                            "lifecycle",
                            "livenessProbe",
                            "name",
                            "ports",
                            "readinessProbe",
                            "resizePolicy",
                            "resources",
                            "restartPolicy",
                            "restartPolicyRules",
                            "securityContext",
                            "startupProbe",
                            "stdin",
                            "stdinOnce",
                            "terminationMessagePath",
                            "terminationMessagePolicy",
                            "tty",
                            "volumeDevices",
                            "volumeMounts",
                            "workingDir"};
  return fields;
}

const Names& SpecFields(api::RoleKind kind) {
  static const Names deployment{
      "minReadySeconds", "paused",  "progressDeadlineSeconds", "replicas", "revisionHistoryLimit", "selector",
      "strategy",        "template"};
  static const Names replica_set{"minReadySeconds", "replicas", "selector", "template"};
  static const Names stateful_set{"minReadySeconds",
                                  "ordinals",
                                  "persistentVolumeClaimRetentionPolicy",
                                  "podManagementPolicy",
                                  "replicas",
                                  "revisionHistoryLimit",
                                  "selector",
                                  "serviceName",
                                  "template",
                                  "updateStrategy",
                                  "volumeClaimTemplates"};
  static const Names job{"activeDeadlineSeconds",
                         "backoffLimit",
                         "backoffLimitPerIndex",
                         "completionMode",
                         "completions",
                         "managedBy",
                         "manualSelector",
                         "maxFailedIndexes",
                         "parallelism",
                         "podFailurePolicy",
                         "podReplacementPolicy",
                         "selector",
                         "successPolicy",
                         "suspend",
                         "template",
                         "ttlSecondsAfterFinished"};
  switch (kind) {
    case api::RoleKind::kDeployment:
      return deployment;
    case api::RoleKind::kReplicaSet:
      return replica_set;
    case api::RoleKind::kStatefulSet:
      return stateful_set;
    case api::RoleKind::kJob:
      break;
  }
  return job;
}

bool Contains(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

class RoleLinter {
 public:
  RoleLinter(const json::Value& body, api::RoleKind kind, std::string path)
      : spec_(body["spec"]), kind_(kind), path_(std::move(path) + ".spec") {}

  std::vector<Finding> Run() {
    Spelling(spec_, path_, SpecFields(kind_));
    const std::string pod_path = path_ + ".template.spec";
    const json::Value& pod = spec_["template"]["spec"];
    for (const json::Member& member : spec_.Members()) {
      if (Contains(SpecFields(kind_), member.first) || !Contains(PodFields(), member.first)) continue;
      Add(path_ + "." + member.first, "is a field of pods; move it into template.spec");
    }
    if (!pod.IsObject()) return std::move(findings_);  // the schema has said so
    Spelling(pod, pod_path, PodFields());
    RestartPolicy(pod, pod_path);
    Containers(pod, pod_path);
    Selector();
    return std::move(findings_);
  }

 private:
  void Add(std::string path, std::string text) { findings_.push_back({std::move(path), std::move(text)}); }

  void Spelling(const json::Value& object, const std::string& path, const Names& known) {
    for (const json::Member& member : object.Members()) {
      if (Contains(known, member.first)) continue;
      const Names near = NearNames(member.first, known);
      if (near.empty() || member.first.size() < 3) continue;
      Add(path + "." + member.first, "is no field known here; did you mean " + near.front() + "?");
    }
  }

  void RestartPolicy(const json::Value& pod, const std::string& path) {
    const std::string& policy = pod["restartPolicy"].Text();
    const bool job = kind_ == api::RoleKind::kJob;
    if (job && (policy.empty() || policy == "Always")) {
      const std::string what = policy.empty() ? "is missing, and its default Always" : "is Always, which";
      Add(path + ".restartPolicy", what + " cannot be for a job; set it to Never or OnFailure");
    } else if (!job && !policy.empty() && policy != "Always") {
      Add(path + ".restartPolicy",
          "is " + Shown(pod["restartPolicy"]) + ", and these pods restart Always; remove it, or use a job");
    }
  }

  void Containers(const json::Value& pod, const std::string& path) {
    if (pod["containers"].Items().empty()) Add(path + ".containers", "is missing or empty; a pod has one at least");
    std::set<std::string> volumes;
    for (const json::Value& volume : pod["volumes"].Items()) volumes.insert(volume["name"].Text());
    for (const json::Value& claim : spec_["volumeClaimTemplates"].Items()) {
      volumes.insert(claim["metadata"]["name"].Text());
    }
    std::set<std::string> names;
    for (const char* field : {"initContainers", "containers"}) {
      const json::Array& containers = pod[field].Items();
      for (size_t i = 0; i < containers.size(); ++i) {
        Container(containers[i], ChildPath(path + "." + field, i), volumes, names);
      }
    }
  }

  void Container(const json::Value& container, const std::string& path, const std::set<std::string>& volumes,
                 std::set<std::string>& names) {
    Spelling(container, path, ContainerFields());
    const std::string& name = container["name"].Text();
    if (name.empty()) {
      Add(path + ".name", "is missing; each container has a name");
    } else if (!names.insert(name).second) {
      Add(path + ".name", "is " + Shown(container["name"]) + " again; give each container its own");
    }
    if (container["image"].Text().empty()) Add(path + ".image", "is missing; each container has an image");
    const json::Array& mounts = container["volumeMounts"].Items();
    for (size_t i = 0; i < mounts.size(); ++i) {
      const std::string& volume = mounts[i]["name"].Text();
      if (volumes.contains(volume)) continue;
      Add(ChildPath(path + ".volumeMounts", i) + ".name",
          "is " + Shown(mounts[i]["name"]) + ", and the pod has no volume of that name; add it to volumes");
    }
    for (const char* field : {"requests", "limits"}) Quantities(container["resources"][field], path, field);
    Requests(container["resources"], path + ".resources");
  }

  void Quantities(const json::Value& amounts, const std::string& path, const std::string& field) {
    const std::string amounts_path = path + ".resources." + field;
    for (const auto& [resource, amount] : amounts.Members()) {
      if (api::DecodeAmount(resource, amount).has_value()) continue;
      Add(ChildPath(amounts_path, resource),
          "is " + Shown(amount) + ", which is no quantity; write it as 2, 500m or 4Gi");
    }
  }

  void Requests(const json::Value& resources, const std::string& path) {
    for (const auto& [resource, limit] : resources["limits"].Members()) {
      if (!resources["requests"].Has(resource)) continue;
      const auto most = api::DecodeAmount(resource, limit);
      const auto wanted = api::DecodeAmount(resource, resources["requests"][resource]);
      if (!most.has_value() || !wanted.has_value() || !(*most < *wanted)) continue;
      std::string above = "is " + Shown(resources["requests"][resource]);
      above.append(", above its limit ").append(Shown(limit)).append("; lower it or raise the limit");
      Add(ChildPath(ChildPath(path, "requests"), resource), above);
    }
  }

  // What the selector asks for and the template lacks, the operator fills in; what contradicts it, nobody can.
  void Selector() {
    const json::Value& labels = spec_["template"]["metadata"]["labels"];
    for (const auto& [key, wanted] : spec_["selector"]["matchLabels"].Members()) {
      if (!labels.Has(key) || labels[key] == wanted) continue;
      Add(path_ + ".selector.matchLabels." + key,
          "is " + Shown(wanted) + ", and the template's label is " + Shown(labels[key]) + "; make them equal");
    }
  }

  const json::Value& spec_;
  const api::RoleKind kind_;
  const std::string path_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> LintRole(const json::Value& role, const std::string& path) {
  std::vector<Finding> findings;
  for (const api::RoleKind kind : api::kRoleKinds) {
    const std::string field(api::FieldOf(kind));
    if (!role[field].IsObject()) continue;
    for (Finding& finding : RoleLinter(role[field], kind, ChildPath(path, field)).Run()) {
      findings.push_back(std::move(finding));
    }
  }
  return findings;
}

}  // namespace muster::plugin
