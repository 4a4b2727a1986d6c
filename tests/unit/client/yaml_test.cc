#include "lib/client/yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/json/text.h"

namespace muster::client {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// The document as JSON, or the error's message.
std::string Json(const std::string& yaml) {
  const Result<json::Value> value = ParseYaml(yaml);
  return value ? json::Write(*value) : value.error().message;
}

// Each as `kubectl annotate --local -o json` gave it (1.37).
TEST(Yaml, ScalarsMeanWhatTheyMeanToKubectl) {
  const std::vector<std::pair<std::string, std::string>> cases{{"yes", "true"},
                                                               {"no", "false"},
                                                               {"on", "true"},
                                                               {"Off", "false"},
                                                               {"y", "true"},
                                                               {"n", "false"},
                                                               {"TRUE", "true"},
                                                               {"tRUE", "\"tRUE\""},
                                                               {"\"yes\"", "\"yes\""},
                                                               {"'no'", "\"no\""},
                                                               {"0777", "511"},
                                                               {"0o777", "511"},
                                                               {"\"0777\"", "\"0777\""},
                                                               {"08", "8"},
                                                               {"0o8", "\"0o8\""},
                                                               {"00", "0"},
                                                               {"0x1F", "31"},
                                                               {"-0x1F", "-31"},
                                                               {"+0x1F", "31"},
                                                               {"0X1f", "31"},
                                                               {"0b101", "5"},
                                                               {"-0b101", "-5"},
                                                               {"0b", "\"0b\""},
                                                               {"0x", "\"0x\""},
                                                               {"1_000", "1000"},
                                                               {"1_0.5", "10.5"},
                                                               {"_1", "\"_1\""},
                                                               {"1.5", "1.5"},
                                                               {"1e3", "1000"},
                                                               {".5", "0.5"},
                                                               {"5.", "5"},
                                                               {"+1", "1"},
                                                               {"1e", "\"1e\""},
                                                               {"1.0", "1"},
                                                               {"1e400", "\"1e400\""},
                                                               {"-.5", "-0.5"},
                                                               {"1.e1", "10"},
                                                               {".e1", "\".e1\""},
                                                               {"1e1.5", "\"1e1.5\""},
                                                               {"~", "null"},
                                                               {"null", "null"},
                                                               {"", "null"},
                                                               {"\"\"", "\"\""},
                                                               {"2001-12-14", "\"2001-12-14\""},
                                                               {"1:20", "\"1:20\""},
                                                               {"1.2.3", "\"1.2.3\""},
                                                               {".", "\".\""},
                                                               {"=", "\"=\""},
                                                               {"+", "\"+\""},
                                                               {"!!str 123", "\"123\""},
                                                               {"!!int \"12\"", "12"},
                                                               {"!!float 3", "3"},
                                                               {"!!bool \"yes\"", "true"},
                                                               {"!!binary aGVsbG8=", "\"hello\""},
                                                               {"!foo bar", "\"bar\""},
                                                               {"! 12", "\"12\""},
                                                               {"9223372036854775807", "9223372036854775807"},
                                                               {"-9223372036854775808", "-9223372036854775808"},
                                                               {"\"a\\u00e9\"", "\"a\xc3\xa9\""}};
  for (const auto& [yaml, json] : cases) EXPECT_EQ(Json("x: " + yaml), "{\"x\":" + json + "}") << yaml;
  EXPECT_EQ(Json("x: >\n  a\n  b\n"), "{\"x\":\"a b\\n\"}");
  EXPECT_EQ(Json("x: |\n  1\n"), "{\"x\":\"1\\n\"}");
  for (const char* bad : {".inf", ".nan", "!!int 3.0", "!!float a", "!!bool maybe"}) {
    EXPECT_THAT(Json(std::string("a: 1\nx: ") + bad), StartsWith("invalid YAML, line 2: ")) << bad;
  }
}

TEST(Yaml, KeysAreText) {
  EXPECT_EQ(Json("on: 1\n0x10: 2\n1.50: 3\n1e3: 4\n2001-12-14: 5\n"),
            "{\"true\":1,\"16\":2,\"1.5\":3,\"1000\":4,\"2001-12-14\":5}");
  EXPECT_THAT(Json("a: 1\n~: 1\n"), HasSubstr("line 2: a key is empty"));
  EXPECT_THAT(Json("[1]: 1\n"), HasSubstr("a key must be plain text"));
  EXPECT_THAT(Json("a: 1\nb: 2\na: 3\n"), HasSubstr("line 3: key \"a\" is set twice"));
  EXPECT_THAT(Json("1: a\n\"1\": b\n"), HasSubstr("set twice"));
}

TEST(Yaml, AliasesAndMergesAreWrittenOut) {
  EXPECT_EQ(Json("a: &x {p: 1}\nb: *x\nc: [*x, *x]\n"), R"({"a":{"p":1},"b":{"p":1},"c":[{"p":1},{"p":1}]})");
  EXPECT_EQ(Json("<<: {a: 1, b: 2}\nb: 3\n"), R"({"a":1,"b":3})");
  EXPECT_EQ(Json("b: 3\n<<: [{a: 1, b: 2}, {a: 5, c: 6}]\n"), R"({"b":2,"a":1,"c":6})");
  EXPECT_EQ(Json("\"<<\": {b: 1}\n"), R"({"<<":{"b":1}})");
  EXPECT_THAT(Json("<<: 3\n"), HasSubstr("merge key"));
  EXPECT_THAT(Json("a: &x [1, *x]\n"), HasSubstr("inside what it refers to"));
  EXPECT_THAT(Json("a: *nowhere\n"), StartsWith("invalid YAML, line 1: "));
}

TEST(Yaml, ABombIsRefusedQuickly) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 30; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before + ", " + before + "]\n";
  }
  EXPECT_THAT(Json(bomb), HasSubstr("aliases expand to more than 500000 values"));
}

TEST(Yaml, DepthAndSizeAreBounded) {
  EXPECT_EQ(Json("[[[1]]]"), "[[[1]]]");
  EXPECT_THAT(Json(std::string(101, '[') + std::string(101, ']')), HasSubstr("nested deeper than 100"));
  EXPECT_THAT(Json(std::string(100000, '[')), StartsWith("invalid YAML"));
  std::string dashes;
  for (int i = 0; i < 2000; ++i) dashes += "- ";
  EXPECT_THAT(Json(dashes), StartsWith("invalid YAML"));
  EXPECT_THAT(Json(std::string(5U << 20U, ' ')), HasSubstr("larger than the limit of 4194304"));
}

TEST(Yaml, DocumentsAreCountedAndEmptyOnesLeftOut) {
  const auto documents = ParseYamlDocuments("---\na: 1\n---\n# nothing\n---\n{\"b\": 2}\n...\n---\n");
  ASSERT_TRUE(documents) << documents.error().message;
  ASSERT_EQ(documents->size(), 2U);
  EXPECT_EQ(json::Write((*documents)[1]), "{\"b\":2}");
  EXPECT_TRUE(ParseYaml("# only a comment\n")->IsNull());
  EXPECT_TRUE(ParseYaml("")->IsNull());
  EXPECT_THAT(Json("a: 1\n---\nb: 2\n"), StartsWith("invalid YAML, line 2: more than one YAML document, "));
}

// Where each of these goes wrong, from 1.
TEST(Yaml, ErrorsNameLineAndColumn) {
  const auto nested = [](int levels) {  // one more level a line: "a:", " a:", ...
    std::string text;
    for (int i = 0; i < levels; ++i) text += std::string(static_cast<size_t>(i), ' ') + "a:\n";
    return text;
  };
  const struct {
    std::string text;
    int line, column;
  } cases[] = {
      {"a: 1\nb: [1, 2\nc: 3\n", 3, 2},               // not in a flow sequence
      {"a: 1\n\tb: 2\n", 2, 1},                       // a tab
      {"a: 1\nb: \"open\n", 2, 4},                    // a quote that nothing closes
      {"a: 1\nb: 'open\nc: 2\n", 2, 4},               // likewise
      {"a: 1\nb: [1\n", 2, 4},                        // a bracket that nothing closes
      {"a: 1\nb: {c: 1\n", 2, 4},                     // likewise
      {"a: 1\n  b: 2\n", 2, 4},                       // deeper below a value
      {"a:\n  b: 1\n c: 2\n", 3, 2},                  // at no level
      {"a: 1\nb: *nowhere\n", 2, 4},                  // an alias of nothing
      {"a: 1\nb: @c\n", 2, 4},                        // reserved
      {"a: 1\nb: %c\n", 2, 4},                        // likewise
      {"a: 1\nb: \"\\q\"\n", 2, 5},                   // no such escape
      {"a: 1\n- b\n", 2, 1},                          // an item in a mapping
      {"- a\nb: 1\n", 2, 1},                          // a key in a sequence
      {"a: b: c\n", 1, 5},                            // two on a line
      {"a: 1\nb: 2\na: 3\n", 3, 1},                   // a key twice
      {"a: 1\nb:\n  <<:\n    - 1\n    - 2\n", 4, 5},  // nothing to merge
      {"a: 1\nb: .inf\n", 2, 4},                      // no JSON
      {"a: 1\n[b]: 2\n", 2, 1},                       // no key
      {"a: 1\n---\nb: [\n", 3, 4},                    // in a second document
      {"{\"a\": 1,\n\"b\": {\"c\": 2}\n", 1, 1},      // JSON that is cut off
      {"a: 1\n---\n]\n", 3, 1},                       // begins nothing
      {nested(300), 101, 101},                        // too deep, where it becomes that
      {nested(1000), 101, 101},                       // likewise, and too deep for the parser
      {"a: 1\nb: " + std::string(200, '[') + std::string(200, ']') + "\n", 2, 103},
      {"a: 1\r\nb: @c\r\n", 2, 4},                         // line ends of another system
      {"# \xc3\xa9\na: 1\n\xc3\xa9\xc3\xa9: @c\n", 3, 5},  // characters of two bytes
      {"a: 'it''s' # \"no\nb: \"open\nc: 'd'\n", 2, 4},
      {"a: don't\nb: [x, \"open]\nc: 1\n", 2, 8},
      {"a: \"open\n---\nb: 1\n", 1, 4},  // a document ends within
      {"\"open", 1, 1},
      {"a: |\n  \"text\n  'text\nb: 'open", 4, 4},
      {"a: [1,\n  2\nb: 1\n", 3, 2},
      {"[[1, 2], {a: 1}\n\n\n", 1, 1},
  };
  for (const auto& c : cases) {
    const std::string message = Json(c.text);
    EXPECT_THAT(message, StartsWith("invalid YAML, line " + std::to_string(c.line) + ": ")) << c.text.substr(0, 200);
    EXPECT_THAT(message, EndsWith(" (column " + std::to_string(c.column) + ")")) << c.text.substr(0, 200);
  }
}

TEST(Yaml, WideMappingsAreReadInReasonableTime) {
  std::string wide;
  for (int i = 0; i < 100000; ++i) wide += "key" + std::to_string(i) + ": 1\n";
  const auto value = ParseYaml(wide);
  ASSERT_TRUE(value) << value.error().message;
  EXPECT_EQ(value->Members().size(), 100000U);
}

// What can begin no value makes the parser find empty documents there, for ever.
TEST(Yaml, WhatBeginsNothingIsRefused) {
  for (const char* text : {"]", "}", ",", ", a", "a: 1\n---\n]\n", ",A\f"}) {
    EXPECT_FALSE(ParseYamlDocuments(text).has_value()) << text;
  }
  EXPECT_EQ(ParseYamlDocuments("---\n---\n---\na: 1\n---\n")->size(), 1U);
}

TEST(Yaml, NestedAnchorsKeepNoMoreThanTheirBound) {
  std::string text;
  for (int i = 0; i < 90; ++i) text += "&a" + std::to_string(i) + " [";
  for (int i = 0; i < 100'000; ++i) text += "x,";
  EXPECT_THAT(Json(text + std::string(90, ']')), HasSubstr("anchors hold more than"));
}

TEST(Yaml, AliasesDoNotNestDeeperThanTheBound) {
  std::string text = "a0: &a0 [x]\n";
  for (int i = 1; i < 150; ++i) {
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + "]\n";
  }
  EXPECT_THAT(Json(text), HasSubstr("nested deeper than 100"));
}

TEST(Yaml, AMergeIntoAWideMappingTakesReasonableTime) {
  std::string text = "a: &a {x: 1, k5: 2}\nb:\n  <<: *a\n";
  for (int i = 0; i < 50'000; ++i) text += "  k" + std::to_string(i) + ": 1\n";
  const auto value = ParseYaml(text);
  ASSERT_TRUE(value.has_value());
  EXPECT_EQ((*value)["b"].Members().size(), 50'001U);
  EXPECT_EQ((*value)["b"]["k5"].Integer(), 1);
}

TEST(Yaml, WhatIsNotUtf8IsRefused) {
  EXPECT_THAT(Json("a: 1\nb: \xff\n"), StartsWith("invalid YAML, line 2: a text that is not UTF-8"));
  EXPECT_THAT(Json("a: !!binary /w==\n"), HasSubstr("!!binary"));
  EXPECT_EQ(Json("a: \"\xf0\x9f\x98\x80 \xed\x9f\xbf\"\n"), "{\"a\":\"\xf0\x9f\x98\x80 \xed\x9f\xbf\"}");
  for (const char* wrong : {"\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82"}) {
    EXPECT_THAT(Json("\"" + std::string(wrong) + "\""), HasSubstr("not UTF-8"));
  }
}

}  // namespace
}  // namespace muster::client
