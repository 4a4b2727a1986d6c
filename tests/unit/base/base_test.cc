// Results, times and small texts: the vocabulary everything else is written in.
#include <gtest/gtest.h>

#include "lib/base/check.h"
#include "lib/base/result.h"
#include "lib/base/strings.h"
#include "lib/base/time.h"

namespace muster {
namespace {

Result<int> Half(int n) {
  if (n % 2 != 0) return MakeError(Code::kInvalid, std::to_string(n) + " is odd");
  return n / 2;
}

Result<int> Quarter(int n) {
  TRY(const int half, Half(n));
  TRY(const int quarter, Half(half));
  return quarter;
}

Status CheckEven(int n) {
  TRY_VOID(Half(n).transform([](int) {}).has_value() ? Ok() : Status(MakeError(Code::kInvalid, "odd")));
  return Ok();
}

TEST(Result, TryPassesTheErrorUp) {
  EXPECT_EQ(Quarter(8).value(), 2);
  EXPECT_EQ(Quarter(6).error().message, "3 is odd");
  EXPECT_TRUE(CheckEven(2).has_value());
  EXPECT_EQ(CheckEven(3).error().code, Code::kInvalid);
}

TEST(Error, SaysWhere) {
  EXPECT_EQ(MakeError(Code::kGone, "too old").In("pods").message, "pods: too old");
  EXPECT_EQ(CodeName(Code::kGone), "Gone");
  EXPECT_EQ(ReactionTo(Code::kGone), Reaction::kRelist);
  EXPECT_EQ(ReactionTo(Code::kInvalid), Reaction::kGiveUp);
  EXPECT_EQ(ReactionTo(Code::kConflict), Reaction::kRetrySoon);
  EXPECT_EQ(ReactionTo(Code::kThrottled), Reaction::kBackOff);
}

TEST(Check, AbortsWithFileAndCondition) {
  CHECK(1 + 1 == 2);
  EXPECT_DEATH(CHECK(1 + 1 == 3), "base_test.cc:.*CHECK failed: 1 \\+ 1 == 3");
}

TEST(Time, ReadsAndWritesRfc3339) {
  const auto time = ParseTime("2026-11-22T10:00:01.234567Z");
  ASSERT_TRUE(time.has_value());
  EXPECT_EQ(FormatTime(*time), "2026-11-22T10:00:01Z");
  EXPECT_EQ(FormatMicroTime(*time), "2026-11-22T10:00:01.234000Z");
  EXPECT_EQ(FormatTime(*ParseTime("2026-11-22T12:00:01+02:00")), "2026-11-22T10:00:01Z");
  EXPECT_EQ(FormatTime(*ParseTime("1969-12-31T23:59:59Z")), "1969-12-31T23:59:59Z");
}

TEST(Time, StaysWithinFourDigitsOfYears) {
  EXPECT_FALSE(ParseTime("0000-01-01T00:00:00+00:01").has_value());
  EXPECT_FALSE(ParseTime("9999-12-31T23:59:60Z").has_value());
  EXPECT_EQ(FormatTime(*ParseTime("0000-01-01T00:00:00Z")), "0000-01-01T00:00:00Z");
}

TEST(Time, RefusesWhatIsNoTime) {
  for (const char* text :
       {"", "null", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-11-22T24:00:00Z", "2026-11-22T10:00:00",
        "2026-11-22T10:00:00.Z", "2026-11-22T10:00:00Zx", "-026-11-22T10:00:00Z"}) {
    EXPECT_FALSE(ParseTime(text).has_value()) << text;
  }
}

TEST(Time, AgesReadLikeKubectls) {
  using std::chrono::hours;
  using std::chrono::minutes;
  using std::chrono::seconds;
  const std::pair<Duration, const char*> cases[] = {{seconds(-5), "0s"},     {seconds(119), "119s"},
                                                    {seconds(200), "3m20s"}, {minutes(4), "4m"},
                                                    {minutes(42), "42m"},    {hours(3) + minutes(20), "3h20m"},
                                                    {hours(20), "20h"},      {hours(51), "2d3h"},
                                                    {hours(24 * 30), "30d"}, {hours(24 * 800), "2y70d"}};
  for (const auto& [age, text] : cases) EXPECT_EQ(FormatAge(age), text);
}

TEST(Strings, ShortensAtACharacter) {
  EXPECT_EQ(Shorten("abcdef", 6), "abcdef");
  EXPECT_EQ(Shorten("abcdefg", 6), "abc...");
  EXPECT_EQ(Shorten("ab\xc3\xa9xyz", 6), "ab...");  // never half a character
}

TEST(Strings, JoinSplitCountAndNumbers) {
  EXPECT_EQ(Join({"", "a", "b"}, ", "), ", a, b");
  EXPECT_EQ(Split("a,b,", ','), (std::vector<std::string>{"a", "b", ""}));
  EXPECT_EQ(Count(1, "node"), "1 node");
  EXPECT_EQ(Count(2, "node"), "2 nodes");
  int64_t number = 0;
  EXPECT_TRUE(ParseInteger("-12", number));
  EXPECT_EQ(number, -12);
  EXPECT_FALSE(ParseInteger("12x", number));
  EXPECT_FALSE(ParseInteger("", number));
  EXPECT_FALSE(ParseInteger("99999999999999999999", number));
}

TEST(Strings, NamesFromHashesAreStable) {
  // Revision names are made of these: they must never change from one release to the next.
  EXPECT_EQ(StableHash("a"), 0xaf63dc4c8601ec8cULL);  // FNV-1a's published value
  EXPECT_EQ(SafeName(StableHash("muster"), 10).size(), 10U);
  EXPECT_EQ(SafeName(0, 3), "bbb");
}

}  // namespace
}  // namespace muster
