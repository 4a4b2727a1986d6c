#include "lib/wire/headers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace muster::wire {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(EncodeTarget, EncodesAllThatCouldMeanSomethingElse) {
  Request request{.path = "/apis/apps/v1/namespaces/a b/x:y?z#"};
  EXPECT_EQ(EncodeTarget(request), "/apis/apps/v1/namespaces/a%20b/x:y%3Fz%23");
  request.path = "/api";
  request.query = {{"labelSelector", "a=b,c in (d)"}, {"continue", "a+b/c=="}, {"empty", ""}};
  EXPECT_EQ(EncodeTarget(request), "/api?labelSelector=a%3Db%2Cc%20in%20%28d%29&continue=a%2Bb%2Fc%3D%3D&empty=");
}

TEST(ParseRetryAfter, TakesSecondsUpToAnHour) {
  EXPECT_EQ(ParseRetryAfter("0"), Duration(0));
  EXPECT_EQ(ParseRetryAfter(" 7 "), std::chrono::seconds(7));
  EXPECT_EQ(ParseRetryAfter("99999999"), std::chrono::hours(1));
  for (const char* text : {"", "-1", "1.5", "soon", "Fri, 31 Dec 1999 23:59:59 GMT", "9999999999999999999999"}) {
    EXPECT_EQ(ParseRetryAfter(text), std::nullopt) << text;
  }
}

TEST(ParseWarnings, ReadsTheTextsOfOneOrMore) {
  EXPECT_THAT(ParseWarnings("299 - \"a\""), ElementsAre("a"));
  EXPECT_THAT(ParseWarnings("299 - \"a, b\", 299 host \"c \\\"d\\\" \\\\\" \"Fri, 1 Jan\", 299 - \"e\""),
              ElementsAre("a, b", "c \"d\" \\", "e"));
}

TEST(ParseWarnings, TakesRubbishWithoutComplaint) {
  for (const char* text : {"", ",", "299", "299 -", "299 - ", "299 - \"open", "\"", "a b c d e", "299 - \"\\"}) {
    EXPECT_THAT(ParseWarnings(text), IsEmpty()) << text;
  }
  EXPECT_THAT(ParseWarnings("299 - \"a\" \"date"), ElementsAre("a"));
}

}  // namespace
}  // namespace muster::wire
