// Suspend, resume and scale: what is stopped keeps what it has, and nothing else is touched.
#include <algorithm>
#include <set>

#include "tests/e2e/support/fixture.h"

namespace muster::e2e {
namespace {

class Suspend : public E2e {
 protected:
  // Names of all members ever seen that begin so.
  std::set<std::string> EverNamed(const std::string& prefix) {
    std::set<std::string> names;
    for (const auto& event : seen().pods.Events()) {
      if (event.value.meta.name.starts_with(prefix)) names.insert(event.value.meta.name);
    }
    return names;
  }

  std::set<std::string> UidsOf(const std::string& group) {
    std::set<std::string> uids;
    for (const api::Pod& pod : seen().MembersOf(group)) uids.insert(pod.meta.uid);
    return uids;
  }

  // Uid and whether it is going away, of each claim of the namespace.
  std::map<std::string, std::string> Claims() {
    std::map<std::string, std::string> claims;
    for (const json::Value& claim : List(kClaims)) {
      const json::Value& meta = claim["metadata"];
      claims[meta["name"].Text()] = meta["uid"].Text() + (meta.Has("deletionTimestamp") ? " (deleted)" : "");
    }
    return claims;
  }

  // There is no provisioner: each volume is made by hand for the claim that will ask for it.
  void MakeVolume(const std::string& claim) {
    const api::Resource volumes{"", "v1", "persistentvolumes", "PersistentVolume", false};
    Create(volumes,
           json::Object{{"apiVersion", "v1"},
                        {"kind", "PersistentVolume"},
                        {"metadata", json::Object{{"name", ns() + "-" + claim}}},
                        {"spec", json::Object{{"capacity", json::Object{{"storage", "1Gi"}}},
                                              {"accessModes", json::Array{"ReadWriteOnce"}},
                                              {"persistentVolumeReclaimPolicy", "Delete"},
                                              {"storageClassName", ns()},
                                              {"hostPath", json::Object{{"path", "/nowhere"}}},
                                              {"claimRef", json::Object{{"namespace", ns()}, {"name", claim}}}}}});
  }

  // A role whose volumes the StatefulSet controller deletes when it is scaled down.
  json::Value RoleWithVolumes() {
    json::Value role = StatefulSetRole("db", 2);
    json::Value& spec = role.Mutable("statefulSet").Mutable("spec");
    spec.Set("persistentVolumeClaimRetentionPolicy", json::Object{{"whenScaled", "Delete"}, {"whenDeleted", "Delete"}});
    spec.Set("volumeClaimTemplates",
             json::Array{json::Object{
                 {"metadata", json::Object{{"name", "data"}}},
                 {"spec", json::Object{{"accessModes", json::Array{"ReadWriteOnce"}},
                                       {"storageClassName", ns()},
                                       {"resources", json::Object{{"requests", json::Object{{"storage", "1Gi"}}}}}}}}});
    return role;
  }
};

TEST_F(Suspend, KeepsTheCompletedIndexesOfAJob) {
  AddNodes({.prefix = "indexes"});
  StartOperator();
  const Members members{.annotations = {{"finish-after", "1s"}, {"only-index", "0"}}};
  Apply(MakeWorkload("a", {JobRole("worker", 4, members, Completion::kIndexed)}));
  ASSERT_TRUE(Eventually(10s, [&] {
    return Differs("completed indexes", Get(api::kJobs, "a-0-worker")["status"]["completedIndexes"].Text(), "0");
  }));

  const CommandResult suspended = Plugin({"suspend", "a"});
  EXPECT_EQ(suspended.exit_code, 0) << suspended.Text();
  ASSERT_TRUE(Eventually(10s, [&] { return Missing("a-0", "Held"); }));
  EXPECT_TRUE(Eventually(5s, [&] { return Differs("members", UidsOf("a-0").size(), 0U); }));
  EXPECT_TRUE(Stays(2s, [&] { return Differs("members", UidsOf("a-0").size(), 0U); }));
  EXPECT_TRUE(Get(api::kJobs, "a-0-worker")["spec"]["suspend"].Bool());
  EXPECT_EQ(Get(api::kJobs, "a-0-worker")["status"]["completedIndexes"].Text(), "0");
  EXPECT_TRUE(Eventually(5s, [&] {
    return Differs("reason of Ready", ConditionOf(Workload("a"), "Ready")["reason"].Text(), "Suspended");
  }));

  const CommandResult resumed = Plugin({"resume", "a"});
  EXPECT_EQ(resumed.exit_code, 0) << resumed.Text();
  ASSERT_TRUE(Eventually(10s, [&] { return NotRunning("a-0", 3); }));
  EXPECT_EQ(Get(api::kJobs, "a-0-worker")["status"]["completedIndexes"].Text(), "0");
  EXPECT_EQ(EverNamed("a-0-worker-0-").size(), 1U);
  EXPECT_EQ(EverNamed("a-0-worker-1-").size(), 2U);
  EXPECT_EQ(seen().Group("a-0")->status.attempt, 2);
}

TEST_F(Suspend, KeepsTheVolumesOfAStatefulSetThatDeletesThemWhenScaled) {
  AddNodes({.prefix = "volumes"});
  for (const char* claim : {"data-a-0-db-0", "data-a-0-db-1"}) MakeVolume(claim);
  StartOperator();
  Apply(MakeWorkload("a", {RoleWithVolumes()}));
  ASSERT_TRUE(Eventually(20s, [&] { return NotRunning("a-0", 2); }));
  const auto claims = Claims();
  ASSERT_EQ(claims.size(), 2U);
  const auto retention = [&] {
    return Get(api::kStatefulSets, "a-0-db")["spec"]["persistentVolumeClaimRetentionPolicy"]["whenScaled"].Text();
  };
  EXPECT_EQ(retention(), "Delete");

  for (int round = 0; round < 2; ++round) {
    Plugin({"suspend", "a"});
    ASSERT_TRUE(Eventually(10s, [&] { return Missing("a-0", "Held"); }));
    EXPECT_TRUE(Stays(1s, [&] { return Differs("claims", Claims(), claims); }));
    EXPECT_EQ(retention(), "Retain");
    Plugin({"resume", "a"});
    ASSERT_TRUE(Eventually(10s, [&] { return NotRunning("a-0", 2); }));
    EXPECT_EQ(retention(), "Delete");
    EXPECT_EQ(Claims(), claims);
  }
}

TEST_F(Suspend, CreatesNothingThatRunsWhenBornSuspended) {
  AddNodes({.prefix = "born"});
  StartOperator();
  Apply(MakeWorkload("a", {DeploymentRole("web", 2)}, {.suspend = true}));
  ASSERT_TRUE(Eventually(10s, [&] { return Missing("a-0", "Held"); }));
  EXPECT_TRUE(Stays(1s, [&] { return Missing("a-0", "Held"); }));
  EXPECT_EQ(seen().PodsEverOf("a-0"), 0);
  Patch(api::kWorkloads, "a", json::Object{{"spec", json::Object{{"suspend", false}}}});
  EXPECT_TRUE(Eventually(10s, [&] { return NotRunning("a-0", 2); }));
}

TEST_F(Suspend, ScalesGroupsUpAndDownWithoutTouchingTheOthers) {
  AddNodes({.prefix = "scale", .count = 2});
  StartOperator();
  Apply(MakeWorkload("a", {JobRole("worker", 1), StatefulSetRole("server", 1)}));
  ASSERT_TRUE(Eventually(10s, [&] { return NotRunning("a-0", 2); }));
  const auto first = UidsOf("a-0");

  const CommandResult up = Kubectl({"scale", "workloads.muster.dev/a", "--replicas=3"});
  EXPECT_EQ(up.exit_code, 0) << up.Text();
  for (const char* group : {"a-1", "a-2"}) ASSERT_TRUE(Eventually(10s, [&] { return NotRunning(group, 2); }));
  EXPECT_TRUE(Eventually(5s, [&] { return Differs("replicas", Workload("a")["status"]["replicas"].Integer(), 3); }));

  EXPECT_EQ(Kubectl({"scale", "workloads.muster.dev/a", "--replicas=1"}).exit_code, 0);
  EXPECT_TRUE(Eventually(10s, [&] { return Differs("pods", seen().pods.Live().size(), 2U); }));
  EXPECT_TRUE(Eventually(5s, [&] { return Differs("replicas", Workload("a")["status"]["replicas"].Integer(), 1); }));
  EXPECT_TRUE(Eventually(5s, [&] { return ConditionProblem("a", "Ready", "True"); }));
  EXPECT_EQ(UidsOf("a-0"), first);

  EXPECT_EQ(Kubectl({"scale", "workloads.muster.dev/a", "--replicas=0"}).exit_code, 0);
  EXPECT_TRUE(Eventually(10s, [&] { return Differs("pods", seen().pods.Live().size(), 0U); }));
  EXPECT_EQ(Kubectl({"scale", "workloads.muster.dev/a", "--replicas=1"}).exit_code, 0);
  EXPECT_TRUE(Eventually(10s, [&] { return NotRunning("a-0", 2); }));
}

}  // namespace
}  // namespace muster::e2e
