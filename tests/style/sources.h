// The project's own source files, as the style tests see them: paths relative to the source folder, and lines.
#pragma once

#include <string>
#include <vector>

namespace muster::style {

struct Source {
  std::string path;    // "lib/base/time.cc"
  std::string folder;  // "lib/base"
  std::vector<std::string> lines;
  bool IsHeader() const { return path.ends_with(".h"); }
  bool IsTest() const { return path.starts_with("tests/"); }
};

// Every .h and .cc below lib, operator, kubectl-plugin and tests, sorted by path.
const std::vector<Source>& AllSources();

// One breach of a rule; printed as "path:line: rule: what; remedy".
std::string Breach(const Source& source, size_t line_index, const std::string& rule, const std::string& remedy);

// The line without // comments and without the contents of string literals.
std::string CodeOf(const std::string& line);

// What stands between quotes or angle brackets of an #include line, "" otherwise.
std::string IncludeOf(const std::string& line);

}  // namespace muster::style
