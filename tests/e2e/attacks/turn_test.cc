// A flood of Workloads: the attacker may write Workloads in one namespace and create Jobs there. The victim is a group
// of another namespace, submitted behind the flood.
#include "lib/json/text.h"
#include "tests/e2e/attacks/victim.h"

namespace muster::e2e {
namespace {

constexpr int kFloodOfWorkloads = 80;
constexpr int kRoles = 16;

class FloodOfWorkloads : public People {
 protected:
  // They never fit: their Jobs are made and stay suspended.
  void Submit(const std::string& user) {
    json::Array roles;
    for (int i = 0; i < kRoles; ++i) roles.push_back(JobRole("r" + std::to_string(i), 1, {.cpu = "1000"}));
    json::Array items;
    for (int i = 0; i < kFloodOfWorkloads; ++i) items.push_back(MakeWorkload("f" + std::to_string(i), roles));
    const json::Value list = json::Object{{"apiVersion", "v1"}, {"kind", "List"}, {"items", std::move(items)}};
    Allowed(user, {"create", "-f", "-"}, json::Write(list));
  }
};

TEST_F(FloodOfWorkloads, IsServedInTurnWithOtherNamespaces) {
  if (!NeedsOwnCluster()) return;
  AddNodes({.prefix = "turn"});
  LetWriteWorkloads("mallory", {RoleKinds().back()});
  Victim victim(cluster(), ns());
  // All of it is there when the operator starts, so that the order is the operator's alone to choose.
  Submit("mallory");
  victim.Submit();
  StartOperator();
  ASSERT_TRUE(Eventually(60s, [&] { return victim.IsAdmitted() ? "" : "the victim's group is not admitted"; }));
  const size_t jobs = List(api::kJobs).size();
  PrintFigure("Jobs of the flood when the victim's group was admitted", static_cast<double>(jobs));
  // In the order of names the victim's group would be the last of all: every Job of the flood would be there. In turn,
  // it waits for the groups that the workers (16) have in hand, once for each of its few visits.
  EXPECT_LT(jobs, kFloodOfWorkloads * kRoles / 2);
  EXPECT_TRUE(Eventually(30s, [&] { return victim.NotRunning(); }));
}

}  // namespace
}  // namespace muster::e2e
