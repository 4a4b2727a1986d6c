// YAML text to json::Value: the one door to yaml-cpp. Layer: client. Pure; safe from any thread.
//
// Scalars mean what they mean to kubectl (sigs.k8s.io/yaml: YAML 1.1 booleans and octals, quoted is text, timestamps
// are text), merge keys are applied, keys become text. Guards: 4 MB, depth 100, duplicate keys refused, aliases bounded
// by the number of nodes and bytes they expand to. Errors (kInvalid) are one line and name the line of the input.
#pragma once

#include <string_view>
#include <vector>

#include "lib/base/result.h"
#include "lib/json/value.h"

namespace muster::client {

// Exactly one document (Null when the text is empty or only comments).
Result<json::Value> ParseYaml(std::string_view text);
// The first document, which may be empty; of a key that is set twice, the last value counts. kubectl reads kubeconfigs
// in this way, and no other file.
Result<json::Value> ParseFirstYamlDocument(std::string_view text);
// All documents that are not empty, in their order.
Result<std::vector<json::Value>> ParseYamlDocuments(std::string_view text);

}  // namespace muster::client
