// The API server and its memory: compacted away while the operator is cut off, killed under load.
#include "lib/base/strings.h"
#include "lib/client/kubeconfig.h"
#include "lib/json/text.h"
#include "tests/e2e/network/load.h"
#include "tests/e2e/support/fault_proxy.h"

namespace muster::e2e {
namespace {

class Server : public Load {
 protected:
  // etcd forgets everything before now. Its address is the API server's port and one.
  void Compact() {
    const auto connection = client::LoadConnection({.kubeconfig = cluster().kubeconfig()}, {});
    ASSERT_TRUE(connection.has_value());
    int64_t port = 0;
    ASSERT_TRUE(ParseInteger(connection->server.substr(connection->server.rfind(':') + 1), port)) << connection->server;
    const auto list = api().List(kConfigMaps, ns());
    ASSERT_TRUE(list.has_value());
    const json::Value now = json::Object{{"revision", (*list)["metadata"]["resourceVersion"].Text()}};
    auto etcd = client::HttpTransport::Create({.server = "http://127.0.0.1:" + std::to_string(port + 1)}, {});
    ASSERT_TRUE(etcd.has_value()) << etcd.error().message;
    const auto done = (*etcd)->Send({.method = wire::Method::kPost,
                                     .path = "/v3/kv/compaction",
                                     .body = json::Write(now),
                                     .content_type = "application/json",
                                     .timeout = 20s});
    ASSERT_TRUE(done.has_value()) << done.error().message;
    ASSERT_EQ(done->status, 200) << done->body;
  }
};

// A watch begins anew for other reasons, too: the line tells which.
int WatchesEndedBy410(OperatorProcess& op) {
  int ended = 0;
  for (const std::string& line : Split(op.LogTail(100'000), '\n')) {
    if (line.find("Watch begins anew") != std::string::npos && line.find("code=\"Gone\"") != std::string::npos) ++ended;
  }
  return ended;
}

// Watches that want to go on from what is no more are answered 410: the operator lists anew, and misses neither what
// has come nor what has gone meanwhile.
TEST_F(Server, ForgetsWhatWasWhileTheOperatorIsCutOff) {
  if (!NeedsOwnCluster()) return;
  FaultProxy proxy(cluster());
  ASSERT_EQ(proxy.broken(), "");
  AddRoom("compact", 2);
  OperatorProcess& op = StartOperator({.server = proxy.server()});
  Apply(MakeWorkload("stays", {JobRole("m", 1), JobRole("w", 9)}));
  Apply(MakeWorkload("goes", {JobRole("m", 1), JobRole("w", 9)}));
  Apply(MakeWorkload("waits", {JobRole("m", 1), JobRole("w", 9)}));
  ASSERT_TRUE(Eventually(20s, [&] { return NotRunning("stays-0", 10); }));
  ASSERT_TRUE(Eventually(20s, [&] { return NotRunning("goes-0", 10); }));
  ASSERT_TRUE(Eventually(10s, [&] { return Missing("waits-0", "Waiting"); }));
  proxy.Cut();
  Delete(api::kWorkloads, "goes");
  ASSERT_TRUE(Eventually(10s, [&] { return Differs("members", seen().MembersOf("goes-0").size(), 0U); }));
  Create(api::kWorkloads, MakeWorkload("comes", {JobRole("w", 1)}));
  Compact();
  // Its memory of the last minutes goes with it, too.
  cluster().Component("kill", "kube-apiserver");
  cluster().StartApiServer();
  proxy.Heal();
  const Instant healed = runtime::RealClock().Wall();
  ASSERT_TRUE(Eventually(60s, [&] { return NotRunning("waits-0", 10); }));
  PrintFigure("seconds from the end of the cut to the next group running",
              Seconds(runtime::RealClock().Wall() - healed));
  EXPECT_EQ(seen().RunningOf("stays-0"), 10);
  EXPECT_EQ(seen().PodsEverOf("stays-0"), 10);
  EXPECT_EQ(seen().PodsEverOf("goes-0"), 10);
  Delete(api::kWorkloads, "stays");
  EXPECT_TRUE(Eventually(20s, [&] { return NotRunning("comes-0", 1); }));
  EXPECT_TRUE(op.Running());
  EXPECT_GE(WatchesEndedBy410(op), 1) << "no watch was answered 410:\n" << op.LogTail(50);
}

TEST_F(Server, IsKilledAndStartedAgainUnderLoad) {
  if (!NeedsOwnCluster()) return;
  constexpr int kSmallGroups = 40;
  ExcuseSurplusPods();
  AddRoom("killed", 10);
  OperatorProcess& op = StartOperator();
  for (int round = 0; round < 2; ++round) {
    CreateGroups("r" + std::to_string(round) + "-", 0, kSmallGroups / 2);
    ASSERT_TRUE(Eventually(
        20s, [&] { return Finished() >= round * kSmallGroups / 2 + 2 ? "" : "no groups have finished yet"; }));
    cluster().Component("kill", "kube-apiserver");
    cluster().StartApiServer();
    if (Finished() < (round + 1) * kSmallGroups / 2) ExpectProgressWithin(15s, "outage " + std::to_string(round + 1));
  }
  ASSERT_TRUE(Eventually(60s, [&] { return NotAllFinished(kSmallGroups); }));
  EXPECT_TRUE(op.Running());
  // The Job controller may not hear of a pod that it has made in the server's last moment, and make one more.
  CheckTheWholeRun(kSmallGroups, Pods::kAtLeast);
}

}  // namespace
}  // namespace muster::e2e
