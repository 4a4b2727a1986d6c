// A namespace that is deleted while groups wait and run in it: it goes, and the operator's other work goes on.
#include "lib/json/text.h"
#include "tests/e2e/hands/hands.h"

namespace muster::e2e {
namespace {

class Space : public Hands {};

TEST_F(Space, IsDeletedWithGroupsThatWaitAndRun) {
  AddNodes({.prefix = "space"});
  OperatorProcess& op = StartOperator();
  const std::string doomed = ns() + "-doomed";
  ASSERT_TRUE(api().Create(
      kNamespaces, "",
      json::Object{{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", json::Object{{"name", doomed}}}}));
  Recorder there(cluster().transport(), doomed);
  ASSERT_TRUE(there.Start());
  for (int i = 0; i < 6; ++i) {  // two at a time have room
    const json::Value workload = MakeWorkload("w" + std::to_string(i), {JobRole("j", 1), StatefulSetRole("s", 1)});
    ASSERT_TRUE(api().Create(api::kWorkloads, doomed, workload));
  }
  const auto states = [&] {
    std::map<std::string, int> count;
    for (const api::PodGroup& group : there.groups.Live()) ++count[there.StateOf(group.meta.name)];
    return count;
  };
  const std::map<std::string, int> wanted = {{"Running", 2}, {"Waiting", 4}};
  ASSERT_TRUE(Eventually(15s, [&] { return Differs("groups by state", states(), wanted); }));
  Apply(MakeWorkload("mine", {JobRole("j", 2), StatefulSetRole("s", 2)}));
  ASSERT_TRUE(Eventually(10s, [&] { return Missing("mine-0", "Waiting"); }));

  const Instant deleted = runtime::RealClock().Wall();
  ASSERT_TRUE(api().Delete(kNamespaces, {"", doomed}, {}).has_value());
  ASSERT_TRUE(Eventually(60s, [&]() -> std::string {
    const auto space = api().Get(kNamespaces, {"", doomed});
    if (!space) return space.error().code == Code::kNotFound ? "" : space.error().message;
    return "it is still there: " + json::Write((*space)["status"]);
  }));
  PrintFigure("seconds until the namespace was gone", Seconds(runtime::RealClock().Wall() - deleted));
  ASSERT_TRUE(Eventually(15s, [&] { return NotRunning("mine-0", 4); }));
  there.Stop();
  EXPECT_TRUE(op.Running());
  const AuditLog audit(cluster().run_dir());
  const int64_t mark = audit.Mark();
  ExpectWholeOrNothing();
  if (cluster().is_ours()) {
    for (const AuditedWrite& write : WritesOf(audit.WritesSince(mark), kOperatorUser)) {
      EXPECT_NE(write.ns, doomed) << write.Text();
    }
  }
}

}  // namespace
}  // namespace muster::e2e
