#include "operator/core/node_names.h"

#include <algorithm>
#include <memory>

namespace muster::core {
namespace {

// Names of nodes are DNS subdomains; other letters are part of the word, so that it is compared whole.
bool IsOfWord(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

// Whether what precedes the word announces a node: node "n1", node 'n1'. Such a node may be gone.
bool AnnouncesNode(std::string_view before) {
  if (!before.ends_with('"') && !before.ends_with('\'')) return false;
  before.remove_suffix(1);
  return before.ends_with("node ") || before.ends_with("Node ") || before.ends_with("node/");
}

}  // namespace

std::string WithoutNodeNames(std::string_view text, const NodeText& instead) {
  std::string out;
  size_t at = 0;
  while (at < text.size()) {
    size_t end = at;
    while (end < text.size() && IsOfWord(text[end])) ++end;
    if (end == at) {
      out += text[at++];
      continue;
    }
    // A full stop ends a sentence, and no name ends with one.
    size_t name_end = end;
    while (name_end > at && (text[name_end - 1] == '.' || text[name_end - 1] == '-')) --name_end;
    const std::string word(text.substr(at, name_end - at));
    std::optional<std::string> shown = word.empty() ? std::nullopt : instead(word);
    if (!shown && !word.empty() && AnnouncesNode(text.substr(0, at))) shown = "a node";
    out += shown ? *shown : word;
    out += text.substr(name_end, end - name_end);
    at = end;
  }
  return out;
}

void HideNodeNames(ObservedGroup& observed, const NodeText& instead) {
  observed.names_nodes = false;
  for (auto& pod : observed.pods) {
    if (pod->problem.empty()) continue;
    auto copy = std::make_shared<api::Pod>(*pod);
    copy->problem = WithoutNodeNames(pod->problem, instead);
    pod = std::move(copy);
  }
  for (auto& child : observed.children) {
    if (child->result_message.empty()) continue;
    auto copy = std::make_shared<api::Child>(*child);
    copy->result_message = WithoutNodeNames(child->result_message, instead);
    child = std::move(copy);
  }
  for (auto& [role, refused] : observed.pods_refused) refused.message = WithoutNodeNames(refused.message, instead);
}

}  // namespace muster::core
