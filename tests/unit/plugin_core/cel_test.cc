#include "kubectl-plugin/core/cel.h"

#include <gtest/gtest.h>

namespace muster::plugin {
namespace {

std::string Answer(const std::string& rule, const json::Value& self) {
  const Result<CelRule> parsed = CelRule::Parse(rule);
  if (!parsed.has_value()) return parsed.error().message;
  const std::optional<bool> holds = parsed->Holds(self);
  return !holds ? "error" : *holds ? "true" : "false";
}

TEST(Cel, AnswersAsTheApiServerWould) {
  const json::Value self = json::Object{{"name", "trän"},
                                        {"count", 3},
                                        {"on", true},
                                        {"list", json::Array{1, 2, 3}},
                                        {"map", json::Object{{"a", 1}, {"muster.dev/b", 2}}}};
  const struct {
    const char* rule;
    const char* answer;
  } kCases[] = {
      {"self.name.size() == 4", "true"},
      {"self.count + 2 * 1 == 5", "CEL: unexpected text at character 16"},
      {"self.count + 2 - 1 == 4", "true"},
      {"self.count < 3 || self.count >= 3 && self.on", "true"},
      {"!self.on", "false"},
      {"!has(self.off) || !self.off", "true"},
      {"has(self.off.deeper)", "error"},
      {"self.off == 1", "error"},
      {"self.off == 1 || true", "true"},
      {"self.off == 1 && false", "false"},
      {"self.on ? self.count == 3 : self.off", "true"},
      {"self.list.all(x, x > 0)", "true"},
      {"self.list.all(x, x > 1)", "false"},
      {"self.list.exists(x, x == 2)", "true"},
      {"[self.on, !self.on].exists_one(x, x)", "true"},
      {"[self.on, self.on].exists_one(x, x)", "false"},
      {"self.list.all(x, self.off)", "error"},
      {"self.map.all(k, !k.startsWith('muster.dev/'))", "false"},
      {"self.name.contains('.') || self.name.endsWith(\"n\")", "true"},
      {"string(self.count - 1).size() == 1", "true"},
      {"(self.count < 2 ? 1 : string(self.count).size()) + 1 <= 2", "true"},
      {"self.count", "error"},
      {"self.name < 'z'", "error"},
      {"self.name.matches('a')", "CEL: unknown function matches at character 19"},
      {"self.", "CEL: expected a name at character 6"},
      {"'open", "CEL: open quote at character 1"},
      {"", "CEL: expected a value at character 1"},
      {"duration('1s')", "CEL: unknown function duration at character 10"},
  };
  for (const auto& [rule, answer] : kCases) EXPECT_EQ(Answer(rule, self), answer) << rule;
}

}  // namespace
}  // namespace muster::plugin
