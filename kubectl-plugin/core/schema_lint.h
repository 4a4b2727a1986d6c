// Checks a value against a schema, as the API server would: of a CustomResourceDefinition (a structural schema with
// bounds, defaults, list keys and CEL rules with their messages; rules about a change need an object that exists and
// are left out), or of the built-in kinds (config/kubernetes-schema.json). Every rule is read from the schema, so that
// there is no second copy. Layer: plugin core. Pure.
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

// How a scalar is written in the manifest when it is not quoted: "yes", "0777"; "" when that is not known.
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

// What to do about a field that the schema does not know, "" for the usual words. `definition` is the name of the
// definition that `path` has, "" in a CRD.
using UnknownFieldText =
    std::function<std::string(const std::string& definition, const std::string& path, const std::string& key)>;

struct Schema {
  const json::Value& root;
  // Of a built-in kind: what "$ref" refers to, by name. As in the API server, null is then like no value, and a
  // required text or list must not be empty. nullptr: of a CRD.
  const json::Value* definitions = nullptr;
  std::string release = "this release";  // who knows its fields, for messages: "Kubernetes 1.37"
  UnknownFieldText unknown = {};
};

// Rules and patterns of schemas, understood once for however many documents.
struct RuleBook {
  std::map<std::string, Result<CelRule>, std::less<>> rules;
  std::map<std::string, std::regex, std::less<>> patterns;
};

// `path` is that of `value` in the document, "" for the whole of it.
std::vector<Finding> LintSchema(const Schema& schema, const json::Value& value, const std::string& path,
                                const Written& written, RuleBook& book);

}  // namespace muster::plugin
