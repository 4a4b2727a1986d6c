// Kubeconfig files, read and merged by kubectl's rules. Layer: client; internal to kubeconfig.cc and its tests.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lib/base/result.h"
#include "lib/json/value.h"

namespace muster::client {

// One named cluster, user or context, and the file it is from.
struct ConfigEntry {
  json::Value value;
  std::string file;
};

struct MergedConfig {
  std::map<std::string, ConfigEntry> clusters;
  std::map<std::string, ConfigEntry> users;
  std::map<std::string, ConfigEntry> contexts;
  std::string current_context;
  std::vector<std::string> files;  // that were there
  bool empty() const { return clusters.empty() && users.empty() && contexts.empty() && current_context.empty(); }
};

enum class Missing { kIsSkipped, kIsAnError };

// In their order; of each name, and of current-context, the first wins. Repeated paths are read once. `named_by`, for
// messages, is what named the files: "--kubeconfig".
Result<MergedConfig> ReadConfigFiles(const std::vector<std::string>& paths, Missing missing,
                                     const std::string& named_by);

// `path` as seen from the folder of `file`, unless it is absolute or empty.
std::string ResolveAgainst(const std::string& file, const std::string& path);

}  // namespace muster::client
