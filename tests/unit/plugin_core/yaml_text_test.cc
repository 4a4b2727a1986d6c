#include "kubectl-plugin/core/yaml_text.h"

#include <gtest/gtest.h>

#include "lib/json/text.h"

namespace muster::plugin {
namespace {

std::string Yaml(std::string_view json_text) { return YamlText(*json::Parse(json_text)); }

TEST(YamlText, WritesBlocksAsKubectlDoes) {
  EXPECT_EQ(Yaml(R"({"a":{"b":1,"c":[{"d":"x","e":true},{"d":"y"}]},"f":[],"g":{},"h":null})"),
            "a:\n  b: 1\n  c:\n  - d: x\n    e: true\n  - d: \"y\"\nf: []\ng: {}\nh: null\n");
}

TEST(YamlText, QuotesWhatWouldBeReadAsSomethingElse) {
  for (const char* text : {"1", "1.5", "-1", "true", "No", "on", "null", "~", "", "0x1f", "1e3", "2026-11-22", ".5"}) {
    EXPECT_EQ(YamlText(json::Value(text)), "\"" + std::string(text) + "\"\n");
  }
  for (const char* text : {"a: b", "a #b", "- a", "[a", "{a", "*a", "&a", "!a", "%a", "@a", "a:", " a", "a "}) {
    EXPECT_EQ(YamlText(json::Value(text)), "\"" + std::string(text) + "\"\n");
  }
  EXPECT_EQ(YamlText(json::Value("nvidia.com/gpu:4")), "nvidia.com/gpu:4\n");
}

TEST(YamlText, KeepsLinesOfATextAndEscapesWhatIsUnsafe) {
  EXPECT_EQ(YamlText(json::Object{{"a", "x\ny\n"}}), "a: |\n  x\n  y\n");
  EXPECT_EQ(YamlText(json::Object{{"a", "x\ny"}}), "a: |-\n  x\n  y\n");
  EXPECT_EQ(YamlText(json::Object{{"a", "x\n\n"}}), "a: |+\n  x\n\n");
  EXPECT_EQ(YamlText(json::Object{{"a", "x\x1b\ny"}}), "a: \"x\\u001B\\ny\"\n");
}

}  // namespace
}  // namespace muster::plugin
