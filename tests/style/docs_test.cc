// docs/troubleshooting.md quotes what Muster says: each quoted symptom is in the code or the manifests, word by word.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/style/sources.h"

namespace muster::style {
namespace {

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// All that Muster could say: its sources with literals that stand behind each other made one, its CRDs and policies
// with folded lines made one.
std::string EverythingSaid() {
  std::string sources;
  for (const Source& source : AllSources()) {
    if (source.IsTest()) continue;
    for (const std::string& line : source.lines) sources += line + "\n";
  }
  sources = std::regex_replace(sources, std::regex("\"\\s*\n\\s*\""), "");
  sources = std::regex_replace(sources, std::regex("\" \\+\\s*\""), "");
  sources = std::regex_replace(sources, std::regex("\\\\\""), "\"");
  std::string manifests;
  const std::filesystem::path root = MUSTER_SOURCE_DIR;
  for (const char* folder : {"crds", "config/policy"}) {
    for (const auto& file : std::filesystem::directory_iterator(root / folder)) manifests += ReadFile(file.path());
  }
  return sources + std::regex_replace(manifests, std::regex("\n *"), " ");
}

// "role `a ... b` c" of a cell: "a", "b".
std::vector<std::string> QuotedParts(const std::string& cell) {
  const std::regex span("`([^`]+)`");
  const std::regex gap(" ?\\.\\.\\.s? ?");
  std::vector<std::string> parts;
  for (std::sregex_iterator at(cell.begin(), cell.end(), span), end; at != end; ++at) {
    const std::string text = (*at)[1];
    for (std::sregex_token_iterator part(text.begin(), text.end(), gap, -1), last; part != last; ++part) {
      if (part->length() > 2) parts.push_back(*part);
    }
  }
  return parts;
}

// The server's own words, and what is typed rather than read.
bool IsNotOurs(const std::string& part) {
  return part == "strict decoding error: unknown field" || part == "exceeded quota" || part == "FailedScheduling" ||
         part.starts_with("kubectl ") || part.starts_with("/") || part == "status -w" || part == "--live" ||
         part == "muster.dev/pod-group";
}

TEST(Documentation, TroubleshootingQuotesWhatIsSaid) {
  const std::string said = EverythingSaid();
  std::istringstream page(ReadFile(std::filesystem::path(MUSTER_SOURCE_DIR) / "docs/troubleshooting.md"));
  size_t looked_for = 0;
  std::string missing;
  for (std::string line; std::getline(page, line);) {
    if (!line.starts_with("| ") || line.starts_with("| ---")) continue;
    for (const std::string& part : QuotedParts(line.substr(0, line.find(" | ", 2)))) {
      if (IsNotOurs(part)) continue;
      ++looked_for;
      if (said.find(part) == std::string::npos) missing += "\"" + part + "\" of " + line + "\n";
    }
  }
  EXPECT_EQ(missing, "") << "quote it as it is said now";
  EXPECT_GT(looked_for, 40U);
}

// Every test that the tables of docs/security.md name is there: "`Suite.Name`" in the last column.
TEST(Documentation, SecurityNamesTestsThatExist) {
  std::set<std::string> tests;
  const std::regex declared(R"(TEST(_F|_P)?\((\w+), (\w+)\))");
  for (const Source& source : AllSources()) {
    if (!source.IsTest()) continue;
    for (const std::string& line : source.lines) {
      std::smatch test;
      if (line.starts_with("TEST") && std::regex_search(line, test, declared))
        tests.insert(test[2].str() + "." + test[3].str());
    }
  }
  std::istringstream page(ReadFile(std::filesystem::path(MUSTER_SOURCE_DIR) / "docs/security.md"));
  const std::regex named(R"(`([A-Z]\w*\.[A-Z]\w*)`)");
  std::string missing;
  size_t rows = 0;
  bool is_table = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("| attack |")) is_table = true;
    if (!line.starts_with("|")) is_table = false;
    if (!is_table || line.starts_with("| attack |") || line.starts_with("| ---")) continue;
    ++rows;
    const std::string cell = line.substr(line.rfind(" | ", line.size() - 3));
    size_t in_row = 0;
    for (std::sregex_iterator at(cell.begin(), cell.end(), named), end; at != end; ++at, ++in_row) {
      if (!tests.contains((*at)[1])) missing += (*at)[1].str() + " of " + line + "\n";
    }
    if (in_row == 0) missing += "no test in " + line + "\n";
  }
  EXPECT_EQ(missing, "") << "each row names tests as `Suite.Name`";
  EXPECT_GT(rows, 20U);
}

}  // namespace
}  // namespace muster::style
