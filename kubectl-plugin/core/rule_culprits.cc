#include "kubectl-plugin/core/rule_culprits.h"

#include <algorithm>
#include <string_view>

#include "kubectl-plugin/core/schema_lint.h"

namespace muster::plugin {
namespace {

bool Contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// "a and b must not be set" -> a, b; none for any other message.
std::vector<std::string> FieldsOf(const std::string& message) {
  std::vector<std::string> names;
  std::string_view rest = std::string_view(message).substr(0, message.find(" must "));
  if (rest.size() == message.size()) return {};
  constexpr std::string_view kAnd = " and ";
  for (;;) {
    const size_t end = rest.find(kAnd);
    names.emplace_back(rest.substr(0, end));
    if (end == std::string_view::npos) return names;
    rest.remove_prefix(end + kAnd.size());
  }
}

// All places below `value` where a member has one of the names.
void CollectMembers(const json::Value& value, const std::vector<std::string>& names, const std::string& path,
                    std::vector<std::string>& places) {
  for (const auto& [key, member] : value.Members()) {
    const std::string member_path = ChildPath(path, key);
    if (Contains(names, key)) places.push_back(member_path);
    CollectMembers(member, names, member_path, places);
  }
  for (size_t i = 0; i < value.Items().size(); ++i) CollectMembers(value.At(i), names, ChildPath(path, i), places);
}

// `value` without its members of these names, but for the one at `kept`.
json::Value WithOnly(const json::Value& value, const std::vector<std::string>& names, const std::string& path,
                     const std::string& kept) {
  if (value.IsArray()) {
    json::Array items;
    for (size_t i = 0; i < value.Items().size(); ++i) {
      items.push_back(WithOnly(value.At(i), names, ChildPath(path, i), kept));
    }
    return items;
  }
  if (!value.IsObject()) return value;
  json::Object members;
  for (const auto& [key, member] : value.Members()) {
    const std::string member_path = ChildPath(path, key);
    if (!Contains(names, key) || member_path == kept) {
      members.Append(key, WithOnly(member, names, member_path, kept));
    }
  }
  return members;
}

}  // namespace

std::vector<std::string> RuleCulprits(const CelRule& rule, const json::Value& value, const std::string& message,
                                      const std::string& path) {
  std::vector<std::string> culprits;
  if (message.starts_with("labels under ") || message.starts_with("matchLabels under ")) {
    for (const auto& [key, member] : value.Members()) {
      if (rule.Holds(json::Object{{key, member}}) == false) culprits.push_back(ChildPath(path, key));
    }
  } else {
    const std::vector<std::string> names = FieldsOf(message);
    std::vector<std::string> places;
    CollectMembers(value, names, path, places);
    for (const std::string& place : places) {
      if (rule.Holds(WithOnly(value, names, path, place)) == false) culprits.push_back(place);
    }
  }
  if (culprits.empty()) culprits.push_back(path);
  return culprits;
}

}  // namespace muster::plugin
