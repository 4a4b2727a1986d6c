#include "lib/api/namespace_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/json/text.h"

namespace muster::api {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

json::Value Parsed(const std::string& text) { return json::Parse(text).value(); }

ResourceQuota Quota(const std::string& hard, const std::string& used = "{}", const std::string& more = "") {
  return DecodeResourceQuota(Parsed(R"({"metadata":{"namespace":"ml","name":"team","uid":"u"},"spec":{"hard":)" + hard +
                                    more + R"(},"status":{"used":)" + used + "}}"))
      .value();
}

LimitRange Range(const std::string& limits) {
  return DecodeLimitRange(
             Parsed(R"({"metadata":{"namespace":"ml","name":"defaults","uid":"u"},"spec":{"limits":)" + limits + "}}"))
      .value();
}

// Four pods of a cpu, a gibibyte and a device.
QuotaAmounts FourPods() {
  QuotaAmounts demand;
  AddDemand(4,
            *DecodePodShape(Parsed(
                R"({"containers":[{"resources":{"requests":{"cpu":"1","memory":"1Gi","nvidia.com/gpu":"1"}}}]})")),
            demand);
  return demand;
}

TEST(Quota, SaysWhatIsLeftWhereMoreIsRequested) {
  const struct {
    const char* hard;
    const char* used;
    const char* lacks;
  } cases[] = {
      {R"({"requests.cpu":"6"})", R"({"requests.cpu":"2"})", ""},
      {R"({"requests.cpu":"6"})", R"({"requests.cpu":"2500m"})", "3500m requests.cpu left, 4 requested"},
      {R"({"cpu":"3"})", "{}", "3 cpu left, 4 requested"},
      {R"({"requests.memory":"2Gi"})", R"({"requests.memory":"3Gi"})", "0 requests.memory left, 4Gi requested"},
      {R"({"pods":"5"})", R"({"pods":"2"})", "3 pods left, 4 requested"},
      {R"({"count/pods":"3"})", "{}", "3 count/pods left, 4 requested"},
      {R"({"requests.nvidia.com/gpu":"3"})", "{}", "3 requests.nvidia.com/gpu left, 4 requested"},
      {R"({"limits.cpu":"1"})", "{}", ""},        // limits are not known
      {R"({"requests.storage":"1"})", "{}", ""},  // not of pods
  };
  for (const auto& test : cases)
    EXPECT_EQ(ShortOf(Quota(test.hard, test.used), FourPods(), {}), test.lacks) << test.hard;
  EXPECT_EQ(ShortOf(Quota(R"({"cpu":"6"})"), FourPods(), FourPods()), "2 cpu left, 4 requested");
  EXPECT_EQ(ShortOf(Quota(R"({"cpu":"1"})", "{}", R"(,"scopes":["BestEffort"])"), FourPods(), {}), "");
}

TEST(Rules, AreNamed) {
  NamespaceRules rules;
  const auto names = [&](QuotaPart part) { return NamesOf(rules, FourPods(), part); };
  EXPECT_THAT(names(QuotaPart::kAll), IsEmpty());
  rules.quotas = {std::make_shared<const ResourceQuota>(Quota(R"({"cpu":"6"})", R"({"cpu":"3"})"))};
  EXPECT_THAT(names(QuotaPart::kAll), ElementsAre("quota team"));
  EXPECT_THAT(names(QuotaPart::kLeft), ElementsAre("quota team (3 cpu left, 4 requested)"));
  rules.quotas = {std::make_shared<const ResourceQuota>(Quota(R"({"cpu":"2"})"))};
  EXPECT_THAT(names(QuotaPart::kAll), ElementsAre("quota team (2 cpu in all, 4 requested)"));
  rules.quotas = {std::make_shared<const ResourceQuota>(Quota(R"({"count/jobs.batch":"2","services":"1"})"))};
  EXPECT_THAT(names(QuotaPart::kLeft), IsEmpty());
  rules.limit_ranges = {
      std::make_shared<const LimitRange>(Range(R"([{"type":"PersistentVolumeClaim","max":{"storage":"1Gi"}}])")),
      std::make_shared<const LimitRange>(Range(R"([{"type":"Pod","max":{"cpu":"4"}}])"))};
  EXPECT_THAT(names(QuotaPart::kAll), ElementsAre("limit range defaults"));
  rules.limit_ranges = {std::make_shared<const LimitRange>(
      Range(R"([{"type":"Container","defaultRequest":{"cpu":"1"},"default":{"cpu":"2"}}])"))};
  EXPECT_THAT(names(QuotaPart::kAll), ElementsAre("limit range defaults beyond its default requests"));
  EXPECT_EQ(rules.DefaultRequests().Get("cpu"), 1000);
}

TEST(Quota, IsTheSameRuleWhateverIsUsed) {
  const json::Value object = Parsed(R"({"metadata":{"namespace":"ml","name":"team","uid":"u"},
      "spec":{"hard":{"cpu":"6"}},"status":{"used":{"cpu":"3"}}})");
  EXPECT_TRUE(DecodeQuotaRule(object)->used.empty());
  EXPECT_TRUE(DecodeQuotaRule(object)->SameRule(Quota(R"({"cpu":"6"})", R"({"cpu":"5"})")));
  EXPECT_FALSE(DecodeQuotaRule(object)->SameRule(Quota(R"({"cpu":"7"})")));
}

}  // namespace
}  // namespace muster::api
