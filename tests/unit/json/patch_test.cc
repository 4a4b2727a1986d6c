// The parts of a JSON patch.
#include "lib/json/patch.h"

#include <gtest/gtest.h>

#include "lib/json/text.h"

namespace muster::json {
namespace {

TEST(Patch, PointersAreEscaped) {
  EXPECT_EQ(EscapePointer("muster.dev/hold"), "muster.dev~1hold");
  EXPECT_EQ(EscapePointer("a~b/c"), "a~0b~1c");
  EXPECT_EQ(PathTo("/metadata/labels", "a~b/c"), "/metadata/labels/a~0b~1c");
}

TEST(Patch, AnOperationHasItsThreeParts) {
  EXPECT_EQ(Write(Operation("add", "/spec/replicas", 0)), R"({"op":"add","path":"/spec/replicas","value":0})");
}

}  // namespace
}  // namespace muster::json
