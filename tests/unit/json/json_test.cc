// JSON values and their text, with the guards around RapidJSON's known hazards.
#include <gtest/gtest.h>

#include "lib/json/text.h"

namespace muster::json {
namespace {

std::string Again(std::string_view text, const ParseOptions& options = {}) {
  const auto value = Parse(text, options);
  return value.has_value() ? Write(*value) : value.error().message;
}

TEST(JsonText, ReadsAndWritesEveryKind) {
  constexpr std::string_view kAll = R"({"a":null,"b":true,"c":-1,"d":2.5,"e":"x\"\né","f":[1,[]],"g":{}})";
  EXPECT_EQ(Again(kAll), kAll);
  EXPECT_EQ(Again(" [ 1 , 2 ] "), "[1,2]");
  EXPECT_EQ(Again("9223372036854775807"), "9223372036854775807");
}

TEST(JsonText, RefusesWhatIsNotOneValue) {
  for (const char* text :
       {"", "{", "[1,]", "{\"a\":}", "[1] x", "nul", "'a'", "{\"a\" 1}", "\"\xff\"", "01", "+1", "1e"}) {
    EXPECT_FALSE(Parse(text).has_value()) << text;
  }
}

TEST(JsonText, RefusesHalfASurrogatePair) {
  for (const char* text : {R"("\ud83d")", R"("\ude00")", R"({"\ude00":1})", R"("\ud83dx")", R"("\u6d83d\ude00")"}) {
    EXPECT_FALSE(Parse(text).has_value()) << text;
  }
  EXPECT_EQ(Parse(R"("\ud83d\ude00\ud7ff")")->Text(), "\xf0\x9f\x98\x80\xed\x9f\xbf");
}

TEST(JsonText, NamesADuplicateKey) {
  EXPECT_NE(Again(R"({"a":1,"a":2})").find("duplicate key \"a\""), std::string::npos);
}

TEST(JsonText, SurvivesTheNumbersThatAbortRapidJson) {
  EXPECT_EQ(Parse("0.00000000001e-2147483639")->Number(7), 0);
  EXPECT_FALSE(Parse("1e400").has_value());
  EXPECT_FALSE(Parse(std::string(500, '9')).has_value());
}

TEST(JsonText, BoundsDepthAndSize) {
  EXPECT_TRUE(Parse(std::string(100, '[') + std::string(100, ']')).has_value());
  EXPECT_FALSE(Parse(std::string(101, '[') + std::string(101, ']')).has_value());
  EXPECT_FALSE(Parse(std::string(1'000'000, '[')).has_value());
  EXPECT_FALSE(Parse("[1,2,3]", {.max_bytes = 3}).has_value());
}

TEST(JsonText, AnObjectBesideOthersIsCutRatherThanAllRefused) {
  const std::string deep = std::string(1000, '[') + std::string(1000, ']');
  const std::string list =
      R"({"items":[{"a":1},{"b":{"c":)" + deep + R"(,"d":2},"e":3},{"f":)" + deep + R"(},{"g":4}]})";
  EXPECT_FALSE(Parse(list).has_value());
  const Result<Value> cut = Parse(list, {.max_depth = 6, .object_depth = 3});
  ASSERT_TRUE(cut.has_value()) << cut.error().message;
  const Array& items = (*cut)["items"].Items();
  ASSERT_EQ(items.size(), 4U);
  EXPECT_FALSE(items[0].Has(kTooDeep));
  EXPECT_TRUE(items[1].Has(kTooDeep));
  EXPECT_EQ(items[1]["b"]["d"].Integer(), 2);
  EXPECT_EQ(items[1]["e"].Integer(), 3);
  EXPECT_TRUE(items[2].Has(kTooDeep));
  EXPECT_FALSE(items[3].Has(kTooDeep));
  EXPECT_EQ(items[3]["g"].Integer(), 4);
}

TEST(JsonText, SkipsAMemberAtAnyDepth) {
  const ParseOptions options{.skip_key = "managedFields"};
  EXPECT_EQ(Again(R"({"managedFields":[{"a":{}}],"b":{"managedFields":1,"c":[{"managedFields":"x"}]}})", options),
            R"({"b":{"c":[{}]}})");
  // What stands behind it stays, whatever it held: a label may have that name.
  for (const char* value : {"\"x\"", "1", "null", "{}", "[{}]"}) {
    EXPECT_EQ(Again(std::string(R"({"managedFields":)") + value + R"(,"b":2})", options), R"({"b":2})") << value;
  }
}

TEST(JsonText, RefusesAByteZeroBehindTheValue) {
  EXPECT_FALSE(Parse(std::string_view("{}\0x", 4)).has_value());
  EXPECT_FALSE(Parse(std::string_view("1\0", 2)).has_value());
}

TEST(JsonText, WideObjectsAreReadAndComparedInReasonableTime) {
  std::string text = "{";
  for (int i = 0; i < 300'000; ++i) text += "\"k" + std::to_string(i) + "\":1,";
  const auto wide = Parse(text + "\"last\":1}");
  ASSERT_TRUE(wide.has_value());
  EXPECT_EQ(*wide, Value(*wide));
  EXPECT_NE(Again(text + "\"k7\":1}").find("duplicate key \"k7\""), std::string::npos);
}

TEST(JsonText, CanonicalTextDoesNotDependOnTheOrderOfKeys) {
  EXPECT_EQ(WriteCanonical(*Parse(R"({"b":{"d":1,"c":2},"a":[3]})")), R"({"a":[3],"b":{"c":2,"d":1}})");
}

TEST(JsonText, PrettyTextIsForPeople) {
  EXPECT_EQ(WritePretty(Object{{"a", Array{1}}}), "{\n  \"a\": [\n    1\n  ]\n}");
}

TEST(JsonValue, AWrongShapeReadsAsNothing) {
  const Value value = Object{{"text", "x"}, {"number", 3}, {"real", 2.9}, {"list", Array{1, 2}}};
  EXPECT_EQ(value["text"]["deeper"]["still"].Text(), "");
  EXPECT_EQ(value["text"].Integer(5), 5);
  EXPECT_EQ(value["real"].Integer(), 2);
  EXPECT_EQ(value["number"].Number(), 3.0);
  EXPECT_TRUE(value["number"].Items().empty());
  EXPECT_TRUE(value["list"].At(2).IsNull());
  EXPECT_FALSE(value.Has("absent"));
  EXPECT_EQ(Value(1e300).Integer(4), 4);
}

TEST(JsonValue, IsBuiltAndChanged) {
  Value value;
  value.Mutable("metadata").Mutable("labels").Set("a", "b");
  value.Mutable("items").Append(1).IsInteger();
  EXPECT_EQ(Write(value), R"({"metadata":{"labels":{"a":"b"}},"items":[1]})");
  value.Set("items", nullptr);
  EXPECT_TRUE(value.Erase("metadata"));
  EXPECT_FALSE(value.Erase("metadata"));
  EXPECT_EQ(Write(value), R"({"items":null})");
}

TEST(JsonValue, ObjectsAreEqualInAnyOrder) {
  EXPECT_EQ(Value(Object({{"a", 1}, {"b", 2}})), Value(Object({{"b", 2}, {"a", 1}})));
  EXPECT_NE(Value(Object({{"a", 1}})), Value(Object({{"a", 1}, {"b", nullptr}})));
  EXPECT_NE(Value(1), Value(1.0));
}

}  // namespace
}  // namespace muster::json
