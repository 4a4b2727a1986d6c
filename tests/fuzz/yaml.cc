// YAML to JSON within its bounds, and JSON to YAML and back as the same.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>

#include "kubectl-plugin/core/yaml_text.h"
#include "lib/client/yaml.h"
#include "lib/client/yaml_marks.h"
#include "lib/json/text.h"
#include "tests/fuzz/law.h"

namespace muster::fuzz {
namespace {

constexpr size_t kValuesMax = 500'000;

// YAML has no whole number that is a fraction: 2.0 reads as 2.
void MakeFractionsPlain(json::Value& value) {
  if (value.IsArray()) {
    for (json::Value& item : value.MutableItems()) MakeFractionsPlain(item);
  } else if (value.IsObject()) {
    for (json::Member& member : value.MutableMembers()) MakeFractionsPlain(member.second);
  } else if (value.IsNumber() && !value.IsInteger() && value.Number() == std::trunc(value.Number())) {
    value = json::Value(1.5);
  }
}

bool EndsLine(char c) { return c == '\n' || c == '\r'; }

// The line that the error names; 0 when it names none.
long LineOf(const std::string& message) {
  constexpr std::string_view kPrefix = "invalid YAML, line ";
  if (!message.starts_with(kPrefix)) return 0;
  const long line = std::strtol(message.c_str() + kPrefix.size(), nullptr, 10);
  LAW(line >= 1);
  return line;
}

void LawsOfReading(std::string_view text) {
  const auto documents = client::ParseYamlDocuments(text);
  if (!documents) {
    LAW(documents.error().code == Code::kInvalid);
    LAW(LineOf(documents.error().message) <= 1 + std::count_if(text.begin(), text.end(), EndsLine));
    return;
  }
  size_t values = 0;
  for (const json::Value& document : *documents) {
    values = CountValues(document);
    LAW(values <= kValuesMax);
    const auto again = json::Parse(json::Write(document));
    LAW(again && *again == document);
  }
  const auto marks = client::MarkYamlDocuments(text);
  LAW(marks && marks->size() == documents->size());
  for (const client::YamlMarks& document : *marks) LAW(document.LineOf("spec.roles[1].name") >= 1);
}

void LawsOfWriting(std::string_view text) {
  Result<json::Value> value = json::Parse(text, {.max_depth = 90});
  if (!value) return;
  MakeFractionsPlain(*value);
  const std::string written = plugin::YamlText(*value);
  const auto again = client::ParseYaml(written);
  LAW(again.has_value());
  LAW(*again == *value);
  for (const char c : written) LAW(c == '\n' || static_cast<unsigned char>(c) >= ' ');
}

}  // namespace
}  // namespace muster::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = muster::fuzz::Choices(data, size).Rest();
  muster::fuzz::LawsOfReading(text);
  muster::fuzz::LawsOfWriting(text);
  return 0;
}
