// Planning times: one large group on many nodes, and many waiting groups. Prints a line each: the processor time and
// the number of admitted groups with the quick and the fine bound alone, and with all bounds (lib/placement/fit.h).
// Nothing is asserted. Build it with the release preset.
#include <cstdio>
#include <ctime>
#include <functional>
#include <string>

#include "tests/unit/placement/builders.h"

namespace {

using namespace muster;             // NOLINT: a program of one file
using namespace muster::placement;  // NOLINT

struct Figures {
  double ms = 1e9;
  size_t admitted = 0;
};

Figures BestOf(int runs, const Picture& picture, CycleInput input, Bounds bounds) {
  input.policy.bounds = bounds;
  Figures figures;
  for (int i = 0; i < runs; ++i) {
    const std::clock_t begin = std::clock();
    size_t admitted = 0;
    for (const Decision& decision : PlanCycle(picture, input)) admitted += decision.admitted ? 1 : 0;
    figures.ms = std::min(figures.ms, 1e3 * static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC);
    figures.admitted = admitted;
  }
  return figures;
}

void Measure(const char* what, const Picture& picture, const CycleInput& input) {
  const Figures before = BestOf(5, picture, input, Bounds::kQuickAndFine);
  const Figures after = BestOf(5, picture, input, Bounds::kAll);
  std::printf("%-72s %8.2f ms  (%zu admitted; %.2f ms, %zu without the sharp bound)\n", what, after.ms, after.admitted,
              before.ms, before.admitted);
  std::fflush(stdout);
}

// Nodes that differ in what runs on them, in three zones, some tainted.
Picture MixedCluster(int nodes) {
  Picture picture;
  for (int i = 0; i < nodes; ++i) {
    api::Node node = MakeNode("node-" + std::to_string(i), "cpu=32,memory=128Gi,ephemeral-storage=400Gi");
    node.meta.labels["topology.kubernetes.io/zone"] = "zone-" + std::to_string(i % 3);
    if (i % 20 == 0) node.taints.push_back({"dedicated", "infra", "NoSchedule"});
    picture.SetNode(node);
    const std::string used = "cpu=" + std::to_string(100 * (i % 157)) + "m,memory=" + std::to_string(i % 61) + "Gi";
    picture.AddPod(MakePod("pod-" + std::to_string(i), node.meta.name, used));
  }
  return picture;
}

CycleInput Asks(int groups, int members, const std::function<std::string(int)>& amounts) {
  CycleInput input;
  for (int i = 0; i < groups; ++i) {
    input.asks.push_back(MakeAsk("group-" + std::to_string(i), {Members("workers", members, amounts(i))}, i));
  }
  input.now = Instant(std::chrono::seconds(60));
  return input;
}

void LargeGroups() {
  const auto small = [](int) { return "cpu=1,memory=2Gi"; };
  const auto large = [](int) { return "cpu=30,memory=100Gi"; };
  Picture equal;
  AddNodesTo(equal, "n", 5000, "cpu=32,memory=128Gi");
  const Picture mixed = MixedCluster(5000);
  CycleInput two = Asks(1, 1000, large);
  two.asks[0].classes.push_back(Members("launcher", 1, "cpu=2,memory=4Gi"));
  Measure("1 group of 1,000 on 5,000 equal nodes", equal, Asks(1, 1000, small));
  Measure("1 group of 1,000 on 5,000 mixed nodes", mixed, Asks(1, 1000, small));
  Measure("1 group of 1,000 of 30 cpu on 5,000 mixed nodes, refused, explained", mixed, two);
}

void ManyGroups() {
  const Picture mixed = MixedCluster(1000);
  Picture full;
  AddNodesTo(full, "n", 1000, "cpu=8,memory=32Gi");
  for (int i = 0; i < 1000; ++i) {
    full.AddPod(
        MakePod("p" + std::to_string(i), "n" + std::to_string(i), "cpu=" + std::to_string(7400 + i % 500) + "m"));
  }
  const auto same = [](int) { return std::string("cpu=1,memory=2Gi"); };
  const auto forty = [](int i) { return "cpu=" + std::to_string(1000 + 50 * (i % 40)) + "m,memory=2Gi"; };
  const auto distinct = [](int i) { return "cpu=" + std::to_string(1000 + i) + "m,memory=2Gi"; };
  Measure("1,000 groups of 10 on 1,000 mixed nodes, one shape", mixed, Asks(1000, 10, same));
  Measure("1,000 groups of 10 on 1,000 mixed nodes, 40 shapes", mixed, Asks(1000, 10, forty));
  Measure("1,000 groups of 10 on 1,000 mixed nodes, 1,000 shapes", mixed, Asks(1000, 10, distinct));
  Measure("1,000 groups waiting on 1,000 full nodes, one shape", full, Asks(1000, 10, same));
  Measure("1,000 groups waiting on 1,000 full nodes, 40 shapes", full, Asks(1000, 10, forty));
  Measure("1,000 groups waiting on 1,000 full nodes, 1,000 shapes", full, Asks(1000, 10, distinct));
  // Groups that have waited long are looked at for guards: those that could never start, and those that hold back
  // others.
  CycleInput long_ago = Asks(1000, 10, distinct);
  long_ago.now = Instant(std::chrono::hours(1));
  Measure("the same after an hour", full, long_ago);
  for (size_t i = 0; i < long_ago.asks.size(); ++i) {
    long_ago.asks[i].group.ns = "team-" + std::to_string(i % 20);
    if (i < 20) long_ago.asks[i].classes = {Members("workers", 900, "cpu=7,memory=2Gi")};
  }
  Picture by_groups;
  AddNodesTo(by_groups, "n", 1000, "cpu=8,memory=32Gi");
  for (int i = 0; i < 1000; ++i) {
    by_groups.AddPod(
        MakeMember("p" + std::to_string(i), "n" + std::to_string(i), "cpu=" + std::to_string(2000 + i % 500) + "m"));
  }
  Measure("20 large groups that have waited long and 980 of 10, 1,000 shapes", by_groups, long_ago);
}

}  // namespace

int main() {
  LargeGroups();
  ManyGroups();
  return 0;
}
