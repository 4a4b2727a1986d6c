// JSON: what is parsed, written and parsed again is equal, in every form of ours.
#include <string>

#include "kubectl-plugin/core/safe_text.h"
#include "lib/json/text.h"
#include "tests/fuzz/law.h"

namespace muster::fuzz {
namespace {

constexpr std::string_view kSkipped = "managedFields";
constexpr int kDepthMax = 100;

int DepthOf(const json::Value& value) {
  int deepest = 0;
  for (const json::Value& item : value.Items()) deepest = std::max(deepest, DepthOf(item));
  for (const json::Member& member : value.Members()) deepest = std::max(deepest, DepthOf(member.second));
  return deepest + (value.IsArray() || value.IsObject() ? 1 : 0);
}

void EraseSkipped(json::Value& value) {
  if (value.IsArray()) {
    for (json::Value& item : value.MutableItems()) EraseSkipped(item);
  } else if (value.IsObject()) {
    value.Erase(kSkipped);
    for (json::Member& member : value.MutableMembers()) EraseSkipped(member.second);
  }
}

void LawsOfSkipping(std::string_view text, json::Value value) {
  const Result<json::Value> skipped = json::Parse(text, {.skip_key = kSkipped});
  LAW(skipped.has_value());
  EraseSkipped(value);
  LAW(*skipped == value);
}

void LawsOfNumbers(const json::Value& value) {
  if (value.IsInteger()) {
    LAW(value.IsNumber() && value.Integer() == value.Integer(7));
  } else if (!value.IsNumber()) {
    LAW(value.Integer(7) == 7 && value.Number(7) == 7);
  }
}

}  // namespace
}  // namespace muster::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace muster;
  using namespace muster::fuzz;
  const std::string_view text = Choices(data, size).Rest();
  const Result<json::Value> value = json::Parse(text);
  if (!value) {
    LAW(value.error().code == Code::kDecode && !value.error().message.empty());
    return 0;
  }
  LAW(text.find('\0') == std::string_view::npos);  // JSON has no such byte, not even behind the value
  LAW(DepthOf(*value) <= kDepthMax);
  LawsOfNumbers(*value);
  const std::string written = json::Write(*value);
  for (const std::string& form : {written, json::WritePretty(*value), json::WriteCanonical(*value)}) {
    const Result<json::Value> again = json::Parse(form);
    LAW(again.has_value());
    LAW(*again == *value);
  }
  LAW(json::Write(*json::Parse(written)) == written);
  LAW(json::WriteCanonical(*json::Parse(json::WriteCanonical(*value))) == json::WriteCanonical(*value));
  const Result<json::Value> escaped = json::Parse(plugin::EscapeJson(written));
  LAW(escaped.has_value() && *escaped == *value);
  LawsOfSkipping(text, *value);
  return 0;
}
