// `-o json, yaml, name, jsonpath=` of documents. Layer: plugin cmd.
#pragma once

#include <string>
#include <vector>

#include "kubectl-plugin/cmd/session.h"

namespace muster::plugin {

// JSON or YAML with what a terminal could act upon escaped; `format` is json or yaml.
std::string FormatDocument(const json::Value& document, std::string_view format);
// As kubectl: one object alone when it was asked for by name, else a List. Documents lose metadata.managedFields.
// kInvalid when the format is none of json, yaml, name, jsonpath=...
Result<std::string> FormatDocuments(std::vector<json::Value> documents, bool single, std::string_view format);
// kInvalid naming what the verb takes.
Error UnknownFormat(std::string_view format, std::string_view known);

}  // namespace muster::plugin
