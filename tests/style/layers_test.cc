// Layers and doors: who may include whom, and which file alone may see a library from outside. Each breach names rule,
// file, line and remedy. The table repeats CMakeLists.txt on purpose: a link dependency slipped in there is not enough.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/style/sources.h"

namespace muster::style {
namespace {

// A folder may include itself and what stands here, and what these may include.
const std::map<std::string, std::vector<std::string>>& DirectLayers() {
  static const std::map<std::string, std::vector<std::string>> layers = {
      {"lib/base", {}},
      {"lib/json", {"lib/base"}},
      {"lib/api", {"lib/json"}},
      {"lib/placement", {"lib/api"}},
      {"lib/wire", {"lib/api"}},
      {"lib/engine", {"lib/wire"}},
      {"lib/client", {"lib/wire"}},
      {"lib/runtime", {"lib/engine", "lib/client"}},
      {"operator/core", {"lib/placement"}},
      {"operator/shell", {"operator/core", "lib/runtime"}},
      {"operator", {"operator/shell"}},
      {"kubectl-plugin/core", {"lib/placement"}},
      {"kubectl-plugin/cmd", {"kubectl-plugin/core", "lib/runtime"}},
      {"kubectl-plugin", {"kubectl-plugin/cmd"}},
  };
  return layers;
}

void Close(const std::string& folder, std::set<std::string>& allowed) {
  if (!allowed.insert(folder).second) return;
  for (const std::string& lower : DirectLayers().at(folder)) Close(lower, allowed);
}

std::string FolderOf(const std::string& include) {
  const size_t slash = include.rfind('/');
  return slash == std::string::npos ? std::string() : include.substr(0, slash);
}

TEST(Layers, EveryFolderIncludesItselfOrALowerOne) {
  std::string breaches;
  for (const Source& source : AllSources()) {
    if (source.IsTest()) continue;
    if (!DirectLayers().contains(source.folder)) {
      breaches +=
          Breach(source, 0, "unknown folder " + source.folder, "add it to the layers here and in CMakeLists.txt");
      continue;
    }
    std::set<std::string> allowed;
    Close(source.folder, allowed);
    for (size_t i = 0; i < source.lines.size(); ++i) {
      const std::string folder = FolderOf(IncludeOf(source.lines[i]));
      if (!DirectLayers().contains(folder) || allowed.contains(folder)) continue;
      breaches += Breach(source, i, source.folder + " must not include " + folder,
                         "move what is needed to a lower folder, or hand it in from above");
    }
  }
  EXPECT_EQ(breaches, "");
}

struct Door {
  std::string prefix;              // of the include
  std::vector<std::string> files;  // prefixes of the paths that may have it
};

TEST(Doors, AnOutsideLibraryIsSeenByItsDoorAlone) {
  const std::vector<Door> doors = {
      {"cpprest/", {"lib/client/transport"}},
      {"pplx/", {"lib/client/transport"}},
      {"boost/", {"lib/client/transport"}},
      {"yaml-cpp/", {"lib/client/yaml.cc", "lib/client/yaml_marks.cc"}},
      {"rapidjson/", {"lib/json/text.cc"}},
      {"prometheus/", {"operator/shell/metric_registry.cc"}},
      {"google/protobuf/", {"lib/wire/protobuf_watch.cc"}},
      {"lib/wire/watch_event.pb.h", {"lib/wire/protobuf_watch.cc"}},
      {"CLI/", {"operator/shell/flags.cc", "kubectl-plugin/cmd/flags.cc"}},
      {"tl/expected", {"lib/base/result.h"}},
  };
  std::string breaches;
  for (const Source& source : AllSources()) {
    for (size_t i = 0; i < source.lines.size(); ++i) {
      const std::string include = IncludeOf(source.lines[i]);
      for (const Door& door : doors) {
        if (!include.starts_with(door.prefix)) continue;
        bool allowed = false;
        for (const std::string& file : door.files) allowed = allowed || source.path.starts_with(file);
        // No header outside of the door's own .cc shows the library (expected is the one that is a vocabulary type).
        if (source.IsHeader() && door.prefix != "tl/expected" && !source.path.starts_with("lib/client/transport")) {
          allowed = false;
        }
        if (!allowed) {
          breaches +=
              Breach(source, i, "<" + include + "> outside of its door", "call " + door.files.front() + " instead");
        }
      }
    }
  }
  EXPECT_EQ(breaches, "");
}

bool IsPure(const Source& source) {
  for (const char* folder : {"lib/base", "lib/json", "lib/api", "lib/placement", "lib/wire", "lib/engine",
                             "operator/core", "kubectl-plugin/core"}) {
    if (source.folder == folder) return true;
  }
  return false;
}

TEST(Purity, PureFoldersHaveNoClockThreadsEnvironmentOrRandomness) {
  const std::vector<std::string> forbidden = {"::now(",        "sleep",           "getenv",    "rand(",
                                              "random_device", "<thread>",        "<mutex>",   "<iostream>",
                                              "<atomic>",      "std::unordered_", "<fstream>", "std::async"};
  std::string breaches;
  for (const Source& source : AllSources()) {
    if (!IsPure(source)) continue;
    for (size_t i = 0; i < source.lines.size(); ++i) {
      const std::string code = CodeOf(source.lines[i]);
      for (const std::string& word : forbidden) {
        if (code.find(word) == std::string::npos) continue;
        breaches += Breach(source, i, "'" + word + "' in a pure folder", "hand the value in from runtime or shell");
      }
    }
  }
  EXPECT_EQ(breaches, "");
}

}  // namespace
}  // namespace muster::style
