#include "kubectl-plugin/core/json_path.h"

#include <gtest/gtest.h>

#include "lib/json/text.h"

namespace muster::plugin {
namespace {

const json::Value& PathDocument() {
  static const json::Value document = *json::Parse(R"({"metadata":{"name":"train","labels":{"muster.dev/x":"y"}},
    "items":[{"n":"a","v":1},{"n":"b","v":2},{"n":"c"}],"on":true,"o":{"k":[1,2]}})");
  return document;
}

struct PathCase {
  const char* path;
  const char* result;
};

class JsonPathCases : public ::testing::TestWithParam<PathCase> {};

TEST_P(JsonPathCases, GivesWhatKubectlGives) {
  const auto path = JsonPath::Parse(GetParam().path);
  ASSERT_TRUE(path.has_value()) << path.error().message;
  EXPECT_EQ(path->Apply(PathDocument()), GetParam().result);
}

INSTANTIATE_TEST_SUITE_P(
    All, JsonPathCases,
    ::testing::Values(PathCase{"{.metadata.name}", "train"}, PathCase{".metadata.name", "train"},
                      PathCase{"metadata.name", "train"}, PathCase{"{$.metadata.name}", "train"},
                      PathCase{"{.metadata.labels.muster\\.dev/x}", "y"}, PathCase{"{.metadata['name']}", "train"},
                      PathCase{"{['metadata']['name']}", "train"}, PathCase{"{.items[0].n}", "a"},
                      PathCase{"{.items[-1].n}", "c"}, PathCase{"{.items[*].n}", "a b c"},
                      PathCase{"{.items[0:2].n}", "a b"}, PathCase{"{.items[1:].n}", "b c"},
                      PathCase{"{.items[9].n}", ""}, PathCase{"{.items[*].v}", "1 2"},
                      PathCase{"{.items[?(@.n==\"b\")].v}", "2"}, PathCase{"{.items[?(@.n!='b')].n}", "a c"},
                      PathCase{"{.items[?(@.v)].n}", "a b"}, PathCase{"{.items[?(@.v==2)].n}", "b"},
                      PathCase{"{.nothing.here}", ""}, PathCase{"{.on}", "true"}, PathCase{"{.o}", "{\"k\":[1,2]}"},
                      PathCase{"{.o.*}", "[1,2]"}, PathCase{"name: {.metadata.name}!", "name: train!"},
                      PathCase{"{range .items[*]}{.n}={.v}{\"\\n\"}{end}", "a=1\nb=2\nc=\n"},
                      PathCase{"{range .items[0:2]}{.n}{'\\t'}{end}done", "a\tb\tdone"}));

class JsonPathErrors : public ::testing::TestWithParam<PathCase> {};

TEST_P(JsonPathErrors, SayWhatIsNotSupported) {
  const auto path = JsonPath::Parse(GetParam().path);
  ASSERT_FALSE(path.has_value());
  EXPECT_NE(path.error().message.find(GetParam().result), std::string::npos) << path.error().message;
}

INSTANTIATE_TEST_SUITE_P(All, JsonPathErrors,
                         ::testing::Values(PathCase{"{..name}", "recursive descent"},
                                           PathCase{"{.items[0,1]}", "union"},
                                           PathCase{"{.items[?(@.v>1)]}", "only == and !="},
                                           PathCase{"{.a", "expected '}'"}, PathCase{"{.items[}", "expected a number"},
                                           PathCase{"{end}", "without {range}"},
                                           PathCase{"{range .items[*]}{.n}", "without {end}"},
                                           PathCase{"{.items[x]}", "expected a number"}));

TEST(JsonPath, TheLargestIndexIsBeyondTheList) {
  EXPECT_EQ(JsonPath::Parse("{.items[9223372036854775807]}")->Apply(PathDocument()), "");
  EXPECT_EQ(JsonPath::Parse("{.items[9223372036854775806:9223372036854775807]}")->Apply(PathDocument()), "");
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
