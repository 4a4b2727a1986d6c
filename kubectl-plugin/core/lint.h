// `lint`: what is wrong with a manifest, found without a cluster. Layer: plugin core. Pure.
// The schema of this release's CRDs says what our fields may hold (schema_lint.h), and role_lint.h checks the pasted
// specs; kind, version and name are checked here. `lint --dry-run=server` asks the API server for the rest.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kubectl-plugin/core/schema_lint.h"

namespace muster::plugin {

enum class LintKind { kForeign, kWorkload, kPodGroup };

// By kind and group; kForeign is not ours to judge.
LintKind LintKindOf(const json::Value& document);
// An object of our group whose kind or version we do not know: what to write instead.
std::optional<Finding> LintIdentity(const json::Value& document);

struct LintSchemas {
  const json::Value& crd;         // the CustomResourceDefinition of the document's kind
  const json::Value& kubernetes;  // config/kubernetes-schema.json
};
std::vector<Finding> LintDocument(const json::Value& document, const LintSchemas& schemas, const Written& written,
                                  RuleBook& book);

}  // namespace muster::plugin
