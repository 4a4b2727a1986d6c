#include "kubectl-plugin/core/lint.h"

#include <algorithm>
#include <initializer_list>
#include <set>
#include <string_view>

#include "kubectl-plugin/core/safe_text.h"
#include "kubectl-plugin/core/target.h"
#include "lib/api/role_shape.h"
#include "lib/base/strings.h"
#include "lib/json/text.h"

namespace muster::plugin {
namespace {

using Names = std::vector<std::string>;

constexpr size_t kRolesMax = 16;
constexpr int64_t kReplicasMax = 10'000;
constexpr int64_t kTimeoutMax = 86'400;
constexpr size_t kChildNameMax = 63;

class Linter {
 public:
  explicit Linter(const json::Value& document) : document_(document) {}

  std::vector<Finding> Run() {
    KnownFields("", document_, {"apiVersion", "kind", "metadata", "spec", "status"});
    if (document_["apiVersion"].Text() != api::kWorkloads.ApiVersion()) {
      Add("apiVersion",
          "is " + Shown(document_["apiVersion"]) + "; this release knows " + api::kWorkloads.ApiVersion());
    }
    name_ = document_["metadata"]["name"].Text();
    if (name_.empty()) {
      Add("metadata.name", "is missing");
    } else if (!ParseTarget(name_).has_value() || name_.find('/') != std::string::npos) {
      Add("metadata.name", "cannot be a name: lower-case letters, digits, '-' and '.'");
    }
    Spec(document_["spec"]);
    return std::move(findings_);
  }

 private:
  void Add(std::string path, std::string text) { findings_.push_back({std::move(path), std::move(text)}); }

  static std::string Shown(const json::Value& value) {
    return value.IsNull() ? "missing" : Shorten(SafeText(json::Write(value)), 60);
  }

  void KnownFields(const std::string& path, const json::Value& object, const Names& known) {
    for (const json::Member& member : object.Members()) {
      if (std::find(known.begin(), known.end(), member.first) != known.end()) continue;
      const Names near = NearNames(member.first, known);
      Add(path.empty() ? SafeText(member.first) : path + "." + SafeText(member.first),
          "is no field of this release" + (near.empty() ? "" : "; did you mean " + near.front() + "?"));
    }
  }

  void Whole(const std::string& path, const json::Value& value, int64_t least, int64_t most) {
    if (value.IsNull()) return;
    if (!value.IsInteger() || value.Integer() < least || value.Integer() > most) {
      Add(path, "is " + Shown(value) + "; it is a whole number from " + std::to_string(least) + " to " +
                    std::to_string(most));
    }
  }

  void OneOf(const std::string& path, const json::Value& value, const Names& allowed) {
    if (value.IsNull() || std::find(allowed.begin(), allowed.end(), value.Text()) != allowed.end()) return;
    Add(path, "is " + Shown(value) + "; it is one of " + Join(allowed, ", "));
  }

  void Spec(const json::Value& spec) {
    if (!spec.IsObject()) return Add("spec", "is missing");
    KnownFields("spec", spec, {"replicas", "suspend", "priorityClassName", "gang", "roles"});
    Whole("spec.replicas", spec["replicas"], 0, kReplicasMax);
    if (spec.Has("suspend") && !spec["suspend"].IsBool()) {
      Add("spec.suspend", "is " + Shown(spec["suspend"]) + "; it is true or false");
    }
    const json::Value& gang = spec["gang"];
    KnownFields("spec.gang", gang, {"policy", "admission", "backend", "scheduleTimeoutSeconds"});
    OneOf("spec.gang.policy", gang["policy"], {"AllOrNothing", "None"});
    OneOf("spec.gang.admission", gang["admission"], {"WhenItFits", "Always"});
    OneOf("spec.gang.backend", gang["backend"], {"Auto", "Hold"});
    Whole("spec.gang.scheduleTimeoutSeconds", gang["scheduleTimeoutSeconds"], 1, kTimeoutMax);
    gang_ = gang["policy"].Text() != "None";
    const json::Array& roles = spec["roles"].Items();
    if (roles.empty() || roles.size() > kRolesMax) {
      Add("spec.roles",
          "has " + Count(static_cast<int64_t>(roles.size()), "role") + "; it takes 1 to " + std::to_string(kRolesMax));
    }
    for (size_t i = 0; i < roles.size(); ++i) Role("spec.roles[" + std::to_string(i) + "]", roles[i]);
  }

  void Role(const std::string& path, const json::Value& role) {
    Names known{"name", "minAvailable"};
    Names kinds;
    for (const api::RoleKind kind : api::kRoleKinds) {
      known.emplace_back(api::FieldOf(kind));
      if (role.Has(api::FieldOf(kind))) kinds.emplace_back(api::FieldOf(kind));
    }
    KnownFields(path, role, known);
    const std::string& name = role["name"].Text();
    if (name.empty()) Add(path + ".name", "is missing");
    if (!name.empty() && !names_.insert(name).second)
      Add(path + ".name", "is " + SafeText(name) + " again; names differ");
    const int64_t groups = std::max<int64_t>(1, document_["spec"]["replicas"].Integer(1));
    const size_t child = name_.size() + 1 + std::to_string(groups - 1).size() + 1 + name.size();
    if (child > kChildNameMax) {
      Add(path + ".name", "makes a child's name of " + std::to_string(child) + " characters; at most " +
                              std::to_string(kChildNameMax) + ": shorten it or the workload's name");
    }
    if (kinds.size() != 1) {
      return Add(path, (kinds.empty() ? "has no built-in" : "has several built-ins (" + Join(kinds, ", ") + ")") +
                           std::string("; give exactly one of ") + Join({known.begin() + 2, known.end()}, ", "));
    }
    Body(path, role, kinds.front());
  }

  void Body(const std::string& path, const json::Value& role, const std::string& kind) {
    const std::string body = path + "." + kind;
    KnownFields(body, role[kind], {"metadata", "spec"});
    KnownFields(body + ".metadata", role[kind]["metadata"], {"labels", "annotations"});
    const Result<std::vector<api::Role>> decoded = api::DecodeRoles(json::Array{role});
    if (!decoded.has_value()) return Add(path, decoded.error().message);
    if (!api::PodTemplateOf(decoded->front())["spec"].IsObject()) {
      return Add(body + ".spec.template.spec", "is missing: a pod template as in any " + kind);
    }
    const api::RoleShape shape = api::ShapeOf(decoded->front(), {.gang = gang_});
    for (const std::string& problem : shape.problems) Add(path, problem);
    Whole(path + ".minAvailable", role["minAvailable"], 0, shape.members);
  }

  const json::Value& document_;
  std::string name_;
  bool gang_ = true;
  std::set<std::string> names_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> LintWorkload(const json::Value& document) { return Linter(document).Run(); }

}  // namespace muster::plugin
