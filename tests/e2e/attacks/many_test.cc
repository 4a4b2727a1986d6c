// The attacker has `edit` in a namespace without a quota and creates 10,000 Workloads that wait; the victim is a group
// of another namespace, and the operator under the memory limit that is shipped (256Mi).
#include "lib/base/strings.h"
#include "tests/e2e/support/people.h"

namespace muster::e2e {
namespace {

constexpr int kWorkloads = 10'000;

class LongMany : public People {
 protected:
  double Resident(OperatorProcess& op) { return op.Metric("process_resident_memory_bytes").value_or(0) / (1 << 20); }
};

TEST_F(LongMany, TenThousandWorkloadsOfOneNamespaceHarmNobodyElse) {
  AddNodes({.prefix = "many", .count = 4, .capacity = "cpu=4"});
  OperatorProcess& op = StartOperator();
  PrintFigure("MiB of the operator before", Resident(op));
  for (int i = 0; i < kWorkloads; ++i) {
    Create(api::kWorkloads, MakeWorkload("w" + std::to_string(i), {JobRole("j", 1, {.cpu = "5"})}));
    ASSERT_FALSE(HasFailure());
  }
  const std::string other = ns() + "-victim";
  ASSERT_TRUE(api()
                  .Create(kNamespaces, "",
                          json::Object{
                              {"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", json::Object{{"name", other}}}})
                  .has_value());
  const Instant asked = runtime::RealClock().Wall();
  ASSERT_TRUE(api().Create(api::kWorkloads, other, MakeWorkload("victim", {JobRole("j", 8)})).has_value());
  const auto started = Eventually(60s, [&]() -> std::string {
    const auto group = api().Get(api::kPodGroups, {other, "victim-0"});
    if (!group) return group.error().message;
    return Differs("state", (*group)["status"]["state"].Text(), std::string("Running"));
  });
  EXPECT_TRUE(started);
  PrintFigure("seconds until the victim's group ran", Seconds(runtime::RealClock().Wall() - asked));
  ASSERT_TRUE(Eventually(300s, [&] {
    const double waiting = op.Metric(R"(muster_pod_groups{state="Waiting"})").value_or(0);
    return waiting >= kWorkloads ? "" : std::to_string(waiting) + " groups wait";
  }));
  PrintFigure("MiB of the operator with all of them", Resident(op));
  EXPECT_LT(Resident(op), 256);
  EXPECT_TRUE(op.Running());
  EXPECT_EQ(api().Delete(kNamespaces, {"", other}, {}).has_value(), true);
  EXPECT_EQ(Kubectl({"delete", "workloads.muster.dev", "--all", "--wait=false"}).exit_code, 0);
  ASSERT_TRUE(Eventually(
      300s, [&] { return Differs("groups", op.Metric(R"(muster_pod_groups{state="Waiting"})").value_or(-1), 0.0); }));
}

}  // namespace
}  // namespace muster::e2e
