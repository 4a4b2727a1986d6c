// metav1.Condition, and the rule for changing one. Layer: api.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/base/time.h"
#include "lib/json/value.h"

namespace muster::api {

enum class Truth { kTrue, kFalse, kUnknown };

struct Condition {
  std::string type;
  Truth status = Truth::kUnknown;
  std::string reason;   // CamelCase, stable, never empty
  std::string message;  // for a person
  Instant last_transition{};
  int64_t observed_generation = 0;
  bool operator==(const Condition&) const = default;
};
using Conditions = std::vector<Condition>;

const Condition* FindCondition(const Conditions& conditions, std::string_view type);
bool IsTrue(const Conditions& conditions, std::string_view type);
bool IsFalse(const Conditions& conditions, std::string_view type);

// Sets `wanted`; last_transition becomes `now` only when the status changes (else the old one is kept), as
// apimachinery's meta.SetStatusCondition does. wanted.last_transition is ignored.
void SetCondition(Conditions& conditions, Condition wanted, Instant now);
void RemoveCondition(Conditions& conditions, std::string_view type);

Conditions DecodeConditions(const json::Value& array);
json::Value EncodeConditions(const Conditions& conditions);

}  // namespace muster::api
