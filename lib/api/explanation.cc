#include "lib/api/explanation.h"

namespace muster::api {
namespace {

json::Value EncodeBlocker(const Blocker& blocker) {
  json::Object object{{"code", blocker.code}};
  if (!blocker.role.empty()) object.Append("role", blocker.role);
  if (!blocker.resource.empty()) object.Append("resource", blocker.resource);
  if (!blocker.missing.empty()) object.Append("missing", blocker.missing);
  if (blocker.nodes != 0) object.Append("nodes", blocker.nodes);
  object.Append("message", blocker.message);
  return object;
}

Blocker DecodeBlocker(const json::Value& value) {
  return {value["code"].Text(),    value["role"].Text(),     value["resource"].Text(),
          value["missing"].Text(), value["nodes"].Integer(), value["message"].Text()};
}

}  // namespace

Explanation PriorityClassMissing(const std::string& name) {
  const std::string message = "priority class " + name +
                              " does not exist: create it, or name another in spec.priorityClassName of the Workload";
  Explanation explanation;
  explanation.summary = message;
  explanation.blockers.push_back({.code = std::string(blocker::kPriorityClassNotFound), .message = message});
  return explanation;
}

json::Value EncodeExplanation(const Explanation& explanation) {
  json::Object object{{"summary", explanation.summary}};
  json::Array roles;
  for (const RoleFit& fit : explanation.roles) {
    roles.push_back(json::Object{{"role", fit.role}, {"placed", fit.placed}, {"members", fit.members}});
  }
  json::Array blockers;
  for (const Blocker& blocker : explanation.blockers) blockers.push_back(EncodeBlocker(blocker));
  json::Array changes;
  for (const Change& change : explanation.changes) {
    changes.push_back(json::Object{{"code", change.code}, {"text", change.text}});
  }
  json::Array not_considered;
  for (const std::string& text : explanation.not_considered) not_considered.emplace_back(text);
  if (!roles.empty()) object.Append("roles", std::move(roles));
  if (!blockers.empty()) object.Append("blockers", std::move(blockers));
  if (!changes.empty()) object.Append("changes", std::move(changes));
  if (!not_considered.empty()) object.Append("notConsidered", std::move(not_considered));
  if (explanation.nodes != 0) object.Append("nodes", explanation.nodes);
  return object;
}

Explanation DecodeExplanation(const json::Value& value) {
  Explanation explanation;
  explanation.summary = value["summary"].Text();
  for (const json::Value& fit : value["roles"].Items()) {
    explanation.roles.push_back({fit["role"].Text(), fit["placed"].Integer(), fit["members"].Integer()});
  }
  for (const json::Value& blocker : value["blockers"].Items()) {
    explanation.blockers.push_back(DecodeBlocker(blocker));
  }
  for (const json::Value& change : value["changes"].Items()) {
    explanation.changes.push_back({change["code"].Text(), change["text"].Text()});
  }
  for (const json::Value& text : value["notConsidered"].Items()) explanation.not_considered.push_back(text.Text());
  explanation.nodes = value["nodes"].Integer();
  return explanation;
}

Explanation ShortForm(const Explanation& explanation) {
  Explanation form;
  form.summary = explanation.summary;
  if (!explanation.blockers.empty()) form.blockers.push_back(explanation.blockers.front());
  return form;
}

}  // namespace muster::api
