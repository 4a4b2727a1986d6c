// kubectl delete --cascade=orphan: the deletion ends at once, whatever the roles hold, what runs goes on running, and
// the same manifest applied again takes it over.
#include "lib/json/text.h"
#include "tests/e2e/support/fixture.h"

namespace muster::e2e {
namespace {

class Orphans : public E2e {
 protected:
  std::string UidOfPod(const std::string& group) {
    for (const json::Value& pod : List(api::kPods)) {
      if (pod["metadata"]["labels"][api::kLabelPodGroup].Text() == group) return pod["metadata"]["uid"].Text();
    }
    return {};
  }
};

// The garbage collector's patch makes the API server read and write the revision's data, which must come out equal.
json::Value Hostile(json::Value role) {
  json::Value& spec = role.Mutable("deployment").Mutable("spec");
  json::Value& container = spec.Mutable("template").Mutable("spec").Mutable("containers").MutableItems()[0];
  container.Set("command",
                json::Array{"sh", "-c", "a && b > c < d; echo \"\\ \u2028 \u2029 \u00e9 \U0001F600\t\n\x01\x7f\""});
  container.Set("env", json::Array{json::Object{{"value", "<&>"}, {"name", "Z"}}, json::Object{{"name", "A"}}});
  json::Value& annotations = spec.Mutable("template").Mutable("metadata").Mutable("annotations");
  annotations.Set("z.example.com/b", "1.0 <b>");
  annotations.Set("a.example.com/b", "");
  spec.Set("progressDeadlineSeconds", 9000);
  spec.Set("minReadySeconds", 0);
  return role;
}

TEST_F(Orphans, AreTakenOverByTheSameManifestWithoutARestart) {
  AddNodes({.prefix = "orphan", .count = 2});
  StartOperator();
  const json::Value workload = MakeWorkload(
      "a", {Hostile(DeploymentRole("d", 1)), JobRole("j", 1), StatefulSetRole("s", 1), ReplicaSetRole("r", 1)});
  Apply(workload);
  ASSERT_TRUE(Eventually(10s, [&] { return NotRunning("a-0", 4); }));
  const std::string pod = UidOfPod("a-0");
  const std::string group = Get(api::kPodGroups, "a-0")["metadata"]["uid"].Text();
  ASSERT_FALSE(pod.empty());

  const CommandResult deleted = Kubectl({"delete", "workloads.muster.dev", "a", "--cascade=orphan", "--timeout=20s"});
  ASSERT_EQ(deleted.exit_code, 0) << deleted.Text() << json::Write(Workload("a")["metadata"]);
  EXPECT_TRUE(Get(api::kPodGroups, "a-0")["metadata"]["ownerReferences"].Items().empty());
  EXPECT_TRUE(Stays(2s, [&] { return NotRunning("a-0", 4); }));

  Apply(workload);
  EXPECT_TRUE(Eventually(15s, [&] { return ConditionProblem("a", "Ready", "True"); }));
  EXPECT_EQ(Get(api::kPodGroups, "a-0")["metadata"]["uid"].Text(), group);
  EXPECT_EQ(Get(api::kPodGroups, "a-0")["metadata"]["ownerReferences"].At(0)["uid"].Text(),
            Workload("a")["metadata"]["uid"].Text());
  EXPECT_EQ(UidOfPod("a-0"), pod);
  EXPECT_EQ(seen().PodsEverOf("a-0"), 4);
}

}  // namespace
}  // namespace muster::e2e
