// Random clusters and groups for the planner's laws; the same seed gives the same everywhere.
#pragma once

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/placement/builders.h"

namespace muster::placement {

class World {
 public:
  explicit World(uint32_t seed) : random_(seed) {
    const int nodes = Pick(1, 8);
    for (int i = 0; i < nodes; ++i) MakeRandomNode("n" + std::to_string(i));
    const int asks = Pick(1, 6);
    for (int i = 0; i < asks; ++i) input.asks.push_back(RandomAsk("g" + std::to_string(i)));
    input.now = Instant(std::chrono::seconds(Pick(0, 1000)));
  }

  int Pick(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }
  std::mt19937& random() { return random_; }

  Picture picture;
  CycleInput input;

 private:
  void MakeRandomNode(const std::string& name) {
    const std::string cpu = std::to_string(Pick(1, 8));
    api::Node node = MakeNode(name, "cpu=" + cpu + ",memory=" + std::to_string(Pick(2, 16)) + "Gi");
    if (Pick(0, 2) == 0) node.allocatable.Set("nvidia.com/gpu", Pick(1, 4));
    if (Pick(0, 3) == 0) node.allocatable.Set(api::kPodCount, Pick(1, 6));
    if (Pick(0, 2) == 0) node.meta.labels["zone"] = Pick(0, 1) == 0 ? "a" : "b";
    if (Pick(0, 5) == 0) node.taints.push_back({"dedicated", "infra", "NoSchedule"});
    picture.SetNode(node);
    if (Pick(0, 1) == 0) {
      picture.AddPod(MakePod("p-" + name, name, "cpu=" + std::to_string(Pick(1, 20) * 100) + "m,memory=1Gi"));
    }
  }

  api::PodShape RandomShape() {
    static const char* const kCpus[] = {"100m", "500m", "1", "2", "3", "4"};
    api::PodShape shape = Shape("cpu=" + std::string(kCpus[Pick(0, 5)]));
    if (Pick(0, 1) == 0) shape.requests.Set(api::kMemory, static_cast<int64_t>(Pick(1, 6)) << 30U);
    if (Pick(0, 3) == 0) shape.requests.Set("nvidia.com/gpu", Pick(1, 2));
    if (Pick(0, 4) == 0) shape.node_selector["zone"] = "a";
    if (Pick(0, 3) == 0) shape.tolerations.push_back({"dedicated", "Exists", "", ""});
    return shape;
  }

  Ask RandomAsk(const std::string& name) {
    std::vector<MemberClass> classes;
    const int roles = Pick(1, 3);
    for (int i = 0; i < roles; ++i) {
      MemberClass members = Members("r" + std::to_string(i), Pick(1, 5), RandomShape());
      if (Pick(0, 4) == 0) members.needed = Pick(0, static_cast<int>(members.members));
      classes.push_back(std::move(members));
    }
    Ask ask = MakeAsk(name, std::move(classes), Pick(0, 500));
    ask.priority = Pick(0, 2);
    return ask;
  }

  std::mt19937 random_;
};

}  // namespace muster::placement
