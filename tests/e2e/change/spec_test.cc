// A changed spec: good ones go to one running group after another, refused ones leave alone what runs.
#include <algorithm>
#include <set>

#include "tests/e2e/support/fixture.h"

namespace muster::e2e {
namespace {

class Spec : public E2e {
 protected:
  std::set<std::string> Uids() {
    std::set<std::string> uids;
    for (const api::Pod& pod : seen().pods.Live()) uids.insert(pod.meta.uid);
    return uids;
  }

  // "" when there are so many pods and all of them run this image.
  std::string ImageProblem(const std::string& image, size_t pods) {
    const auto all = List(api::kPods);
    if (std::string problem = Differs("pods", all.size(), pods); !problem.empty()) return problem;
    for (const json::Value& pod : all) {
      const std::string& has = pod["spec"]["containers"].At(0)["image"].Text();
      if (has != image) return pod["metadata"]["name"].Text() + " runs " + has;
    }
    return {};
  }

  // The largest number of groups that were not Ready at the same time, from a version on.
  size_t MostDown(int64_t since) {
    std::set<std::string> down;
    size_t most = 0;
    for (const auto& event : seen().groups.Events()) {
      if (event.version <= since) continue;
      if (api::IsTrue(event.value.status.conditions, api::condition::kReady)) {
        down.erase(event.value.meta.name);
      } else {
        down.insert(event.value.meta.name);
      }
      most = std::max(most, down.size());
    }
    return most;
  }

  json::Value Servers(const std::string& image, int replicas) {
    return MakeWorkload("a", {StatefulSetRole("server", 2, {.image = image}), JobRole("agent", 1, {.image = image})},
                        {.replicas = replicas});
  }
};

TEST_F(Spec, ChangesRunningGroupsOneAfterAnother) {
  AddNodes({.prefix = "rolling", .count = 3});
  StartOperator();
  Apply(Servers("app:1", 3));
  for (const char* group : {"a-0", "a-1", "a-2"}) ASSERT_TRUE(Eventually(15s, [&] { return NotRunning(group, 3); }));
  ASSERT_TRUE(Eventually(5s, [&] { return ConditionProblem("a", "Ready", "True"); }));
  const int64_t before = seen().groups.Events().back().version;

  const Instant applied = runtime::RealClock().Wall();
  Apply(Servers("app:2", 3));
  ASSERT_TRUE(Eventually(40s, [&] { return ImageProblem("app:2", 9); }));
  for (const char* group : {"a-0", "a-1", "a-2"}) ASSERT_TRUE(Eventually(10s, [&] { return NotRunning(group, 3); }));
  EXPECT_TRUE(Eventually(5s, [&] { return ConditionProblem("a", "Ready", "True"); }));
  PrintFigure("seconds to change three running groups one after another",
              Seconds(runtime::RealClock().Wall() - applied));
  EXPECT_EQ(MostDown(before), 1U);
  const json::Value status = Workload("a")["status"];
  EXPECT_EQ(status["updated"].Integer(), 3);
  EXPECT_EQ(status["currentRevision"].Text(), status["updateRevision"].Text());
}

// Whatever the API server finds wrong with it, and for either way in which a child takes a change (a StatefulSet is
// patched, a Job is made anew).
TEST_F(Spec, LeavesWhatRunsAloneWhenTheNewSpecIsRefused) {
  AddNodes({.prefix = "refused"});
  StartOperator();
  Apply(Servers("app:1", 1));
  ASSERT_TRUE(Eventually(10s, [&] { return NotRunning("a-0", 3); }));
  const auto before = Uids();

  json::Value misspelt = Servers("app:2", 1);
  misspelt.Mutable("spec")
      .Mutable("roles")
      .MutableItems()[0]
      .Mutable("statefulSet")
      .Mutable("spec")
      .Mutable("template")
      .Mutable("spec")
      .Set("hostNetwrk", true);
  Apply(misspelt);
  ASSERT_TRUE(Eventually(10s, [&] { return ConditionProblem("a", "Stalled", "True"); }));
  std::string message = ConditionOf(Workload("a"), "Stalled")["message"].Text();
  EXPECT_NE(message.find("server"), std::string::npos) << message;
  EXPECT_NE(message.find("hostNetwrk"), std::string::npos) << message;

  json::Value nameless = Servers("app:2", 1);
  nameless.Mutable("spec")
      .Mutable("roles")
      .MutableItems()[1]
      .Mutable("job")
      .Mutable("spec")
      .Mutable("template")
      .Mutable("spec")
      .Set("restartPolicy", "Always");
  Apply(nameless);
  ASSERT_TRUE(Eventually(10s, [&]() -> std::string {
    message = ConditionOf(Workload("a"), "Stalled")["message"].Text();
    return message.find("agent") != std::string::npos && message.find("restartPolicy") != std::string::npos
               ? ""
               : "Stalled says: " + message;
  }));
  EXPECT_TRUE(Stays(2s, [&] { return Differs("pods", Uids(), before); }));
  EXPECT_EQ(seen().StateOf("a-0"), "Running");

  Apply(Servers("app:3", 1));
  ASSERT_TRUE(Eventually(20s, [&] { return ImageProblem("app:3", 3); }));
  EXPECT_TRUE(Eventually(10s, [&] { return ConditionProblem("a", "Ready", "True"); }));
  EXPECT_TRUE(Eventually(5s, [&] { return ConditionProblem("a", "Stalled", "absent"); }));
}

// Forbidden is not invalid: what a quota or a missing right refuses is tried again.
TEST_F(Spec, IsTakenUpWhenWhatForbadeItIsGone) {
  AddNodes({.prefix = "forbidden"});
  StartOperator();
  Apply(Servers("app:1", 1));
  ASSERT_TRUE(Eventually(10s, [&] { return NotRunning("a-0", 3); }));
  ASSERT_EQ(Kubectl({"create", "quota", "jobs", "--hard=count/jobs.batch=1"}).exit_code, 0);
  ASSERT_TRUE(Eventually(10s, [&] {
    const json::Value quota = Get({"", "v1", "resourcequotas", "ResourceQuota"}, "jobs");
    return Differs("jobs used", quota["status"]["used"]["count/jobs.batch"].Text(), "1");
  }));
  Apply(Servers("app:2", 1));
  ASSERT_TRUE(Eventually(10s, [&] { return ConditionProblem("a", "Stalled", "True"); }));
  const std::string message = ConditionOf(Workload("a"), "Stalled")["message"].Text();
  EXPECT_NE(message.find("exceeded quota: jobs"), std::string::npos) << message;
  Kubectl({"delete", "quota", "jobs"});
  EXPECT_TRUE(Eventually(60s, [&] { return ImageProblem("app:2", 3); }));
  EXPECT_TRUE(Eventually(10s, [&] { return ConditionProblem("a", "Ready", "True"); }));
}

TEST_F(Spec, GoesToWaitingGroupsAtOnce) {
  AddNodes({.prefix = "waiting", .capacity = "cpu=6"});
  StartOperator();
  Apply(MakeWorkload("a", {StatefulSetRole("server", 2, {.cpu = "8"}), JobRole("agent", 1, {.cpu = "8"})},
                     {.replicas = 3}));
  for (const char* group : {"a-0", "a-1", "a-2"})
    ASSERT_TRUE(Eventually(10s, [&] { return Missing(group, "Waiting"); }));
  EXPECT_EQ(seen().pods.Live().size(), 0U);
  const Instant applied = runtime::RealClock().Wall();
  Apply(MakeWorkload("a", {StatefulSetRole("server", 2, {.cpu = "500m"}), JobRole("agent", 1, {.cpu = "500m"})},
                     {.replicas = 3}));
  for (const char* group : {"a-0", "a-1", "a-2"}) ASSERT_TRUE(Eventually(10s, [&] { return NotRunning(group, 3); }));
  PrintFigure("seconds from a change that fits to three waiting groups running",
              Seconds(runtime::RealClock().Wall() - applied));
}

TEST_F(Spec, DropsAndAddsRoles) {
  AddNodes({.prefix = "roles", .count = 2});
  StartOperator();
  Apply(MakeWorkload("a", {StatefulSetRole("server", 2), DeploymentRole("old", 1)}));
  ASSERT_TRUE(Eventually(10s, [&] { return NotRunning("a-0", 3); }));
  Apply(MakeWorkload("a", {StatefulSetRole("server", 2), ReplicaSetRole("new", 2)}));
  ASSERT_TRUE(Eventually(20s, [&] { return NotRunning("a-0", 4); }));
  EXPECT_TRUE(
      Eventually(10s, [&] { return Get(api::kDeployments, "a-0-old").IsNull() ? "" : "the old role is there"; }));
}

}  // namespace
}  // namespace muster::e2e
