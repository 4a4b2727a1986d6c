#include "lib/api/pod.h"

#include <gtest/gtest.h>

#include "lib/json/text.h"

namespace muster::api {
namespace {

Pod Decode(const std::string& labels, const std::string& spec, const std::string& status) {
  const std::string text = R"({"metadata":{"namespace":"ml","name":"p","uid":"u","resourceVersion":"7","labels":{)" +
                           labels + R"(},"ownerReferences":[{"kind":"Job","name":"j","uid":"ju","controller":true}]},
      "spec":)" + spec + R"(,"status":)" +
                           status + "}";
  return DecodePod(json::Parse(text).value()).value();
}

const char* const kMember = R"("muster.dev/pod-group":"train-0","muster.dev/role":"workers","app":"x")";

TEST(Pod, OfOthersKeepsRoomAlone) {
  const Pod pod = Decode(R"("app":"x")", R"({"nodeName":"n1","priority":5,
      "containers":[{"resources":{"requests":{"cpu":"2"}}}]})",
                         R"({"phase":"Running","conditions":[{"type":"Ready","status":"True"}],
      "containerStatuses":[{"name":"c","restartCount":3,"state":{"waiting":{"reason":"CrashLoopBackOff"}}}]})");
  EXPECT_FALSE(pod.IsMember());
  EXPECT_EQ(pod.node_name, "n1");
  EXPECT_EQ(pod.requests.Get("cpu"), 2000);
  EXPECT_EQ(pod.priority, 5);
  EXPECT_TRUE(pod.ready);
  EXPECT_TRUE(pod.TakesRoom());
  EXPECT_TRUE(pod.meta.labels.empty());
  EXPECT_FALSE(pod.meta.owner.has_value());
  EXPECT_EQ(pod.problem, "");
}

TEST(Pod, OfAGroupKeepsTheNamesOfItsSchedulingGates) {
  const std::string spec = R"({"schedulingGates":[{"name":"example.com/a"},{"name":"example.com/b"}]})";
  EXPECT_TRUE(Decode(kMember, spec, "{}").gated);
  EXPECT_EQ(Decode(kMember, spec, "{}").problem, "SchedulingGated: example.com/a, example.com/b");
  EXPECT_FALSE(Decode(R"("app":"x")", spec, "{}").gated) << "no member";
  EXPECT_FALSE(Decode(kMember, "{}", "{}").gated);
}

TEST(Pod, OfADaemonSetComesWithItsNode) {
  const auto decode = [](const std::string& owner, const std::string& spec) {
    const std::string text = R"({"metadata":{"namespace":"ml","name":"p","uid":"u","resourceVersion":"7",
        "ownerReferences":[{"kind":")" +
                             owner + R"(","name":"j","uid":"ju","controller":true}]},"spec":)" + spec +
                             R"(,"status":{"phase":"Pending"}})";
    return DecodePod(json::Parse(text).value()).value();
  };
  const std::string made_for_n1 = R"({"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":
      {"nodeSelectorTerms":[{"matchFields":[{"key":"metadata.name","operator":"In","values":["n1"]}]}]}}}})";
  const Pod waiting = decode("DaemonSet", made_for_n1);
  EXPECT_TRUE(waiting.comes_with_node);
  EXPECT_FALSE(waiting.TakesRoom());
  EXPECT_EQ(waiting.RoomNode(), "n1");
  const Pod bound = decode("DaemonSet", R"({"nodeName":"n2"})");
  EXPECT_TRUE(bound.comes_with_node);
  EXPECT_EQ(bound.RoomNode(), "n2");
  EXPECT_TRUE(decode("Node", R"({"nodeName":"n2"})").comes_with_node);
  EXPECT_FALSE(decode("ReplicaSet", R"({"nodeName":"n2"})").comes_with_node);
  EXPECT_EQ(decode("ReplicaSet", made_for_n1).RoomNode(), "");
}

TEST(Pod, OfAGroupKeepsItsLabelsAndWhyItIsNotRunning) {
  const Pod waiting = Decode(kMember, "{}", R"({"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False",
      "reason":"Unschedulable","message":"0/3 nodes are available"}]})");
  EXPECT_TRUE(waiting.IsMember());
  EXPECT_EQ(waiting.group, "train-0");
  EXPECT_EQ(waiting.role, "workers");
  EXPECT_TRUE(waiting.meta.labels.empty());
  EXPECT_EQ(waiting.meta.owner->kind, "Job");
  EXPECT_TRUE(waiting.unschedulable);
  EXPECT_EQ(waiting.problem, "Unschedulable: 0/3 nodes are available");
  EXPECT_FALSE(waiting.TakesRoom());
}

TEST(Pod, SaysWhichContainerFails) {
  struct Case {
    const char* status;
    const char* problem;
  };
  const Case cases[] = {
      {R"({"containerStatuses":[{"name":"c","state":{"waiting":{"reason":"ImagePullBackOff","message":"no x"}}}]})",
       "container c: ImagePullBackOff: no x"},
      {R"({"containerStatuses":[{"name":"c","state":{"terminated":{"reason":"Error","exitCode":3}}}]})",
       "container c: Error (exit code 3)"},
      {R"({"containerStatuses":[{"name":"c","state":{"terminated":{"reason":"Completed","exitCode":0}}}]})", ""},
      {R"({"containerStatuses":[{"name":"c","state":{"waiting":{"reason":"ContainerCreating"}}}]})", ""},
      {R"({"phase":"Failed","reason":"Evicted","message":"disk"})", "Evicted: disk"},
  };
  for (const Case& test : cases) EXPECT_EQ(Decode(kMember, "{}", test.status).problem, test.problem) << test.status;
}

TEST(Pod, CutsALongProblem) {
  const std::string status = R"({"phase":"Failed","message":")" + std::string(5000, 'x') + R"("})";
  EXPECT_LE(Decode(kMember, "{}", status).problem.size(), 240U);
}

TEST(Pod, FinishedTakesNoRoomAndOneBeingDeletedDoes) {
  EXPECT_FALSE(Decode("", R"({"nodeName":"n"})", R"({"phase":"Succeeded"})").TakesRoom());
  EXPECT_FALSE(Decode("", R"({"nodeName":"n"})", R"({"phase":"Failed"})").TakesRoom());
  Pod pod = Decode("", R"({"nodeName":"n"})", R"({"phase":"Running"})");
  pod.meta.deleted = Instant();
  EXPECT_TRUE(pod.TakesRoom());
}

TEST(Pod, BeingResizedCountsTheGreaterOfWantedAndGiven) {
  const Pod pod =
      Decode("", R"({"nodeName":"n","containers":[{"resources":{"requests":{"cpu":"1","memory":"4Gi"}}}]})",
             R"({"phase":"Running","containerStatuses":[{"allocatedResources":{"cpu":"3","memory":"2Gi"}}]})");
  EXPECT_EQ(pod.requests.Get("cpu"), 3000);
  EXPECT_EQ(pod.requests.Get("memory"), int64_t{4} << 30U);
}

TEST(Pod, EqualMeansNothingWeReadHasChanged) {
  Pod a = Decode(kMember, "{}", "{}");
  Pod b = a;
  b.meta.resource_version = "8";
  EXPECT_EQ(a, b);
  b.ready = true;
  EXPECT_FALSE(a == b);
  EXPECT_FALSE(DecodePod(json::Value()).has_value());
}

TEST(Pod, IsSmall) { EXPECT_LE(sizeof(Pod), 520U); }

}  // namespace
}  // namespace muster::api
