#include "kubectl-plugin/core/sample_placement.h"

#include <gtest/gtest.h>

namespace muster::plugin {
namespace {

std::map<std::string, int64_t> Nodes(const std::vector<std::string>& names, int64_t each = 1) {
  std::map<std::string, int64_t> nodes;
  for (const std::string& name : names) nodes[name] = each;
  return nodes;
}

TEST(NodesInWords, AreShort) {
  EXPECT_EQ(NodesInWords({}), "");
  EXPECT_EQ(NodesInWords(Nodes({"n1"})), "n1");
  EXPECT_EQ(NodesInWords(Nodes({"n1", "n2"})), "n[1,2]");
  EXPECT_EQ(NodesInWords(Nodes({"gpu-a-0", "gpu-a-1", "gpu-a-2", "gpu-a-10", "gpu-a-12"})), "gpu-a-[0-2,10,12]");
  EXPECT_EQ(NodesInWords(Nodes({"a-1", "b-1"})), "a-1, b-1");
  EXPECT_EQ(NodesInWords(Nodes({"ip-10-0-0-1.internal", "ip-10-0-0-2.internal"})),
            "ip-10-0-0-1.internal, ip-10-0-0-2.internal");
  EXPECT_EQ(NodesInWords(Nodes({"n01", "n02"})), "n01, n02");  // a range would hide the zeros
  EXPECT_EQ(NodesInWords({{"n1", 3}}), "n1 (3)");
  EXPECT_EQ(NodesInWords({{"n1", 3}, {"n2", 3}, {"n3", 2}, {"m", 1}}), "n[1,2] (3 each), n3 (2), m");
  EXPECT_EQ(NodesInWords(Nodes({"a", "b", "c", "d", "e"}, 3), 3), "a, b, c (3 each), and 2 more nodes");
  EXPECT_EQ(NodesInWords(Nodes({"12345678901234567890", "9"})), "12345678901234567890, 9");
}

api::Node MakeNode(const std::string& name, int64_t cpu, const std::string& taint = "") {
  api::Node node;
  node.meta.name = name;
  node.ready = true;
  node.allocatable.Set(api::kCpu, cpu * 1000);
  node.allocatable.Set(api::kPodCount, 10);
  if (!taint.empty()) node.taints.push_back({taint, "", "NoSchedule"});
  return node;
}

placement::MemberClass Members(const std::string& role, int64_t members, int64_t cpu) {
  api::PodShape shape;
  shape.requests.Set(api::kCpu, cpu * 1000);
  placement::MemberClass result;
  result.role = role;
  result.members = result.needed = members;
  result.shape = api::WithKeys(std::move(shape));
  return result;
}

TEST(SamplePlacement, SpreadsAndPutsTheLargestFirst) {
  placement::Picture picture;
  picture.SetNode(MakeNode("a", 4));
  picture.SetNode(MakeNode("b", 4));
  picture.SetNode(MakeNode("c", 8, "dedicated"));
  SamplePlacement sample(picture);
  const auto placed = sample.Place({Members("small", 2, 1), Members("large", 1, 4)});
  ASSERT_EQ(placed.size(), 2U);
  EXPECT_EQ(placed[1].role, "large");
  EXPECT_EQ(NodesInWords(placed[1].nodes), "a");
  EXPECT_EQ(NodesInWords(placed[0].nodes), "b (2)");
  // What was placed stays counted.
  const auto more = sample.Place({Members("more", 3, 1)});
  EXPECT_EQ(NodesInWords(more[0].nodes), "b (2)");
}

}  // namespace
}  // namespace muster::plugin
