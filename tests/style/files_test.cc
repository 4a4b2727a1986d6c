// Form of the files themselves: length, the comment on top of a header, exceptions only at doors, nothing unfinished.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "tests/style/sources.h"

namespace muster::style {
namespace {

TEST(Files, StayShort) {
  std::string breaches;
  for (const Source& source : AllSources()) {
    const size_t limit = source.IsTest() ? 600 : 400;
    if (source.lines.size() <= limit) continue;
    breaches +=
        Breach(source, limit, std::to_string(source.lines.size()) + " lines, the limit is " + std::to_string(limit),
               "split it at a seam");
  }
  EXPECT_EQ(breaches, "");
}

TEST(Files, AHeaderSaysWhatItIsForAndIsIncludedOnce) {
  std::string breaches;
  for (const Source& source : AllSources()) {
    if (!source.IsHeader()) continue;
    if (source.lines.empty() || !source.lines.front().starts_with("//")) {
      breaches += Breach(source, 0, "a header without a comment on top", "say what it owns, its layer, its threading");
    }
    if (std::find(source.lines.begin(), source.lines.end(), "#pragma once") == source.lines.end()) {
      breaches += Breach(source, 0, "a header without #pragma once", "add it below the comment");
    }
  }
  EXPECT_EQ(breaches, "");
}

// Where a library throws, and in the mains; everything else passes errors as values.
bool MayCatch(const std::string& path) {
  for (const char* door :
       {"lib/client/transport", "lib/client/yaml.cc", "lib/client/yaml_marks.cc", "operator/shell/metric_registry.cc",
        "operator/shell/flags.cc", "kubectl-plugin/cmd/flags.cc", "operator/main.cc", "kubectl-plugin/main.cc",
        "operator/shell/http_server.cc"}) {  // the last: whatever a handler's library does, the listener stays
    if (path.starts_with(door)) return true;
  }
  return false;
}

bool HasWord(const std::string& code, const std::string& word) {
  const auto part = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  for (size_t at = code.find(word); at != std::string::npos; at = code.find(word, at + 1)) {
    const bool starts = at == 0 || !part(code[at - 1]);
    const bool ends = at + word.size() >= code.size() || !part(code[at + word.size()]);
    if (starts && ends) return true;
  }
  return false;
}

TEST(Files, NothingIsThrownAndOnlyDoorsCatch) {
  std::string breaches;
  for (const Source& source : AllSources()) {
    if (source.IsTest()) continue;
    for (size_t i = 0; i < source.lines.size(); ++i) {
      const std::string code = CodeOf(source.lines[i]);
      if (HasWord(code, "throw")) breaches += Breach(source, i, "throw", "return a Result");
      if (HasWord(code, "catch") && !MayCatch(source.path)) {
        breaches += Breach(source, i, "catch outside of a door", "catch where the library is called");
      }
    }
  }
  EXPECT_EQ(breaches, "");
}

TEST(Files, NothingIsMarkedUnfinished) {
  const std::vector<std::string> marks = {std::string("TO") + "DO", std::string("FIX") + "ME", std::string("XX") + "X"};
  std::string breaches;
  for (const Source& source : AllSources()) {
    for (size_t i = 0; i < source.lines.size(); ++i) {
      for (const std::string& mark : marks) {
        if (HasWord(source.lines[i], mark)) breaches += Breach(source, i, mark, "finish it, or open an issue");
      }
    }
  }
  EXPECT_EQ(breaches, "");
}

TEST(Files, TheTopLevelHoldsWhatItShould) {
  const std::set<std::string> known = {
      "operator",       "kubectl-plugin",    "crds",     "config",    "tests",           "lib",     "docs", "cmake",
      "CMakeLists.txt", "CMakePresets.json", "Makefile", "README.md", "CONTRIBUTING.md", "LICENSE", "build"};
  std::string breaches;
  for (const auto& entry : std::filesystem::directory_iterator(MUSTER_SOURCE_DIR)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(".") || known.contains(name)) continue;
    breaches += name + ": not a top-level entry of this project; put it into the folder it belongs to\n";
  }
  EXPECT_EQ(breaches, "");
}

}  // namespace
}  // namespace muster::style
