// Mallory has `edit` in a namespace of his own and requests all devices of the cluster for a day, by groups that never
// run a pod: a quota of his namespace refuses every pod, or the pods have a scheduling gate that nobody removes, or
// they name a scheduler that does not exist. The victim requests one device in another namespace. Her group starts
// within seconds (in the last case, after --reservation-timeout), and is told for whom the room is reserved.
#include "tests/e2e/attacks/room.h"

namespace muster::e2e {
namespace {

constexpr const char* kDevice = "example.com/gpu";

class ReserveTheCluster : public AttackOnRoom {
 protected:
  json::Value Greedy(const std::string& name, json::Object pod_spec = {}) {
    json::Value role = JobRole("w", 8, {.cpu = "10m", .requests = {{kDevice, "1"}}});
    json::Value& spec = role.Mutable("job").Mutable("spec").Mutable("template").Mutable("spec");
    for (auto& [field, value] : pod_spec) spec.Set(field, std::move(value));
    return MakeWorkload(name, {role}, {.gang = {{"scheduleTimeoutSeconds", 86400}}});
  }
  // The victim asks while the attacker's group is admitted.
  void Ask() { Apply(MakeWorkload("victim", {JobRole("w", 1, {.cpu = "10m", .requests = {{kDevice, "1"}}})})); }
  // The Event of the group that waits outlives the moment for which it waits.
  std::string HolderNotNamed(const std::string& holder) {
    const std::string notes = Kubectl({"get", "events", "-o", "jsonpath={.items[*].message}"}).out;
    return notes.find("reserved for " + theirs() + "/" + holder) != std::string::npos ? "" : notes;
  }
};

TEST_F(ReserveTheCluster, WithPodsThatAQuotaRefuses) {
  AddNodes({.prefix = "quota", .count = 2, .capacity = std::string("cpu=8,") + kDevice + "=4"});
  AsAdmin({"create", "quota", "none", "--hard=pods=0", "-n", theirs()});
  ASSERT_TRUE(Eventually(20s, [&]() -> std::string {
    const std::string used =
        cluster().Kubectl({"get", "quota", "none", "-n", theirs(), "-o", "jsonpath={.status.used.pods}"}).out;
    return used.empty() ? "the quota is not in force" : "";
  }));
  StartOperator();
  AsMallory({"create", "-f", "-"}, json::Write(Greedy("greedy")));
  ASSERT_TRUE(Eventually(20s, [&] { return NotAdmitted("greedy-0"); }));
  Ask();
  EXPECT_TRUE(Eventually(20s, [&] { return NotRunning("victim-0", 1); }));
  EXPECT_EQ(HolderNotNamed("greedy-0"), "");
}

TEST_F(ReserveTheCluster, WithPodsThatHaveAForeignSchedulingGate) {
  AddNodes({.prefix = "gate", .count = 2, .capacity = std::string("cpu=8,") + kDevice + "=4"});
  StartOperator();
  const json::Array gates = {json::Object{{"name", "example.com/never"}}};
  AsMallory({"create", "-f", "-"}, json::Write(Greedy("gated", {{"schedulingGates", gates}})));
  ASSERT_TRUE(Eventually(20s, [&] { return NotAdmitted("gated-0"); }));
  Ask();
  EXPECT_TRUE(Eventually(20s, [&] { return NotRunning("victim-0", 1); }));
  EXPECT_EQ(HolderNotNamed("gated-0"), "");
}

// Several groups that ask before the victim does, so that each could reserve the devices in its turn.
TEST_F(ReserveTheCluster, InTurnWithPodsThatNobodySchedules) {
  AddNodes({.prefix = "nobody", .count = 2, .capacity = std::string("cpu=8,") + kDevice + "=4"});
  StartOperator({.more = {"--reservation-timeout=10s"}});
  const json::Object to_nobody{{"schedulerName", "nobody"}};
  AsMallory({"create", "-f", "-"}, json::Write(Greedy("first", to_nobody)));
  ASSERT_TRUE(Eventually(20s, [&] { return NotAdmitted("first-0"); }));
  for (const char* name : {"second", "third"}) AsMallory({"create", "-f", "-"}, json::Write(Greedy(name, to_nobody)));
  Ask();
  ASSERT_TRUE(Eventually(10s, [&]() -> std::string {
    const json::Value group = Get(api::kPodGroups, "victim-0");
    const json::Value& why = group["status"]["explanation"];
    const bool named = why["summary"].Text().find("reserved for " + theirs() + "/first-0") != std::string::npos;
    return named ? "" : json::Write(group["status"]);
  })) << "her explanation names the holder while she waits";
  EXPECT_TRUE(Eventually(30s, [&] { return NotRunning("victim-0", 1); }));
  EXPECT_NE(IsAdmitted("second-0"), "True") << "the namespace has had its turn";
}

}  // namespace
}  // namespace muster::e2e
