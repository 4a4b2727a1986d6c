#include "lib/api/condition.h"

#include <algorithm>

namespace muster::api {
namespace {

std::string_view TruthName(Truth truth) {
  switch (truth) {
    case Truth::kTrue:
      return "True";
    case Truth::kFalse:
      return "False";
    case Truth::kUnknown:
      return "Unknown";
  }
  return "Unknown";
}

Truth TruthOf(std::string_view name) {
  if (name == "True") return Truth::kTrue;
  return name == "False" ? Truth::kFalse : Truth::kUnknown;
}

bool Has(const Conditions& conditions, std::string_view type, Truth status) {
  const Condition* found = FindCondition(conditions, type);
  return found != nullptr && found->status == status;
}

}  // namespace

const Condition* FindCondition(const Conditions& conditions, std::string_view type) {
  const auto at =
      std::find_if(conditions.begin(), conditions.end(), [&](const Condition& c) { return c.type == type; });
  return at == conditions.end() ? nullptr : &*at;
}

bool IsTrue(const Conditions& conditions, std::string_view type) { return Has(conditions, type, Truth::kTrue); }
bool IsFalse(const Conditions& conditions, std::string_view type) { return Has(conditions, type, Truth::kFalse); }

void SetCondition(Conditions& conditions, Condition wanted, Instant now) {
  for (Condition& condition : conditions) {
    if (condition.type != wanted.type) continue;
    wanted.last_transition = condition.status == wanted.status ? condition.last_transition : now;
    condition = std::move(wanted);
    return;
  }
  wanted.last_transition = now;
  conditions.push_back(std::move(wanted));
}

void RemoveCondition(Conditions& conditions, std::string_view type) {
  std::erase_if(conditions, [&](const Condition& c) { return c.type == type; });
}

Conditions DecodeConditions(const json::Value& array) {
  Conditions conditions;
  for (const json::Value& item : array.Items()) {
    conditions.push_back({.type = item["type"].Text(),
                          .status = TruthOf(item["status"].Text()),
                          .reason = item["reason"].Text(),
                          .message = item["message"].Text(),
                          .last_transition = ParseTime(item["lastTransitionTime"].Text()).value_or(Instant()),
                          .observed_generation = item["observedGeneration"].Integer()});
  }
  return conditions;
}

json::Value EncodeConditions(const Conditions& conditions) {
  json::Array array;
  for (const Condition& c : conditions) {
    json::Object object{{"type", c.type},
                        {"status", TruthName(c.status)},
                        {"reason", c.reason},
                        {"message", c.message},
                        {"lastTransitionTime", FormatTime(c.last_transition)}};
    if (c.observed_generation > 0) object.Append("observedGeneration", c.observed_generation);
    array.emplace_back(std::move(object));
  }
  return array;
}

}  // namespace muster::api
