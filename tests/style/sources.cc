#include "tests/style/sources.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace muster::style {
namespace {

namespace fs = std::filesystem;

std::vector<Source> ReadAll() {
  const fs::path root(MUSTER_SOURCE_DIR);
  std::vector<Source> sources;
  for (const char* top : {"lib", "operator", "kubectl-plugin", "tests"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / top)) {
      const std::string extension = entry.path().extension().string();
      if (!entry.is_regular_file() || (extension != ".h" && extension != ".cc")) continue;
      Source source;
      source.path = fs::relative(entry.path(), root).string();
      source.folder = fs::path(source.path).parent_path().string();
      std::ifstream file(entry.path());
      for (std::string line; std::getline(file, line);) source.lines.push_back(line);
      sources.push_back(std::move(source));
    }
  }
  std::sort(sources.begin(), sources.end(), [](const Source& a, const Source& b) { return a.path < b.path; });
  return sources;
}

}  // namespace

const std::vector<Source>& AllSources() {
  static const std::vector<Source> sources = ReadAll();
  return sources;
}

std::string Breach(const Source& source, size_t line_index, const std::string& rule, const std::string& remedy) {
  return source.path + ":" + std::to_string(line_index + 1) + ": " + rule + "; " + remedy + "\n";
}

std::string CodeOf(const std::string& line) {
  std::string code;
  bool quoted = false;
  for (size_t i = 0; i < line.size(); ++i) {
    if (!quoted && line.compare(i, 2, "//") == 0) break;
    if (line[i] == '\\' && quoted) {
      ++i;
      continue;
    }
    if (line[i] == '"') quoted = !quoted;
    if (!quoted || line[i] == '"') code += line[i];
  }
  return code;
}

std::string IncludeOf(const std::string& line) {
  if (!line.starts_with("#include ")) return {};
  const size_t open = line.find_first_of("\"<");
  const size_t close = line.find_last_of("\">");
  return open == std::string::npos || close <= open ? std::string() : line.substr(open + 1, close - open - 1);
}

}  // namespace muster::style
