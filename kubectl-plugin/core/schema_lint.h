// A manifest against the structural schema of its CRD, as the API server would take it. Layer: plugin core. Pure.
// Everything is read from the schema itself, so that there is no second copy of a rule: fields, types, bounds, enums,
// patterns, defaults, list keys, and the CEL rules with their messages (rules about a change need an object that exists
// and are left out).
#pragma once

#include <functional>
#include <map>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "kubectl-plugin/core/cel.h"
#include "lib/json/value.h"

namespace muster::plugin {

struct Finding {
  std::string path;  // "spec.roles[1].minAvailable"; "" is the whole object
  std::string text;  // "what; remedy"
  bool operator==(const Finding&) const = default;
};

// How a scalar stands in the manifest when it is not quoted: "yes", "0777"; "" when that is not known.
using Written = std::function<std::string(std::string_view path)>;

// "spec" + "roles" is "spec.roles"; with an index "spec.roles[1]".
std::string ChildPath(const std::string& parent, std::string_view key);
std::string ChildPath(const std::string& parent, size_t index);
// "missing", "null" or the value in JSON, shortened and made safe.
std::string Shown(const json::Value& value);

// The openAPIV3Schema of the CRD's version, Null when it has none of that name.
const json::Value& SchemaOf(const json::Value& crd, std::string_view version);
// `value` with the schema's defaults filled in.
json::Value WithDefaults(const json::Value& schema, json::Value value);

// Rules and patterns of schemas, understood once for however many documents.
struct RuleBook {
  std::map<std::string, Result<CelRule>, std::less<>> rules;
  std::map<std::string, std::regex, std::less<>> patterns;
};
std::vector<Finding> LintSchema(const json::Value& schema, const json::Value& document, const Written& written,
                                RuleBook& book);

}  // namespace muster::plugin
