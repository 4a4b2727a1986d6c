#include "kubectl-plugin/cmd/manifests.h"

#include "lib/base/strings.h"
#include "lib/client/yaml.h"

namespace muster::plugin {
namespace {

bool IsWorkload(const json::Value& document) {
  return document["kind"].Text() == api::kWorkloads.kind &&
         document["apiVersion"].Text().starts_with(std::string(api::kWorkloads.group) + "/");
}

void Take(const json::Value& document, const std::string& origin, std::vector<Manifest>& manifests) {
  if (IsWorkload(document)) manifests.push_back({origin, document});
  if (document["kind"].Text() != "List") return;
  for (const json::Value& item : document["items"].Items()) Take(item, origin, manifests);
}

}  // namespace

std::string WithRemedy(std::string_view text, std::string message) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  const size_t yaml = message.find("YAML");
  const bool is_json = first != std::string_view::npos && text[first] == '{';
  if (is_json && yaml != std::string::npos) message.replace(yaml, 4, "JSON");
  if (message.ends_with(": split it")) return message + " into several files; -f may be repeated";
  // Some say what to do themselves: "...: quote it if it is text".
  if (message.find("; ") != std::string::npos || message.find(": quote") != std::string::npos) return message;
  return message + "; correct it there: indentation, quotes and brackets are the usual causes";
}

Result<std::vector<Manifest>> ReadManifests(Session& session) {
  const std::vector<std::string>& files = session.options().files;
  if (files.empty()) return MakeError(Code::kInvalid, session.options().verb + " what? give a manifest: -f FILE");
  std::vector<Manifest> manifests;
  for (const std::string& file : files) {
    TRY(const std::string text, session.world().read_file(file));
    const std::string name = file == "-" ? "standard input" : file;
    Result<std::vector<json::Value>> documents = client::ParseYamlDocuments(text);
    if (!documents.has_value()) {
      return MakeError(Code::kInvalid, name + ": " + WithRemedy(text, documents.error().message));
    }
    for (size_t i = 0; i < documents->size(); ++i) {
      const std::string origin = documents->size() == 1 ? name : name + ", document " + std::to_string(i + 1);
      Take((*documents)[i], origin, manifests);
    }
  }
  if (manifests.empty()) {
    return MakeError(Code::kInvalid, "no Workload (apiVersion " + api::kWorkloads.ApiVersion() +
                                         ", kind Workload) in " + Join(files, ", ") + "; give a file that has one");
  }
  return manifests;
}

}  // namespace muster::plugin
