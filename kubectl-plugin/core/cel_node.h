// The syntax tree of a CEL rule, between cel_parse.cc and cel.cc. Layer: plugin core; internal to these.
#pragma once

#include <string>
#include <vector>

#include "kubectl-plugin/core/cel.h"

namespace muster::plugin {

struct CelRule::Node {
  enum class Kind {
    kLiteral,  // literal
    kName,     // text: a variable
    kMember,   // parts[0].text
    kHas,      // has(parts[0]), which is a member
    kList,     // [parts]
    kNot,      // !parts[0]
    kBinary,   // parts[0] text parts[1]
    kTernary,  // parts[0] ? parts[1] : parts[2]
    kCall,     // parts[0].text(parts[1...]); string(x) is x.string()
    kMacro,    // parts[0].text(variable, parts[1])
  };
  Kind kind = Kind::kLiteral;
  std::string text;
  std::string variable;
  json::Value literal;
  std::vector<Node> parts;
};

Result<CelRule::Node> ParseCel(std::string_view text);

}  // namespace muster::plugin
