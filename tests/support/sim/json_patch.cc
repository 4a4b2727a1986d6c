#include "tests/support/sim/json_patch.h"

#include <string>
#include <vector>

#include "lib/base/strings.h"

namespace muster::sim {
namespace {

std::string Unescape(const std::string& token) {
  std::string plain;
  for (size_t i = 0; i < token.size(); ++i) {
    if (token[i] == '~' && i + 1 < token.size()) {
      plain += token[++i] == '1' ? '/' : '~';
    } else {
      plain += token[i];
    }
  }
  return plain;
}

Status Apply(const json::Value& operation, json::Value& document) {
  const std::string& path = operation["path"].Text();
  const std::string& op = operation["op"].Text();
  std::vector<std::string> tokens = Split(path, '/');
  json::Value* parent = &document;
  for (size_t i = 1; i + 1 < tokens.size(); ++i) {
    const std::string token = Unescape(tokens[i]);
    if (!parent->IsObject() || !parent->Has(token)) return MakeError(Code::kInvalid, "no such path: " + path);
    parent = &parent->Mutable(token);
  }
  if (!parent->IsObject()) return MakeError(Code::kInvalid, "no object at the parent of " + path);
  const std::string last = Unescape(tokens.back());
  if (op == "test") {
    if ((*parent)[last] == operation["value"]) return Ok();
    return MakeError(Code::kConflict, "test failed at " + path);
  }
  const bool there = parent->Members().Find(last) != nullptr;
  if (op != "add" && !there) return MakeError(Code::kInvalid, "no such path: " + path);
  if (op == "remove") {
    parent->Erase(last);
  } else {
    parent->Set(last, operation["value"]);
  }
  return Ok();
}

}  // namespace

Status ApplyJsonPatch(const json::Array& operations, json::Value& document) {
  for (const json::Value& operation : operations) TRY_VOID(Apply(operation, document));
  return Ok();
}

}  // namespace muster::sim
