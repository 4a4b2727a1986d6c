// Large Workloads: the attacker may write Workloads in one namespace and create Jobs there, nothing else. The victims
// are the operator, whose memory holds for the whole cluster, and a group of another namespace.
#include "lib/json/text.h"
#include "tests/e2e/attacks/victim.h"

namespace muster::e2e {
namespace {

// Half of the memory limit of config/manager/deployment.yaml. Sanitizers take their own.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr double kMemoryMax = 1024.0 * (1 << 20);
#else
constexpr double kMemoryMax = 128.0 * (1 << 20);
#endif

class LargeWorkloads : public People {
 protected:
  // Suspended, its roles a little more than so many bytes.
  static json::Value Large(const std::string& name, size_t bytes) {
    return MakeWorkload(name, {JobRole("j", 1, {.annotations = {{"filler", std::string(bytes, 'x')}}})},
                        {.suspend = true});
  }

  void CreateMany(const std::string& user, const std::string& prefix, int count, size_t bytes) {
    constexpr int kAtOnce = 20;
    for (int made = 0; made < count; made += kAtOnce) {
      json::Array items;
      for (int i = made; i < std::min(count, made + kAtOnce); ++i) {
        items.push_back(Large(prefix + std::to_string(i), bytes));
      }
      const json::Value list = json::Object{{"apiVersion", "v1"}, {"kind", "List"}, {"items", std::move(items)}};
      Allowed(user, {"create", "-f", "-"}, json::Write(list));
    }
  }

  std::string NotActedUpon(const std::string& name) {
    return Workload(name)["status"]["observedGeneration"].Integer() > 0 ? "" : name + " was not acted upon";
  }
};

TEST_F(LargeWorkloads, DoNotFillTheOperatorsMemory) {
  if (!NeedsOwnCluster()) return;
  AddNodes({.prefix = "large"});
  LetWriteWorkloads("mallory", {RoleKinds().back()});
  Victim victim(cluster(), ns());
  OperatorProcess& op = StartOperator();
  CreateMany("mallory", "allowed-", 60, 240 << 10);
  CreateMany("mallory", "too-large-", 60, 700 << 10);
  for (const char* name : {"allowed-59", "too-large-59"}) {
    ASSERT_TRUE(Eventually(60s, [&] { return NotActedUpon(name); }));
  }
  EXPECT_NE(ConditionOf(Workload("allowed-59"), "Stalled")["status"].Text(), "True");
  const json::Value stalled = ConditionOf(Workload("too-large-59"), "Stalled");
  EXPECT_EQ(stalled["status"].Text(), "True");
  EXPECT_EQ(stalled["reason"].Text(), "InvalidSpec");
  EXPECT_NE(stalled["message"].Text().find("spec.roles is 717"), std::string::npos) << stalled["message"].Text();
  EXPECT_NE(stalled["message"].Text().find("bytes; at most 262144 bytes of roles are allowed: move what is large"),
            std::string::npos)
      << stalled["message"].Text();
  EXPECT_TRUE(Get(api::kPodGroups, "too-large-59-0").IsNull());

  const double resident = op.Metric("process_resident_memory_bytes").value_or(0);
  PrintFigure("operator's MiB with 56 MB of Workloads", resident / (1 << 20));
  EXPECT_GT(resident, 0);
  EXPECT_LT(resident, kMemoryMax);
  // A standby lists all of them at once when it starts.
  OperatorProcess& standby = LaunchOperator({.identity = "standby"});
  ASSERT_TRUE(standby.WaitReady(30s)) << standby.LogTail(10);
  EXPECT_LT(standby.Metric("process_resident_memory_bytes").value_or(0), kMemoryMax);

  victim.Submit();
  EXPECT_TRUE(Eventually(20s, [&] { return victim.NotRunning(); }));
}

}  // namespace
}  // namespace muster::e2e
