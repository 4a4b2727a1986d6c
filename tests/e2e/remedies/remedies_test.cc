// What an explanation suggests is true: for each situation the suggestion is read from `explain -o json` as a person
// would read it, done with kubectl, and the group runs. Where nodes are asked for or members given up, one fewer does
// not do.
#include "tests/e2e/remedies/fixture.h"
#include "tests/e2e/remedies/situations.h"

namespace muster::e2e {
namespace {

class Room : public Remedies, public ::testing::WithParamInterface<Situation> {};

TEST_P(Room, Works) {
  const Situation& situation = GetParam();
  for (const NodeShape& shape : situation.nodes) AddNodes(shape);
  for (const std::string& node : situation.cordoned) Must(cluster().Kubectl({"cordon", node}));
  for (int i = 0; i < situation.foreign_pods; ++i) Create(api::kPods, MakePod("other-" + std::to_string(i)));
  ASSERT_TRUE(Eventually(10s, [&]() -> std::string {
    for (const json::Value& pod : List(api::kPods)) {
      if (pod["status"]["phase"].Text() != "Running") return "others do not run yet";
    }
    return {};
  }));
  StartOperator();
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
  Do(*remedy);
  EXPECT_TRUE(Eventually(15s, [&] { return NotReady(); })) << text << "\n" << told();
  EXPECT_TRUE(Eventually(5s, [&] { return Missing("g-0", "Running"); }));
}

INSTANTIATE_TEST_SUITE_P(Remedies, Room, ::testing::ValuesIn(Situations()),
                         [](const auto& parameter) { return parameter.param.name; });

}  // namespace
}  // namespace muster::e2e
