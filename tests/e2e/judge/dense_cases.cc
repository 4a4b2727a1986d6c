#include "tests/e2e/judge/cases.h"
#include "tests/e2e/judge/objects.h"
#include "tests/support/plain_world.h"

namespace muster::e2e {
namespace {

using testing::PlainAmounts;
using testing::PlainDice;
using testing::PlainNode;
using testing::PlainShape;
using testing::PlainWorld;

PlainWorld DenseWorld(PlainDice& dice) {
  static constexpr int64_t kNodeCpus[] = {2000, 3000, 4000};
  static constexpr int64_t kNodeMemories[] = {4096, 8192, 16384};
  static constexpr int64_t kCpus[] = {100, 250, 300, 500, 700, 1000, 1500};
  static constexpr int64_t kMemories[] = {64, 256, 512, 1000, 2048, 3000};
  PlainWorld world;
  const int64_t nodes = dice.Between(1, 4);
  const bool mixed = dice.OneIn(2);
  while (static_cast<int64_t>(world.nodes.size()) < nodes) {
    PlainNode node = world.nodes.empty() ? PlainNode() : world.nodes.back();
    if (mixed || world.nodes.empty()) node = {.size = {110, dice.Pick(kNodeCpus), dice.Pick(kNodeMemories)}};
    if (mixed && dice.OneIn(2)) {
      node.theirs.push_back({1, node.size[1] * dice.Between(1, 8) / 20, node.size[2] * dice.Between(1, 8) / 20});
    }
    world.nodes.push_back(std::move(node));
  }
  const int64_t shapes = dice.Between(2, 5);
  while (static_cast<int64_t>(world.shapes.size()) < shapes) {
    world.shapes.push_back({.request = {1, dice.Pick(kCpus), dice.Pick(kMemories)}});
  }
  testing::AddMembers(world, dice.Between(30, 90), dice);
  return world;
}

json::Value ContainerWith(const PlainAmounts& amounts) {
  json::Object requests{{"cpu", Millis(amounts[1])}, {"memory", Mebibytes(amounts[2])}};
  return json::Object{{"name", "app"},
                      {"image", "registry.example/app:1"},
                      {"resources", json::Object{{"requests", std::move(requests)}}}};
}

RandomRole DenseRole(const std::string& name, const std::string& pool, const PlainShape& shape, PlainDice& dice) {
  static constexpr const char* kFields[] = {"job", "statefulSet", "deployment"};
  RandomRole role{.name = name, .field = dice.Pick(kFields), .members = shape.members, .needed = shape.needed};
  role.size = shape.request[1] + shape.request[2];
  json::Object spec{{"terminationGracePeriodSeconds", 0},
                    {"nodeSelector", json::Object{{"pool", pool}}},
                    {"containers", json::Array{ContainerWith(shape.request)}}};
  if (role.field == "job") spec.Append("restartPolicy", "Never");
  role.pod_spec = std::move(spec);
  return role;
}

void AddNodesOf(const PlainWorld& world, const std::string& pool, Round& round) {
  for (size_t n = 0; n < world.nodes.size(); ++n) {
    const PlainNode& node = world.nodes[n];
    const std::string name = "dense-" + std::to_string(round.seed) + "-" + pool + "-" + std::to_string(n);
    json::Object room{
        {"cpu", Millis(node.size[1])}, {"memory", Mebibytes(node.size[2])}, {"pods", std::to_string(node.size[0])}};
    round.nodes.push_back(NodeObject(name, json::Object{{"pool", pool}}, json::Object{}, std::move(room)));
    for (const PlainAmounts& theirs : node.theirs) {
      const std::string pod = "theirs-" + pool + "-" + std::to_string(n);
      round.pods.push_back(PodOn(name, pod, ContainerWith(theirs)));
    }
  }
}

}  // namespace

Round MakeDenseRound(uint64_t seed, int64_t groups) {
  PlainDice dice(seed);
  Round round{.seed = seed};
  for (int64_t i = 0; i < groups; ++i) {
    RandomGroup group{.name = "d" + std::to_string(i), .roles = {}};
    const std::string pool = "p" + std::to_string(i);
    PlainWorld world;
    do {
      world = DenseWorld(dice);
    } while (world.shapes.empty());
    AddNodesOf(world, pool, round);
    for (const PlainShape& shape : world.shapes) {
      group.roles.push_back(DenseRole("r" + std::to_string(group.roles.size()), pool, shape, dice));
    }
    round.groups.push_back(std::move(group));
  }
  return round;
}

}  // namespace muster::e2e
