#include "operator/shell/stray_log.h"

#include <gtest/gtest.h>

namespace muster::shell {
namespace {

TEST(StrayLog, NamesOneObjectInTenSecondsAndCountsTheOthers) {
  StrayLog log;
  const Instant start{};
  const auto first = log.Note("Job", {"evil", "v-0-j"}, "v-0", start);
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->at(0).value, "Job evil/v-0-j");
  EXPECT_EQ(first->at(1).value, "v-0");
  for (int i = 0; i < 1000; ++i) {
    EXPECT_FALSE(log.Note("Pod", {"evil", "p"}, "v-0", start + std::chrono::milliseconds(9 * i)).has_value());
  }
  const auto next = log.Note("Pod", {"evil", "q"}, "v-0", start + std::chrono::seconds(10));
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(next->at(2).value, "1000");
}

}  // namespace
}  // namespace muster::shell
