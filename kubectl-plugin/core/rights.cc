#include "kubectl-plugin/core/rights.h"

#include <algorithm>

#include "lib/base/strings.h"

namespace muster::plugin {
namespace {

bool NamesIt(const json::Value& list, std::string_view wanted) {
  return std::any_of(list.Items().begin(), list.Items().end(),
                     [wanted](const json::Value& item) { return item.Text() == wanted; });
}

constexpr const char* kAccountPrefix = "system:serviceaccount";

bool IsItself(const json::Value& subject, const api::Key& account) {
  const std::string& kind = subject["kind"].Text();
  const std::string& name = subject["name"].Text();
  if (kind == "ServiceAccount") return name == account.name && subject["namespace"].Text() == account.ns;
  return kind == "User" && name == std::string(kAccountPrefix) + ":" + account.ns + ":" + account.name;
}

bool IsItsGroup(const json::Value& subject, const api::Key& account) {
  const std::string all = std::string(kAccountPrefix) + "s";
  const std::string& name = subject["name"].Text();
  return subject["kind"].Text() == "Group" &&
         (name == all || name == all + ":" + account.ns || name == "system:authenticated");
}

bool IsSubject(const json::Value& subject, const api::Key& account) {
  return IsItself(subject, account) || IsItsGroup(subject, account);
}

// One verb on one resource.
struct Right {
  std::string group;
  std::string resource;
  std::string verb;
  std::string name;  // of the one object that it is for; empty: of all
};

bool Allows(const json::Value& rule, const Right& right) {
  const size_t slash = right.resource.find('/');
  const std::string any_of_sub = slash == std::string::npos ? "" : "*" + right.resource.substr(slash);
  const json::Value& resources = rule["resources"];
  const bool resource = NamesIt(resources, "*") || NamesIt(resources, right.resource) ||
                        (!any_of_sub.empty() && NamesIt(resources, any_of_sub));
  const json::Value& names = rule["resourceNames"];
  const bool name = names.Items().empty() || (!right.name.empty() && NamesIt(names, right.name));
  return resource && name && (NamesIt(rule["apiGroups"], "*") || NamesIt(rule["apiGroups"], right.group)) &&
         (NamesIt(rule["verbs"], "*") || NamesIt(rule["verbs"], right.verb));
}

bool IsAllowed(const json::Array& granted, const Right& right) {
  return std::any_of(granted.begin(), granted.end(), [&right](const json::Value& role) {
    const json::Array& rules = role["rules"].Items();
    return std::any_of(rules.begin(), rules.end(), [&right](const json::Value& rule) { return Allows(rule, right); });
  });
}

// The verbs of one resource (and object) that are not allowed.
std::vector<std::string> MissingVerbs(const json::Value& rule, Right right, const json::Array& granted) {
  std::vector<std::string> verbs;
  for (const json::Value& verb : rule["verbs"].Items()) {
    right.verb = verb.Text();
    if (!IsAllowed(granted, right)) verbs.push_back(right.verb);
  }
  return verbs;
}

}  // namespace

std::vector<RoleRef> RolesBoundTo(const api::Key& service_account, const json::Array& bindings) {
  std::vector<RoleRef> roles;
  for (const json::Value& binding : bindings) {
    const json::Array& subjects = binding["subjects"].Items();
    const bool bound = std::any_of(subjects.begin(), subjects.end(),
                                   [&](const json::Value& subject) { return IsSubject(subject, service_account); });
    const RoleRef role{binding["roleRef"]["kind"].Text(), binding["roleRef"]["name"].Text()};
    if (bound && std::find(roles.begin(), roles.end(), role) == roles.end()) roles.push_back(role);
  }
  return roles;
}

bool IsBoundByName(const api::Key& service_account, const json::Array& bindings) {
  return std::any_of(bindings.begin(), bindings.end(), [&](const json::Value& binding) {
    const json::Array& subjects = binding["subjects"].Items();
    return std::any_of(subjects.begin(), subjects.end(),
                       [&](const json::Value& subject) { return IsItself(subject, service_account); });
  });
}

std::vector<std::string> MissingRights(const json::Value& wanted, const json::Array& granted) {
  std::vector<std::string> missing;
  for (const json::Value& rule : wanted["rules"].Items()) {
    json::Array names = rule["resourceNames"].Items();
    if (names.empty()) names.emplace_back("");
    for (const json::Value& group : rule["apiGroups"].Items()) {
      for (const json::Value& resource : rule["resources"].Items()) {
        for (const json::Value& name : names) {
          const Right right{group.Text(), resource.Text(), "", name.Text()};
          const std::vector<std::string> verbs = MissingVerbs(rule, right, granted);
          if (verbs.empty()) continue;
          missing.push_back(Join(verbs, ", ") + " " + right.resource + (right.group.empty() ? "" : "." + right.group) +
                            (right.name.empty() ? "" : " " + right.name));
        }
      }
    }
  }
  return missing;
}

}  // namespace muster::plugin
