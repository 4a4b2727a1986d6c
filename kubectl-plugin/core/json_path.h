// `-o jsonpath=TEMPLATE`: kubectl's templates, the well-behaved part of them. Layer: plugin core. Pure.
//
//   {.status.ready}   {.items[*].metadata.name}   {.items[-1]}   {.items[0:2]}   {['metadata'].labels.muster\.dev/x}
//   {.items[?(@.metadata.name=="a")].status}   {range .items[*]}{.metadata.name}{"\n"}{end}   text outside of braces
//
// Several results are separated by a space; a missing key gives nothing, as with kubectl; objects print as JSON. A
// template without braces is taken as one path. Recursive descent (..), unions and functions are refused by name.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "lib/base/result.h"
#include "lib/json/value.h"

namespace muster::plugin {

class JsonPath {
 public:
  // kInvalid with what is wrong and where.
  static Result<JsonPath> Parse(std::string_view text);
  std::string Apply(const json::Value& document) const;

  struct Node;

 private:
  std::shared_ptr<const Node> root_;
};

}  // namespace muster::plugin
