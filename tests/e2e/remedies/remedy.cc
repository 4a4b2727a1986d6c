#include "tests/e2e/remedies/remedy.h"

#include <regex>

#include "lib/base/strings.h"

namespace muster::e2e {
namespace {

std::vector<std::string> Parts(const std::string& text, const std::string& separator) {
  std::vector<std::string> parts;
  size_t begin = 0;
  for (size_t at = text.find(separator); at != std::string::npos; at = text.find(separator, begin)) {
    parts.push_back(text.substr(begin, at - begin));
    begin = at + separator.size();
  }
  parts.push_back(text.substr(begin));
  return parts;
}

// "4 cpu and 16Gi memory"
std::map<std::string, std::string> Amounts(const std::string& text) {
  static const std::regex of_which(R"( \(\S+ of it for pods of DaemonSets\))");
  std::map<std::string, std::string> amounts;
  for (const std::string& part : Parts(std::regex_replace(text, of_which, ""), " and ")) {
    const std::vector<std::string> words = Parts(part, " ");
    if (words.size() == 2) amounts[words[1]] = words[0];
  }
  return amounts;
}

void SplitPair(const std::string& text, Remedy& remedy) {
  remedy.key = text.substr(0, text.find('='));
  remedy.value = remedy.key.size() < text.size() ? text.substr(remedy.key.size() + 1) : "";
}

}  // namespace

std::optional<Remedy> ReadRemedy(const std::string& code, const std::string& text) {
  static const std::regex like(R"((\d+) more nodes? like (\S+) \(.*\))");
  static const std::regex described(R"((\d+) more nodes?(?:, each)? with (.*))");
  static const std::regex labelled(R"((?:(.*) and )?the labels? (.*))");
  static const std::regex toleration(R"(a toleration for (\S+) on (\S+) \(adds room for \d+\))");
  static const std::regex uncordoned(R"((\d+) nodes? uncordoned \((.*)\))");
  static const std::regex selector(R"(no node selector (\S+) on (\S+) \(adds room for \d+\))");
  static const std::regex node_name(R"(no node name (\S+) on (\S+) \(adds room for \d+\))");
  static const std::regex affinity(R"(no required node affinity on (\S+) \(adds room for \d+\))");
  static const std::regex freed(R"((.*) freed on (?:\d+ nodes \((.*)\)|(\S+)))");
  static const std::regex reduced(R"((\S+) (replicas|parallelism|minAvailable) at (\d+) or fewer)");
  static const std::regex other(R"(\S+/(\S+) running, suspended or deleted)");
  Remedy remedy;
  remedy.code = code;
  std::smatch match;
  if (std::regex_match(text, match, like)) {
    remedy.count = std::stol(match[1]);
    remedy.like = match[2];
  } else if (std::regex_match(text, match, described)) {
    remedy.count = std::stol(match[1]);
    const std::string what = match[2];
    std::smatch parts;
    const bool has_labels = std::regex_match(what, parts, labelled);
    remedy.amounts = Amounts(has_labels ? parts[1].str() : what);
    if (has_labels) remedy.labels = Parts(parts[2], ", ");
  } else if (std::regex_match(text, match, toleration) || std::regex_match(text, match, selector)) {
    SplitPair(match[1], remedy);
    remedy.role = match[2];
  } else if (std::regex_match(text, match, uncordoned)) {
    remedy.nodes = Parts(match[2], ", ");
  } else if (std::regex_match(text, match, affinity)) {
    remedy.role = match[1];
    remedy.field = "affinity";
  } else if (std::regex_match(text, match, node_name)) {
    remedy.value = match[1];
    remedy.role = match[2];
    remedy.field = "nodeName";
  } else if (std::regex_match(text, match, other)) {
    remedy.group = match[1];
  } else if (text == "the groups that are starting now running" || text.starts_with("gang.admission: Always, with ")) {
    return remedy;
  } else if (std::regex_match(text, match, freed)) {
    remedy.amounts = Amounts(match[1]);
    remedy.nodes = Parts(match[2].matched ? match[2].str() : match[3].str(), ", ");
  } else if (std::regex_match(text, match, reduced)) {
    remedy.role = match[1];
    remedy.field = match[2];
    remedy.count = std::stol(match[3]);
  } else {
    return std::nullopt;
  }
  return remedy;
}

}  // namespace muster::e2e
