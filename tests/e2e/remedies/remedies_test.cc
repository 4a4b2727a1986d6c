// What an explanation suggests is true: for each situation the suggestion is read from `explain -o json` as a person
// would read it, done with kubectl, and the group runs. Where nodes are asked for or members given up, one fewer does
// not do.
#include <csignal>

#include "tests/e2e/remedies/fixture.h"
#include "tests/e2e/remedies/situations.h"

namespace muster::e2e {
namespace {

class Room : public Remedies, public ::testing::WithParamInterface<Situation> {
 protected:
  // Before the nodes of the next test come, which would get its pods.
  void TearDown() override {
    if (!GetParam().agent_cpu.empty()) {
      Must(Kubectl({"delete", "daemonset", "agent", "--cascade=foreground", "--timeout=30s"}));
    }
    Remedies::TearDown();
  }

  void RunAgents(const std::string& cpu) {
    json::Value pod = PodTemplate({.cpu = cpu});
    pod.Set("metadata", json::Object{{"labels", json::Object{{"app", "agent"}}}});
    Create(
        {"apps", "v1", "daemonsets", "DaemonSet"},
        json::Object{{"apiVersion", "apps/v1"},
                     {"kind", "DaemonSet"},
                     {"metadata", json::Object{{"name", "agent"}}},
                     {"spec", json::Object{{"selector", json::Object{{"matchLabels", json::Object{{"app", "agent"}}}}},
                                           {"template", std::move(pod)}}}});
  }

  // "" when the agent of every node has its node.
  std::string AgentsMissing() {
    size_t bound = 0;
    for (const json::Value& pod : List(api::kPods)) {
      const bool agent = pod["metadata"]["labels"]["app"].Text() == "agent";
      if (agent && !pod["spec"]["nodeName"].Text().empty()) ++bound;
    }
    return Differs("agents with a node", bound, List(api::kNodes).size());
  }
};

TEST_P(Room, Works) {
  const Situation& situation = GetParam();
  for (const NodeShape& shape : situation.nodes) AddNodes(shape);
  for (const std::string& node : situation.cordoned) Must(cluster().Kubectl({"cordon", node}));
  for (int i = 0; i < situation.foreign_pods; ++i) Create(api::kPods, MakePod("other-" + std::to_string(i)));
  if (!situation.agent_cpu.empty()) RunAgents(situation.agent_cpu);
  ASSERT_TRUE(Eventually(20s, [&]() -> std::string {
    if (!situation.agent_cpu.empty() && !AgentsMissing().empty()) return AgentsMissing();
    for (const json::Value& pod : List(api::kPods)) {
      if (pod["status"]["phase"].Text() != "Running") return "others do not run yet";
    }
    return {};
  }));
  OperatorProcess& op = StartOperator();
  Apply(MakeWorkload("g", situation.roles));
  ASSERT_TRUE(Eventually(10s, [&] { return Missing("g-0", "Waiting"); }));
  std::string text;
  ASSERT_TRUE(Eventually(10s, [&] {
    text = Suggestion(situation.code);
    return text.empty() ? "no " + situation.code + " in " + told() : "";
  }));
  EXPECT_EQ(NotBlockedBy(situation.blocker), "");
  const std::optional<Remedy> remedy = ReadRemedy(situation.code, text);
  ASSERT_TRUE(remedy.has_value()) << "not understood: " << text;
  std::printf("[ remedy   ] %s\n", text.c_str());
  if (situation.agent_cpu.empty()) {
    Do(*remedy);
  } else {
    // A new node has its agents before it is ready; these are ready at once, so the operator sees them only then.
    Do(*remedy, [&](const std::function<void()>& add) {
      op.Signal(SIGSTOP);
      add();
      EXPECT_TRUE(Eventually(20s, [&] { return AgentsMissing(); }));
      op.Signal(SIGCONT);
    });
  }
  EXPECT_TRUE(Eventually(15s, [&] { return NotReady(); })) << text << "\n" << told();
  EXPECT_TRUE(Eventually(5s, [&] { return Missing("g-0", "Running"); }));
}

INSTANTIATE_TEST_SUITE_P(Remedies, Room, ::testing::ValuesIn(Situations()),
                         [](const auto& parameter) { return parameter.param.name; });

}  // namespace
}  // namespace muster::e2e
