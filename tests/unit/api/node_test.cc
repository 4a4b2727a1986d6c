#include "lib/api/node.h"

#include <gtest/gtest.h>

#include "lib/json/text.h"

namespace muster::api {
namespace {

json::Value NodeJson(std::string_view resource_version, std::string_view heartbeat) {
  const std::string text = R"({"metadata":{"name":"n1","uid":"u","resourceVersion":")" + std::string(resource_version) +
                           R"(","labels":{"zone":"a"}},
      "spec":{"unschedulable":true,"taints":[{"key":"dedicated","value":"infra","effect":"NoSchedule"}]},
      "status":{"allocatable":{"cpu":"3920m","memory":"15Gi","pods":"110","nvidia.com/gpu":"4"},
                "conditions":[{"type":"MemoryPressure","status":"False"},
                              {"type":"Ready","status":"True","lastHeartbeatTime":")" +
                           std::string(heartbeat) + R"("}]}})";
  return json::Parse(text).value();
}

TEST(Node, KeepsWhatPlanningReads) {
  const Node node = DecodeNode(NodeJson("1", "2026-11-22T10:00:00Z")).value();
  EXPECT_EQ(node.meta.labels.at("zone"), "a");
  EXPECT_EQ(node.allocatable.Get("cpu"), 3920);
  EXPECT_EQ(node.allocatable.Get("pods"), 110);
  EXPECT_EQ(node.allocatable.Get("nvidia.com/gpu"), 4);
  EXPECT_TRUE(node.unschedulable);
  EXPECT_TRUE(node.ready);
  ASSERT_EQ(node.taints.size(), 1U);
  EXPECT_EQ(node.taints[0].Text(), "dedicated=infra");
}

TEST(Node, AHeartbeatChangesNothing) {
  const Node before = DecodeNode(NodeJson("1", "2026-11-22T10:00:00Z")).value();
  const Node after = DecodeNode(NodeJson("2", "2026-11-22T10:00:10Z")).value();
  EXPECT_EQ(before, after);
  Node cordoned = after;
  cordoned.unschedulable = false;
  EXPECT_FALSE(before == cordoned);
}

TEST(Node, WithoutConditionsIsNotReady) {
  const Node node = DecodeNode(json::Parse(R"({"metadata":{"name":"n1","uid":"u"}})").value()).value();
  EXPECT_FALSE(node.ready);
  EXPECT_TRUE(node.allocatable.empty());
  EXPECT_FALSE(DecodeNode(json::Value()).has_value());
}

}  // namespace
}  // namespace muster::api
