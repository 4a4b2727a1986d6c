#include "kubectl-plugin/core/pasted_object.h"

#include <string_view>

namespace muster::plugin {
namespace {

bool Knows(const json::Value& definitions, const std::string& definition, const std::string& key) {
  return definitions[definition]["properties"].Members().Find(key) != nullptr;
}

bool IsOfWholeObject(const std::string& key) { return key == "apiVersion" || key == "kind" || key == "status"; }

// "spec.roles[3].job.metadata" -> "job.metadata"; "?" for what is not in a role.
std::string PathInRole(const std::string& path) {
  constexpr std::string_view kRoles = "spec.roles[";
  const size_t end = path.find(']');
  if (!path.starts_with(kRoles) || end == std::string::npos) return "?";
  return end + 1 == path.size() ? "" : path.substr(end + 2);
}

struct Misplaced {
  std::string_view in;  // the definition that does not know the field
  std::string_view of;  // the one that does
  std::string_view remedy;
};

// "*" is the spec of the role's kind.
constexpr Misplaced kMisplaced[] = {
    {"*", "PodSpec", "it is a field of pods, move it into template.spec"},
    {"*", "Container", "it is a field of containers, move it into template.spec.containers"},
    {"PodTemplateSpec", "PodSpec", "it is a field of pods, move it into spec of the template"},
    {"PodTemplateSpec", "*", "move it one level up, beside template"},
    {"PodSpec", "Container", "it is a field of containers, move it into the entries of containers"},
    {"PodSpec", "*", "move it two levels up, beside template"},
    {"Container", "PodSpec", "it is a field of pods, move it beside containers"},
    {"PodSecurityContext", "SecurityContext", "move it into the securityContext of containers"},
    {"SecurityContext", "PodSecurityContext", "move it into the securityContext of the pod"},
};

}  // namespace

std::string PastedObjectText(const std::string& path, const std::string& key, const json::Value& definitions) {
  const std::string place = PathInRole(path);
  if (place == "?") return "";
  if (place.empty()) {
    if (!IsOfWholeObject(key) && key != "metadata" && key != "spec") return "";
    return key == "metadata" || key == "spec"
               ? "move it below deployment, replicaSet, statefulSet or job"
               : "remove it; a role takes metadata and spec of an object, below its kind's field (like deployment)";
  }
  if (place.find('.') == std::string::npos && IsOfWholeObject(key)) {
    if (key == "status") return "remove it; a cluster printed it, and it is no part of a manifest";
    return "remove it; the field " + place + " says already what is made";
  }
  if (place.ends_with(".metadata") && place.find('.') == place.rfind('.') && Knows(definitions, "ObjectMeta", key)) {
    if (key == "name" || key == "generateName") return "remove it; Muster names the object after group and role";
    if (key == "namespace") return "remove it; the object is made in the namespace of the Workload";
    return "remove it; Muster and the cluster set it";
  }
  return "";
}

std::string MisplacedFieldText(const std::string& definition, const std::string& key, api::RoleKind kind,
                               const json::Value& definitions) {
  const std::string own = std::string(api::KindName(kind)) + "Spec";
  for (const Misplaced& row : kMisplaced) {
    if (definition != (row.in == "*" ? own : row.in)) continue;
    if (Knows(definitions, row.of == "*" ? own : std::string(row.of), key)) return std::string(row.remedy);
  }
  return "";
}

}  // namespace muster::plugin
