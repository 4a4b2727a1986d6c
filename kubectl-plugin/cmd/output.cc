#include "kubectl-plugin/cmd/output.h"

#include <utility>

#include "kubectl-plugin/core/json_path.h"
#include "kubectl-plugin/core/safe_text.h"
#include "kubectl-plugin/core/target.h"
#include "kubectl-plugin/core/yaml_text.h"
#include "lib/json/text.h"

namespace muster::plugin {
namespace {

constexpr std::string_view kJsonPath = "jsonpath=";

json::Value AsList(std::vector<json::Value> documents) {
  return json::Object{{"apiVersion", "v1"},
                      {"items", json::Array(std::move(documents))},
                      {"kind", "List"},
                      {"metadata", json::Object{{"resourceVersion", ""}}}};
}

// A jsonpath's result is for programs: line breaks stay, what could drive a terminal does not.
std::string SafeLines(std::string_view text) {
  std::string safe;
  for (;;) {
    const size_t end = text.find_first_of("\n\t");
    safe += SafeText(text.substr(0, end));
    if (end == std::string_view::npos) return safe;
    safe += text[end];
    text.remove_prefix(end + 1);
  }
}

}  // namespace

Error UnknownFormat(std::string_view format, std::string_view known) {
  return MakeError(Code::kInvalid, "unknown output \"" + SafeText(format) + "\"; it is one of " + std::string(known));
}

std::string FormatDocument(const json::Value& document, std::string_view format) {
  return format == "yaml" ? YamlText(document) : EscapeJson(json::WritePretty(document)) + "\n";
}

Result<std::string> FormatDocuments(std::vector<json::Value> documents, bool single, std::string_view format) {
  for (json::Value& document : documents) document.Mutable("metadata").Erase("managedFields");
  if (format == "name") {
    std::string names;
    for (const json::Value& document : documents) {
      const bool group = document["kind"].Text() == api::kPodGroups.kind;
      names += std::string(PrintedKind(group ? TargetKind::kPodGroup : TargetKind::kWorkload)) + "/" +
               SafeText(document["metadata"]["name"].Text()) + "\n";
    }
    return names;
  }
  const bool alone = single && documents.size() == 1;
  json::Value document = alone ? std::move(documents.front()) : AsList(std::move(documents));
  if (format.starts_with(kJsonPath)) {
    TRY(const JsonPath path, JsonPath::Parse(format.substr(kJsonPath.size())));
    return SafeLines(path.Apply(document));
  }
  if (format != "json" && format != "yaml") {
    return UnknownFormat(format, "wide, json, yaml, name, jsonpath=TEMPLATE");
  }
  return FormatDocument(document, format);
}

}  // namespace muster::plugin
