#include "kubectl-plugin/core/role_lint.h"

#include <set>
#include <utility>

#include "kubectl-plugin/core/pasted_object.h"
#include "kubectl-plugin/core/resource_lint.h"
#include "lib/api/workload.h"

namespace muster::plugin {
namespace {

class RoleLinter {
 public:
  RoleLinter(const json::Value& body, api::RoleKind kind, std::string path)
      : spec_(body["spec"]), kind_(kind), path_(std::move(path) + ".spec") {}

  std::vector<Finding> Run() {
    const std::string pod_path = path_ + ".template.spec";
    const json::Value& pod = spec_["template"]["spec"];
    if (!pod.IsObject()) return std::move(findings_);  // the schema says so
    RestartPolicy(pod, pod_path);
    Containers(pod, pod_path);
    AppendNew(LintResources(pod["resources"], pod_path + ".resources"), findings_);
    Selector();
    return std::move(findings_);
  }

 private:
  void Add(std::string path, std::string text) { findings_.push_back({std::move(path), std::move(text)}); }

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
    const std::string& name = container["name"].Text();
    if (!name.empty() && !names.insert(name).second) {
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
    AppendNew(LintResources(container["resources"], path + ".resources"), findings_);
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

// The types of the pasted spec. What Muster fills in need not be there.
std::vector<Finding> LintSpec(const json::Value& spec, api::RoleKind kind, const std::string& path,
                              const json::Value& kubernetes, const Written& written, RuleBook& book) {
  const json::Value& definitions = kubernetes["definitions"];
  const std::string definition = std::string(api::KindName(kind)) + "Spec";
  json::Value whole = spec;
  if (kind != api::RoleKind::kJob && !whole.Has("selector")) whole.Set("selector", json::Object());
  const json::Value root = json::Object{{"$ref", definition}};
  const std::string& version = kubernetes["version"].Text();  // v1.37.1
  const Schema schema{.root = root,
                      .definitions = &definitions,
                      .release = "Kubernetes " + version.substr(1, version.rfind('.') - 1),
                      .unknown = [&](const std::string& in, const std::string&, const std::string& key) {
                        return MisplacedFieldText(in, key, kind, definitions);
                      }};
  return LintSchema(schema, whole, path, written, book);
}

}  // namespace

void AppendNew(std::vector<Finding> more, std::vector<Finding>& findings) {
  std::set<std::string> paths;
  for (const Finding& finding : findings) paths.insert(finding.path);
  for (Finding& finding : more) {
    if (!paths.contains(finding.path)) findings.push_back(std::move(finding));
  }
}

std::vector<Finding> LintRole(const json::Value& role, const std::string& path, const json::Value& kubernetes,
                              const Written& written, RuleBook& book) {
  std::vector<Finding> findings;
  for (const api::RoleKind kind : api::kRoleKinds) {
    const std::string field(api::FieldOf(kind));
    const json::Value& body = role[field];
    if (!body["spec"].IsObject()) continue;
    const std::string body_path = ChildPath(path, field);
    AppendNew(LintSpec(body["spec"], kind, body_path + ".spec", kubernetes, written, book), findings);
    AppendNew(RoleLinter(body, kind, body_path).Run(), findings);
  }
  return findings;
}

}  // namespace muster::plugin
