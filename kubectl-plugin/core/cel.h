// The part of CEL (the Common Expression Language) in which our CRDs write their rules. Layer: plugin core. Pure.
//
//   TRY(const CelRule rule, CelRule::Parse("self.all(k, !k.startsWith('muster.dev/'))"));
//   rule.Holds(labels);   // true, false, or nullopt: it reads something that is not there
//
// Known are: literals, lists, member access, has(), string(), size(), contains(), startsWith(), endsWith(), all(),
// exists(), exists_one(), ! && || ?: == != < <= > >= + -. Anything else is refused by Parse, and a test parses every
// rule of crds/, so that no rule is ever left out in silence. Our own, because cel-cpp is in no distribution (see
// docs/libraries.md). As in CEL, && and || look past an error of one side when
// the other decides.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "lib/base/result.h"
#include "lib/json/value.h"

namespace muster::plugin {

class CelRule {
 public:
  struct Node;

  static Result<CelRule> Parse(std::string_view text);
  std::optional<bool> Holds(const json::Value& self) const;

 private:
  std::shared_ptr<const Node> root_;
};

}  // namespace muster::plugin
