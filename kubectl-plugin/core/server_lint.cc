#include "kubectl-plugin/core/server_lint.h"

#include <utility>

#include "kubectl-plugin/core/lint.h"
#include "lib/api/child_spec.h"
#include "lib/api/names.h"
#include "lib/api/workload.h"

namespace muster::plugin {
namespace {

// As the operator makes it for the first group.
json::Value ChildOf(const json::Value& document, const json::Value& role, api::RoleKind kind) {
  const std::string& workload = document["metadata"]["name"].Text();
  const api::ChildOwner owner{.workload = workload,
                              .group = api::GroupName(workload, 0),
                              .priority_class_name = document["spec"]["priorityClassName"].Text()};
  const api::Role decoded{.name = role["name"].Text(), .kind = kind, .body = role[api::FieldOf(kind)]};
  json::Value child = decoded.body;
  child.Set("apiVersion", api::ResourceOf(kind).ApiVersion());
  child.Set("kind", api::ResourceOf(kind).kind);
  child.Mutable("metadata").Set("name", api::ChildName(owner.group, decoded.name));
  child.Set("spec", api::ChildSpec(owner, decoded, api::Hold::kReleased));
  return child;
}

}  // namespace

std::vector<ServerQuestion> ServerQuestions(const json::Value& document) {
  std::vector<ServerQuestion> questions;
  const bool workload = LintKindOf(document) == LintKind::kWorkload;
  questions.push_back({workload ? api::kWorkloads : api::kPodGroups, "", document});
  if (!workload) return questions;
  const json::Array& roles = document["spec"]["roles"].Items();
  for (size_t i = 0; i < roles.size(); ++i) {
    for (const api::RoleKind kind : api::kRoleKinds) {
      if (!roles[i][api::FieldOf(kind)].IsObject()) continue;
      questions.push_back({api::ResourceOf(kind), ChildPath(ChildPath("spec.roles", i), api::FieldOf(kind)),
                           ChildOf(document, roles[i], kind)});
    }
  }
  return questions;
}

std::vector<Finding> FindingsOfMessage(const std::string& message) {
  std::vector<Finding> findings;
  constexpr std::string_view kMark = "strict decoding error: ";
  const size_t mark = message.find(kMark);
  if (mark == std::string::npos) return {{"", message}};
  std::string_view rest = std::string_view(message).substr(mark + kMark.size());
  while (!rest.empty()) {
    const size_t open = rest.find('"');
    const size_t close = open == std::string_view::npos ? open : rest.find('"', open + 1);
    if (close == std::string_view::npos) break;
    const std::string_view what = rest.substr(0, open);
    const std::string path(rest.substr(open + 1, close - open - 1));
    findings.push_back({path, what.find("duplicate") != std::string_view::npos
                                  ? "is set twice; keep one of them"
                                  : "is no field that the API server knows; remove it or correct its name"});
    rest.remove_prefix(close + 1);
    if (rest.starts_with(", ")) rest.remove_prefix(2);
  }
  if (findings.empty()) findings.push_back({"", message});
  return findings;
}

}  // namespace muster::plugin
