// Explanations that name node pools instead of nodes (--node-pool-label).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>

#include "lib/json/text.h"
#include "tests/unit/placement/random_world.h"

namespace muster::placement {
namespace {

using ::testing::HasSubstr;

constexpr const char* kPool = "example.com/pool";

Picture InPools(std::string_view amounts) {
  Picture picture(kPool);
  for (int i = 0; i < 3; ++i) {
    api::Node node = MakeNode("secret-" + std::to_string(i), amounts);
    if (i < 2) node.meta.labels[kPool] = "gpu";
    picture.SetNode(node);
  }
  return picture;
}

std::string AllText(const Decision& decision) {
  std::string text = decision.explanation.summary + "\n";
  for (const api::Blocker& blocker : decision.explanation.blockers) text += blocker.message + "\n";
  for (const api::Change& change : decision.explanation.changes) text += change.code + ": " + change.text + "\n";
  return text;
}

TEST(Pools, AreNamedInsteadOfNodes) {
  const std::string more = AllText(DecideOne(InPools("cpu=4"), MakeAsk("a", {Members("w", 4, "cpu=4")})));
  EXPECT_THAT(more, HasSubstr("1 more node like a node of pool gpu (4 cpu)"));
  const std::string largest = AllText(DecideOne(InPools("cpu=4"), MakeAsk("a", {Members("w", 1, "cpu=5")})));
  EXPECT_THAT(largest, HasSubstr("the largest has 4 (a node of pool gpu)"));
}

TEST(Pools, AreNamedOnceEachWhereSeveralNodesAreMeant) {
  Picture picture = InPools("cpu=4");
  for (int i = 0; i < 3; ++i) {
    picture.AddPod(MakePod("p" + std::to_string(i), "secret-" + std::to_string(i), "cpu=3"));
  }
  EXPECT_THAT(AllText(DecideOne(picture, MakeAsk("a", {Members("w", 3, "cpu=3")}))),
              HasSubstr("freed on 3 nodes (a node of pool gpu, a node without a pool)"));
  EXPECT_THAT(AllText(DecideOne(picture, MakeAsk("a", {Members("w", 1, "cpu=3")}))),
              HasSubstr("freed on a node of pool gpu"));
  Picture cordoned(kPool);
  for (int i = 0; i < 7; ++i) {
    api::Node node = MakeNode("secret-" + std::to_string(i), "cpu=4");
    node.meta.labels[kPool] = "gpu";
    node.unschedulable = true;
    cordoned.SetNode(node);
  }
  EXPECT_THAT(AllText(DecideOne(cordoned, MakeAsk("a", {Members("w", 6, "cpu=4")}))),
              HasSubstr("6 nodes uncordoned (a node of pool gpu)\n"));
}

// "n0" as a word of the text.
bool NamesNode(const std::string& text) {
  for (size_t at = text.find('n'); at != std::string::npos; at = text.find('n', at + 1)) {
    const bool begins = at == 0 || std::isalnum(static_cast<unsigned char>(text[at - 1])) == 0;
    if (begins && at + 1 < text.size() && std::isdigit(static_cast<unsigned char>(text[at + 1])) != 0) return true;
  }
  return false;
}

TEST(Pools, NoNodeIsNamedWhateverTheCluster) {
  int named = 0;
  for (uint32_t seed = 0; seed < 500; ++seed) {
    World world(seed);
    Picture hidden(kPool);
    world.picture.ForEachNode([&](const NodeRoom& room) {
      api::Node node = *room.node;
      if (world.Pick(0, 1) == 0) node.meta.labels[kPool] = world.Pick(0, 1) == 0 ? "gpu" : "general";
      node.unschedulable = world.Pick(0, 4) == 0;
      world.picture.SetNode(node);
      hidden.SetNode(node);
      if (room.pods > 0) hidden.AddPod(MakePod("p-" + node.meta.name, node.meta.name, "cpu=1,memory=1Gi"));
    });
    for (const Decision& decision : PlanCycle(hidden, world.input)) {
      ASSERT_FALSE(NamesNode(AllText(decision))) << "seed " << seed << ": " << AllText(decision);
    }
    for (const Decision& decision : PlanCycle(world.picture, world.input))
      named += NamesNode(AllText(decision)) ? 1 : 0;
  }
  EXPECT_GT(named, 25) << "without the label nodes are named, or this test shows nothing";
}

}  // namespace
}  // namespace muster::placement
