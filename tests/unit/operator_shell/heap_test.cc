#include "operator/shell/heap.h"

#include <gtest/gtest.h>

namespace muster::shell {
namespace {

constexpr int64_t kMiB = 1 << 20;

TEST(Heap, IsTrimmedWhenMuchIsFreeAndAgainWhenThereIsMore) {
  EXPECT_FALSE(IsWorthTrimming({.resident_bytes = 100 * kMiB, .free_bytes = 2 * kMiB}, std::nullopt));
  EXPECT_TRUE(IsWorthTrimming({.resident_bytes = 100 * kMiB, .free_bytes = 50 * kMiB}, std::nullopt));
  const HeapUse after{.resident_bytes = 60 * kMiB, .free_bytes = 50 * kMiB};
  EXPECT_FALSE(IsWorthTrimming(after, after)) << "the same again returns nothing";
  EXPECT_FALSE(IsWorthTrimming({.resident_bytes = 63 * kMiB, .free_bytes = 53 * kMiB}, after));
  EXPECT_TRUE(IsWorthTrimming({.resident_bytes = 60 * kMiB, .free_bytes = 90 * kMiB}, after));
  EXPECT_TRUE(IsWorthTrimming({.resident_bytes = 90 * kMiB, .free_bytes = 50 * kMiB}, after));
}

TEST(Heap, KnowsItsUse) { EXPECT_GT(ReadHeapUse().resident_bytes, kMiB); }

}  // namespace
}  // namespace muster::shell
