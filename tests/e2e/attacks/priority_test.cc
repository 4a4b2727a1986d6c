// The attacker has `edit` in a namespace whose quota admits no pod of the system-* classes; the victim is a group of
// another namespace that has asked first. On Kubernetes 1.37 nothing else keeps a pod from naming such a class.
#include "lib/base/strings.h"
#include "tests/e2e/support/people.h"

namespace muster::e2e {
namespace {

constexpr api::Resource kQuotasByClass{"", "v1", "resourcequotas", "ResourceQuota"};

class SystemClasses : public People {
 protected:
  // No pod of these classes in the test's namespace, as a cluster admin forbids them.
  void ForbidSystemPods() {
    const json::Value scope = json::Object{{"scopeName", "PriorityClass"},
                                           {"operator", "In"},
                                           {"values", json::Array{"system-node-critical", "system-cluster-critical"}}};
    Create(kQuotasByClass,
           json::Object{
               {"apiVersion", "v1"},
               {"kind", "ResourceQuota"},
               {"metadata", json::Object{{"name", "no-system-pods"}}},
               {"spec", json::Object{{"hard", json::Object{{"pods", "0"}}},
                                     {"scopeSelector", json::Object{{"matchExpressions", json::Array{scope}}}}}}});
  }
};

json::Value WithPriorityClass(json::Value role, const std::string& kind, const std::string& priority_class) {
  role.Mutable(kind).Mutable("spec").Mutable("template").Mutable("spec").Set("priorityClassName", priority_class);
  return role;
}

// The Workload's class goes into templates that name none. The attacker's templates name a low one, so that the quota
// never sees the class that he asks with.
TEST_F(SystemClasses, OrderNoGroupWhosePodsDoNotHaveThem) {
  const std::string low = ns() + "-low";
  ASSERT_TRUE(api().Create(api::kPriorityClasses, "", MakePriorityClass(low, -10)).has_value());
  ForbidSystemPods();
  BindClusterRole("mallory", "edit");
  Refused({"forbidden: exceeded quota: no-system-pods"}, "mallory", {"create", "-f", "-"}, json::Write([] {
            json::Value pod = MakePod("direct");
            pod.Mutable("spec").Set("priorityClassName", "system-node-critical");
            return pod;
          }()));
  StartOperator();
  // There is no node yet: both wait.
  Apply(MakeWorkload("victim", {JobRole("j", 4)}));
  ASSERT_TRUE(Eventually(20s, [&] { return Missing("victim-0", "Waiting"); }));
  Allowed("mallory", {"create", "-f", "-"},
          json::Write(MakeWorkload("attack", {WithPriorityClass(JobRole("j", 4), "job", low)},
                                   {.priority_class_name = "system-node-critical"})));
  ASSERT_TRUE(Eventually(20s, [&] { return Missing("attack-0", "Waiting"); }));
  AddNodes({.prefix = "critical", .count = 1, .capacity = "cpu=4"});
  EXPECT_TRUE(Eventually(20s, [&] { return NotRunning("victim-0", 4); }));
  EXPECT_EQ(Missing("attack-0", "Waiting"), "");
  Patch(api::kWorkloads, "attack", json::Object{{"spec", json::Object{{"suspend", true}}}});
  EXPECT_TRUE(api().Delete(api::kPriorityClasses, {"", low}, {}).has_value());
}

}  // namespace
}  // namespace muster::e2e
