#include "lib/client/kubeconfig_files.h"

#include <algorithm>
#include <utility>

#include "lib/client/files.h"
#include "lib/client/kubeconfig_types.h"
#include "lib/client/yaml.h"

namespace muster::client {
namespace {

Error Malformed(const std::string& file, const std::string& what) {
  return MakeError(Code::kInvalid, "kubeconfig " + file + ": " + what);
}

// The list `field` of entries {name, <member>: {...}} into `into`; what `into` has already is kept. An entry without a
// name, and null, has the name "", as in kubectl. The types have been checked.
Status MergeNamed(const json::Value& config, const std::string& field, const std::string& member,
                  const std::string& file, std::map<std::string, ConfigEntry>& into) {
  std::map<std::string, ConfigEntry> here;
  for (const json::Value& entry : config[field].Items()) {
    const std::string& name = entry["name"].Text();
    if (here.emplace(name, ConfigEntry{entry[member], file}).second) continue;
    if (name.empty()) return Malformed(file, "two entries of " + field + " have no name: name them");
    return Malformed(file, field + " holds \"" + name + "\" twice: keep one of them");
  }
  into.merge(here);
  return Ok();
}

Status MergeFile(const std::string& path, const std::string& text, MergedConfig& merged) {
  const Result<json::Value> config = ParseFirstYamlDocument(text);
  if (!config) return Malformed(path, config.error().message);
  if (config->IsNull()) return Ok();  // an empty file is an empty config
  if (!config->IsObject()) return Malformed(path, "it is not a kubeconfig (no mapping at its top)");
  const Status types = CheckKubeconfigTypes(*config);
  if (!types) return Malformed(path, types.error().message);
  const std::string& kind = (*config)["kind"].Text();
  if (!kind.empty() && kind != "Config") return Malformed(path, "its kind is " + kind + ", not Config");
  const std::string& version = (*config)["apiVersion"].Text();
  if (!version.empty() && version != "v1") return Malformed(path, "its apiVersion is " + version + ", not v1");
  TRY_VOID(MergeNamed(*config, "clusters", "cluster", path, merged.clusters));
  TRY_VOID(MergeNamed(*config, "users", "user", path, merged.users));
  TRY_VOID(MergeNamed(*config, "contexts", "context", path, merged.contexts));
  if (merged.current_context.empty()) merged.current_context = (*config)["current-context"].Text();
  return Ok();
}

}  // namespace

Result<MergedConfig> ReadConfigFiles(const std::vector<std::string>& paths, Missing missing,
                                     const std::string& named_by) {
  MergedConfig merged;
  std::vector<std::string> seen;
  for (const std::string& path : paths) {
    if (path.empty() || std::find(seen.begin(), seen.end(), path) != seen.end()) continue;
    seen.push_back(path);
    const Result<std::string> text = ReadSmallFile(path);
    if (!text && text.error().code == Code::kNotFound && missing == Missing::kIsSkipped) continue;
    if (!text) return MakeError(Code::kInvalid, "kubeconfig: " + text.error().message + ": correct " + named_by);
    merged.files.push_back(path);
    TRY_VOID(MergeFile(path, *text, merged));
  }
  return merged;
}

std::string ResolveAgainst(const std::string& file, const std::string& path) {
  if (path.empty() || path.front() == '/') return path;
  const size_t slash = file.rfind('/');
  return slash == std::string::npos ? path : file.substr(0, slash + 1) + path;
}

}  // namespace muster::client
