#include "kubectl-plugin/core/json_path.h"

#include <gtest/gtest.h>

#include "lib/json/text.h"

namespace muster::plugin {
namespace {

const json::Value& Document() {
  static const json::Value document = *json::Parse(R"({"metadata":{"name":"train","labels":{"muster.dev/x":"y"}},
    "items":[{"n":"a","v":1},{"n":"b","v":2},{"n":"c"}],"on":true,"o":{"k":[1,2]}})");
  return document;
}

struct Case {
  const char* path;
  const char* result;
};

class JsonPathCases : public ::testing::TestWithParam<Case> {};

TEST_P(JsonPathCases, GivesWhatKubectlGives) {
  const auto path = JsonPath::Parse(GetParam().path);
  ASSERT_TRUE(path.has_value()) << path.error().message;
  EXPECT_EQ(path->Apply(Document()), GetParam().result);
}

INSTANTIATE_TEST_SUITE_P(
    All, JsonPathCases,
    ::testing::Values(Case{"{.metadata.name}", "train"}, Case{".metadata.name", "train"},
                      Case{"metadata.name", "train"}, Case{"{$.metadata.name}", "train"},
                      Case{"{.metadata.labels.muster\\.dev/x}", "y"}, Case{"{.metadata['name']}", "train"},
                      Case{"{['metadata']['name']}", "train"}, Case{"{.items[0].n}", "a"}, Case{"{.items[-1].n}", "c"},
                      Case{"{.items[*].n}", "a b c"}, Case{"{.items[0:2].n}", "a b"}, Case{"{.items[1:].n}", "b c"},
                      Case{"{.items[9].n}", ""}, Case{"{.items[*].v}", "1 2"}, Case{"{.items[?(@.n==\"b\")].v}", "2"},
                      Case{"{.items[?(@.n!='b')].n}", "a c"}, Case{"{.items[?(@.v)].n}", "a b"},
                      Case{"{.items[?(@.v==2)].n}", "b"}, Case{"{.nothing.here}", ""}, Case{"{.on}", "true"},
                      Case{"{.o}", "{\"k\":[1,2]}"}, Case{"{.o.*}", "[1,2]"},
                      Case{"name: {.metadata.name}!", "name: train!"},
                      Case{"{range .items[*]}{.n}={.v}{\"\\n\"}{end}", "a=1\nb=2\nc=\n"},
                      Case{"{range .items[0:2]}{.n}{'\\t'}{end}done", "a\tb\tdone"}));

class JsonPathErrors : public ::testing::TestWithParam<Case> {};

TEST_P(JsonPathErrors, SayWhatIsNotSupported) {
  const auto path = JsonPath::Parse(GetParam().path);
  ASSERT_FALSE(path.has_value());
  EXPECT_NE(path.error().message.find(GetParam().result), std::string::npos) << path.error().message;
}

INSTANTIATE_TEST_SUITE_P(All, JsonPathErrors,
                         ::testing::Values(Case{"{..name}", "recursive descent"}, Case{"{.items[0,1]}", "union"},
                                           Case{"{.items[?(@.v>1)]}", "== and != only"}, Case{"{.a", "expected '}'"},
                                           Case{"{.items[}", "expected a number"}, Case{"{end}", "without {range}"},
                                           Case{"{range .items[*]}{.n}", "without {end}"},
                                           Case{"{.items[x]}", "expected a number"}));

TEST(JsonPath, TheLargestIndexIsBeyondTheList) {
  EXPECT_EQ(JsonPath::Parse("{.items[9223372036854775807]}")->Apply(Document()), "");
  EXPECT_EQ(JsonPath::Parse("{.items[9223372036854775806:9223372036854775807]}")->Apply(Document()), "");
}

TEST(JsonPath, NestingIsBounded) {
  std::string filter;
  std::string range;
  for (int i = 0; i < 50'000; ++i) {
    filter += "[?(@";
    range += "{range .x}";
  }
  for (const std::string& text : {"{.x" + filter, range}) {
    const auto path = JsonPath::Parse(text);
    ASSERT_FALSE(path.has_value());
    EXPECT_NE(path.error().message.find("nested deeper than 32"), std::string::npos);
  }
}

}  // namespace
}  // namespace muster::plugin
