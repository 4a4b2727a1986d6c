#include "kubectl-plugin/core/lint.h"

#include <algorithm>
#include <utility>

#include "kubectl-plugin/core/pasted_object.h"
#include "kubectl-plugin/core/role_lint.h"
#include "kubectl-plugin/core/target.h"
#include "lib/api/meta.h"
#include "lib/api/roles_size.h"
#include "lib/base/strings.h"

namespace muster::plugin {
namespace {

bool IsOurs(const json::Value& document) {
  const std::string& version = document["apiVersion"].Text();
  return version == api::kWorkloads.group || version.starts_with(std::string(api::kWorkloads.group) + "/");
}

void LintName(const json::Value& document, std::vector<Finding>& findings) {
  const json::Value& meta = document["metadata"];
  const std::string& name = meta["name"].Text();
  if (!meta["name"].IsNull() && !meta["name"].IsString()) {
    findings.push_back({"metadata.name", "is " + Shown(meta["name"]) + ", not text; put it in quotes"});
  } else if (name.empty() && meta["generateName"].Text().empty()) {
    findings.push_back({"metadata.name", "is missing; name it"});
  } else if (!name.empty() && (!ParseTarget(name).has_value() || name.find('/') != std::string::npos)) {
    findings.push_back({"metadata.name", "is " + Shown(meta["name"]) +
                                             "; use lower-case letters, digits and '-', beginning and ending with a "
                                             "letter or digit"});
  }
}

}  // namespace

LintKind LintKindOf(const json::Value& document) {
  if (!IsOurs(document)) return LintKind::kForeign;
  if (document["kind"].Text() == api::kWorkloads.kind) return LintKind::kWorkload;
  return document["kind"].Text() == api::kPodGroups.kind ? LintKind::kPodGroup : LintKind::kForeign;
}

std::optional<Finding> LintIdentity(const json::Value& document) {
  if (!IsOurs(document)) return std::nullopt;
  const std::vector<std::string> kinds{std::string(api::kWorkloads.kind), std::string(api::kPodGroups.kind)};
  const std::string& kind = document["kind"].Text();
  if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) {
    const std::vector<std::string> near = NearNames(kind, kinds);
    return Finding{"kind",
                   "is " + Shown(document["kind"]) + "; " +
                       (near.empty() ? "it is one of " + Join(kinds, ", ") : "did you mean " + near.front() + "?")};
  }
  if (document["apiVersion"].Text() == api::kWorkloads.ApiVersion()) return std::nullopt;
  return Finding{"apiVersion",
                 "is " + Shown(document["apiVersion"]) + "; this release knows " + api::kWorkloads.ApiVersion()};
}

std::vector<Finding> LintDocument(const json::Value& document, const LintSchemas& schemas, const Written& written,
                                  RuleBook& book) {
  std::vector<Finding> findings;
  if (std::optional<Finding> identity = LintIdentity(document)) findings.push_back(std::move(*identity));
  LintName(document, findings);
  const Schema schema{.root = SchemaOf(schemas.crd, api::kWorkloads.version),
                      .unknown = [&](const std::string&, const std::string& path, const std::string& key) {
                        return PastedObjectText(path, key, schemas.kubernetes["definitions"]);
                      }};
  for (Finding& finding : LintSchema(schema, document, "", written, book)) {
    // A rule of the whole object can read nothing of metadata but the name, and that is what ours are about.
    constexpr std::string_view kName = "metadata.name";
    if (finding.path.empty()) {
      finding.path = kName;
      if (finding.text.starts_with(kName)) finding.text.erase(0, kName.size() + 1);
    }
    findings.push_back(std::move(finding));
  }
  if (LintKindOf(document) != LintKind::kWorkload) return findings;
  const json::Array& roles = document["spec"]["roles"].Items();
  for (size_t i = 0; i < roles.size(); ++i) {
    AppendNew(LintRole(roles[i], ChildPath("spec.roles", i), schemas.kubernetes, written, book), findings);
  }
  if (std::string text = api::WhyTooLarge(document["spec"]["roles"]); !text.empty()) {
    findings.push_back({"spec.roles", std::move(text)});
  }
  return findings;
}

}  // namespace muster::plugin
