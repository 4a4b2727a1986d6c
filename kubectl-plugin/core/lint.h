// `lint`: what is wrong with a manifest, found without a cluster. Layer: plugin core. Pure.
// The schema of this release's CRDs says what our fields may hold (schema_lint.h); role_lint.h what is wrong with what
// was pasted; here is what remains: kind, version and name. `lint --dry-run=server` asks the API server for the rest.
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

// `crd` is the CustomResourceDefinition of the document's kind.
std::vector<Finding> LintDocument(const json::Value& document, const json::Value& crd, const Written& written,
                                  RuleBook& book);

}  // namespace muster::plugin
