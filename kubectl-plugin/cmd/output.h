// `-o json, yaml, name, jsonpath=`. Layer: plugin cmd.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kubectl-plugin/cmd/session.h"
#include "kubectl-plugin/core/json_path.h"

namespace muster::plugin {

// What -o asked for, read before anything is asked of the server.
class OutputFormat {
 public:
  // kInvalid, naming what the verb takes (Verb::outputs), for anything else, and for a jsonpath that is none.
  static Result<OutputFormat> Of(const Options& options);

  bool is_picture() const { return name_.empty(); }
  bool is_name() const { return name_ == "name"; }
  // JSON and YAML with what a terminal could act upon escaped, or what the jsonpath finds.
  std::string Print(const json::Value& document) const;

 private:
  std::string name_;  // "json", "yaml", "jsonpath", "name", "wide"
  std::optional<JsonPath> path_;
};

// As kubectl: one object alone when it was asked for by name, else a List. Documents lose metadata.managedFields.
std::string PrintDocuments(std::vector<json::Value> documents, bool single, const OutputFormat& format);

}  // namespace muster::plugin
