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

// The member or item of that name; nullptr when there is none.
json::Value* Step(json::Value& from, const std::string& token) {
  if (from.IsObject()) return from.Has(token) ? &from.Mutable(token) : nullptr;
  int64_t index = 0;
  if (!from.IsArray() || !ParseInteger(token, index) || index < 0) return nullptr;
  const auto at = static_cast<size_t>(index);
  return at < from.Items().size() ? &from.MutableItems()[at] : nullptr;
}

Status Apply(const json::Value& operation, json::Value& document) {
  const std::string& path = operation["path"].Text();
  const std::string& op = operation["op"].Text();
  std::vector<std::string> tokens = Split(path, '/');
  json::Value* parent = &document;
  for (size_t i = 1; i + 1 < tokens.size(); ++i) {
    const std::string token = Unescape(tokens[i]);
    parent = Step(*parent, token);
    if (parent == nullptr) return MakeError(Code::kConflict, "no such path: " + path);
  }
  if (!parent->IsObject()) return MakeError(Code::kConflict, "no object at the parent of " + path);
  const std::string last = Unescape(tokens.back());
  if (op == "test") {
    if ((*parent)[last] == operation["value"]) return Ok();
    return MakeError(Code::kConflict, "test failed at " + path);
  }
  const bool there = parent->Members().Find(last) != nullptr;
  if (op != "add" && !there) return MakeError(Code::kConflict, "no such path: " + path);
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
