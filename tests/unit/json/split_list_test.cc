#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/json/text.h"

namespace muster::json {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(SplitList, GivesTheObjectsAndTheListWithoutThem) {
  const ListText list = SplitList(R"({"kind":"JobList","items":[{"a":1}, {"b":[{}]} ],"metadata":{"x":"y"}})");
  EXPECT_THAT(list.items, ElementsAre(R"({"a":1})", R"({"b":[{}]})"));
  EXPECT_EQ(*Parse(list.rest), *Parse(R"({"kind":"JobList","items":[],"metadata":{"x":"y"}})"));
}

TEST(SplitList, IsNotMisledByStringsOrDeeperItems) {
  const std::string_view text =
      R"({"a":"\"items\":[{","items":[{"s":"}],{\\","items":[{}]}],"b":{"items":[{"c":1}]},"d":["items",[{}]]})";
  const ListText list = SplitList(text);
  EXPECT_THAT(list.items, ElementsAre(R"({"s":"}],{\\","items":[{}]})"));
  const Result<Value> rest = Parse(list.rest);
  ASSERT_TRUE(rest.has_value()) << list.rest;
  EXPECT_EQ((*rest)["b"]["items"].Items().size(), 1U);
  EXPECT_THAT((*rest)["items"].Items(), IsEmpty());
}

TEST(SplitList, LeavesWhatIsNoObjectInTheRest) {
  for (const char* text : {R"({"items":[1]})", R"({"items":null})", "[]", "{", "", R"({"items":[{"a":)", "}}]"}) {
    const ListText list = SplitList(text);
    EXPECT_THAT(list.items, IsEmpty()) << text;
    EXPECT_EQ(list.rest, text);
  }
}

// What is put together again is what it was.
TEST(SplitList, LosesNothing) {
  Value whole = *Parse(R"({"metadata":{"resourceVersion":"9"},"items":[{"n":"a\\"},{"n":"\u00e9","l":[[],[{}]]},{}]})");
  const std::string text = Write(whole);
  const ListText list = SplitList(text);
  Value again = *Parse(list.rest);
  for (const std::string_view item : list.items) again.Mutable("items").Append(*Parse(item));
  EXPECT_EQ(again, whole);
}

}  // namespace
}  // namespace muster::json
