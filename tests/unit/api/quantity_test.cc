#include "lib/api/quantity.h"

#include <gtest/gtest.h>

#include <limits>

namespace muster::api {
namespace {

constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

struct ParseCase {
  const char* text;
  std::optional<int64_t> ones;
  std::optional<int64_t> millis;
};

TEST(Quantity, ReadsWhatApimachineryReadsAndRoundsUp) {
  const ParseCase cases[] = {
      {"0", 0, 0},
      {"1", 1, 1000},
      {"+1", 1, 1000},
      {"-1", -1, -1000},
      {"500m", 1, 500},
      {"0.5", 1, 500},
      {".5", 1, 500},
      {"5.", 5, 5000},
      {"1500m", 2, 1500},
      {"1u", 1, 1},
      {"1n", 1, 1},
      {"100k", 100000, 100000000},
      {"1Ki", 1024, 1024000},
      {"1Gi", 1073741824, 1073741824000},
      {"0.5Gi", 536870912, 536870912000},
      {"1.5Ki", 1536, 1536000},
      {"0.0001Ki", 1, 103},
      {"1e3", 1000, 1000000},
      {"1E3", 1000, 1000000},
      {"1e+3", 1000, 1000000},
      {"15e-1", 2, 1500},
      {"1E", 1000000000000000000, kMax},
      {"7Ei", 8070450532247928832, kMax},
      {"8Ei", kMax, kMax},
      {"9223372036854775807", kMax, kMax},
      {"123456789012345678901234567890", kMax, kMax},
      {"1e9999", kMax, kMax},
      {"1e-9999", 1, 1},
      {"0.00000000000000000000000000001", 1, 1},
      {"", {}, {}},
      {".", {}, {}},
      {"e3", {}, {}},
      {"1e", {}, {}},
      {"1ee3", {}, {}},
      {"1K", {}, {}},
      {"1mi", {}, {}},
      {"1 Gi", {}, {}},
      {"1.2.3", {}, {}},
      {"--1", {}, {}},
      {"cpu", {}, {}},
  };
  for (const ParseCase& test : cases) {
    EXPECT_EQ(ParseQuantity(test.text), test.ones) << '"' << test.text << '"';
    EXPECT_EQ(ParseQuantity(test.text, Unit::kMilli), test.millis) << '"' << test.text << "\" in millis";
  }
}

TEST(Quantity, ReadsNumbersOfATemplateToo) {
  EXPECT_EQ(DecodeAmount("cpu", json::Value(2)), 2000);
  EXPECT_EQ(DecodeAmount("cpu", json::Value(0.5)), 500);
  EXPECT_EQ(DecodeAmount("memory", json::Value(1e9)), 1000000000);
  EXPECT_EQ(DecodeAmount("memory", json::Value(true)), std::nullopt);
}

TEST(Quantity, IsShortForPeople) {
  struct Case {
    const char* resource;
    int64_t amount;
    const char* up;
    const char* down;
  };
  const Case cases[] = {
      {"cpu", 12000, "12", "12"},
      {"cpu", 500, "500m", "500m"},
      {"cpu", 1500, "1500m", "1500m"},
      {"cpu", 31850, "31.9", "31.8"},
      {"cpu", 0, "0", "0"},
      {"memory", int64_t{64} << 30U, "64Gi", "64Gi"},
      {"memory", int64_t{1536} << 20U, "1536Mi", "1536Mi"},
      {"memory", 33537286144, "31.3Gi", "31.2Gi"},
      {"memory", 1000, "1000", "1000"},
      {"memory", 111000, "108.4Ki", "108.3Ki"},
      {"memory", (int64_t{2} << 30U) - 1, "2Gi", "1.9Gi"},
      {"ephemeral-storage", int64_t{100} << 30U, "100Gi", "100Gi"},
      {"nvidia.com/gpu", 12, "12", "12"},
      {"pods", 3, "3", "3"},
  };
  for (const Case& test : cases) {
    EXPECT_EQ(FormatAmount(test.resource, test.amount, Rounding::kUp), test.up) << test.amount;
    EXPECT_EQ(FormatAmount(test.resource, test.amount, Rounding::kDown), test.down) << test.amount;
  }
  EXPECT_EQ(FormatNamedAmount("nvidia.com/gpu", 4), "4 nvidia.com/gpu");
  EXPECT_EQ(FormatAmount("cpu", -1500), "-1500m");
  EXPECT_EQ(FormatAmount("memory", std::numeric_limits<int64_t>::min()).front(), '-');
}

TEST(Quantity, RoundedUpTextIsNeverLessThanTheAmount) {
  for (int64_t amount = 1; amount < kMax / 7; amount = amount * 7 + 3) {
    for (const char* resource : {"cpu", "memory", "nvidia.com/gpu"}) {
      const std::string up = FormatAmount(resource, amount, Rounding::kUp);
      const std::string down = FormatAmount(resource, amount, Rounding::kDown);
      EXPECT_GE(DecodeAmount(resource, json::Value(up)), amount) << up;
      EXPECT_LE(DecodeAmount(resource, json::Value(down)).value_or(amount + 1), amount + 1) << down;
      EXPECT_LE(up.size(), 20U);
    }
  }
}

TEST(Resources, AddsSubtractsAndTakesTheMaximumByName) {
  Resources a;
  a.Set("cpu", 500);
  a.Set("nvidia.com/gpu", 2);
  Resources b;
  b.Set("cpu", 700);
  b.Set("memory", 10);
  b.Set("example.com/foo", 1);
  Resources sum = a;
  sum.Add(b);
  EXPECT_EQ(sum.Get("cpu"), 1200);
  EXPECT_EQ(sum.Get("nvidia.com/gpu"), 2);
  EXPECT_EQ(sum.Get("example.com/foo"), 1);
  sum.Subtract(b);
  EXPECT_EQ(sum, a) << "what has gone to 0 is as if it had never been there";
  a.TakeMax(b);
  EXPECT_EQ(a.Get("cpu"), 700);
  EXPECT_EQ(a.Get("nvidia.com/gpu"), 2);
  EXPECT_TRUE(Resources().empty());
  EXPECT_FALSE(a.empty());
}

TEST(Resources, Saturate) {
  Resources a;
  a.Set("memory", kMax - 1);
  a.Add("memory", 5);
  EXPECT_EQ(a.Get("memory"), kMax);
  EXPECT_EQ(SaturatingMultiply(kMax, -2), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(SaturatingSubtract(std::numeric_limits<int64_t>::min(), 1), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(DivideUp(7, 3), 3);
  EXPECT_EQ(DivideUp(6, 3), 2);
}

TEST(Resources, LeaveOutWhatIsNoQuantity) {
  const json::Value map = json::Object{{"cpu", "1"}, {"memory", "lots"}, {"example.com/x", "2"}};
  const Resources resources = DecodeResources(map);
  EXPECT_EQ(resources.Get("cpu"), 1000);
  EXPECT_EQ(resources.Get("memory"), 0);
  EXPECT_EQ(resources.Get("example.com/x"), 2);
}

}  // namespace
}  // namespace muster::api
