#include "operator/shell/body_cache.h"

#include <gtest/gtest.h>

namespace muster::shell {
namespace {

json::Value Body(const std::string& uid, size_t bytes = 0) {
  return json::Object{{"metadata", json::Object{{"uid", uid}}}, {"data", std::string(bytes, 'x')}};
}

TEST(BodyCache, GivesWhatWasPut) {
  BodyCache cache(1000);
  cache.Put(Body("a", 5));
  cache.Put(Body("a", 5));
  EXPECT_EQ(cache.Get("a"), Body("a", 5));
  EXPECT_EQ(cache.Get("b"), std::nullopt);
  cache.Put(json::Object());
  EXPECT_EQ(cache.Get(""), std::nullopt);
}

TEST(BodyCache, DropsTheOldestAndKeepsNothingThatIsTooLarge) {
  BodyCache cache(1000);
  for (const char* uid : {"a", "b", "c"}) cache.Put(Body(uid, 400));
  EXPECT_EQ(cache.Get("a"), std::nullopt);
  EXPECT_NE(cache.Get("b"), std::nullopt);
  EXPECT_NE(cache.Get("c"), std::nullopt);
  EXPECT_LE(cache.bytes(), 1000U);
  cache.Put(Body("d", 2000));
  EXPECT_EQ(cache.Get("d"), std::nullopt);
  EXPECT_NE(cache.Get("c"), std::nullopt);
}

}  // namespace
}  // namespace muster::shell
