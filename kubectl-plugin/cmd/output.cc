#include "kubectl-plugin/cmd/output.h"

#include <algorithm>
#include <utility>

#include "kubectl-plugin/cmd/verb.h"
#include "kubectl-plugin/core/safe_text.h"
#include "kubectl-plugin/core/target.h"
#include "kubectl-plugin/core/yaml_text.h"
#include "lib/base/strings.h"
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

Result<OutputFormat> OutputFormat::Of(const Options& options) {
  OutputFormat format;
  if (options.output.empty()) return format;
  const std::string_view outputs = FindVerb(options.verb)->outputs;
  const bool is_path = options.output.starts_with(kJsonPath);
  format.name_ = is_path ? "jsonpath" : options.output;
  bool known = false;
  for (const std::string& output : Split(outputs, ',')) {
    const std::string word = output.substr(std::min(output.size(), output.find_first_not_of(' ')));
    known = known || word == format.name_ || (is_path && word.starts_with(kJsonPath));
  }
  if (!known) {
    return MakeError(Code::kInvalid,
                     "unknown output format \"" + options.output + "\"; use one of " + std::string(outputs));
  }
  if (is_path) {
    TRY(format.path_, JsonPath::Parse(std::string_view(options.output).substr(kJsonPath.size())));
  }
  return format;
}

std::string OutputFormat::Print(const json::Value& document) const {
  if (path_) return SafeLines(path_->Apply(document));
  return name_ == "yaml" ? YamlText(document) : EscapeJson(json::WritePretty(document)) + "\n";
}

std::string PrintDocuments(std::vector<json::Value> documents, bool single, const OutputFormat& format) {
  for (json::Value& document : documents) document.Mutable("metadata").Erase("managedFields");
  if (format.is_name()) {
    std::string names;
    for (const json::Value& document : documents) {
      const bool group = document["kind"].Text() == api::kPodGroups.kind;
      names += std::string(PrintedKind(group ? TargetKind::kPodGroup : TargetKind::kWorkload)) + "/" +
               SafeText(document["metadata"]["name"].Text()) + "\n";
    }
    return names;
  }
  const bool alone = single && documents.size() == 1;
  return format.Print(alone ? std::move(documents.front()) : AsList(std::move(documents)));
}

}  // namespace muster::plugin
