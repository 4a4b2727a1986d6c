// The law that a plan which was carried out leaves an empty one, in random worlds: whatever Workloads and nodes there
// are and whatever users change, when the world has come to rest no reconcile has anything left to do, nor has an
// operator that starts then. MUSTER_SEED replays one.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>

#include "tests/support/seed.h"
#include "tests/support/sim/builders.h"
#include "tests/support/sim/world.h"

namespace muster::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr int kWorlds = 100;

class RandomWorld {
 public:
  explicit RandomWorld(uint64_t seed) : random_(seed), world_({.seed = seed}) {}

  World& Tell() {
    for (int64_t i = Pick(1, 3); i > 0; --i) AddNode();
    for (int64_t i = Pick(1, 3); i > 0; --i) Apply();
    for (int64_t i = Pick(0, 5); i > 0; --i) {
      world_.RunFor(milliseconds(Pick(20, 30'000)));
      Change();
    }
    world_.RunFor(minutes(15));  // back-offs end, and Jobs
    return world_;
  }

 private:
  int64_t Pick(int64_t least, int64_t most) {
    return least + static_cast<int64_t>(random_() % static_cast<uint64_t>(most - least + 1));
  }
  bool OneIn(int64_t n) { return Pick(1, n) == 1; }

  void AddNode() { world_.nodes().Add("n" + std::to_string(nodes_++), Pick(2, 6)); }

  json::Value Role(int64_t index) {
    const api::RoleKind kind = api::kRoleKinds[static_cast<size_t>(Pick(0, std::size(api::kRoleKinds) - 1))];
    const bool job = kind == api::RoleKind::kJob;
    const json::Value pods = PodTemplate(Pick(1, 2), job && OneIn(2) ? FinishAfter(Pick(5, 60)) : json::Object());
    const int64_t size = Pick(0, 3);
    return RoleOf("r" + std::to_string(index), kind,
                  job ? JobSpec(std::max<int64_t>(1, size), pods) : ReplicatedSpec(size, pods));
  }

  // Creates it, or gives it other roles. Gangs all: pods without one take room behind the planner's back, as they may.
  void Apply() {
    MakeWorkload made(Name());
    made.Replicas(Pick(0, 3));
    if (OneIn(4)) made.Suspended();
    for (int64_t i = 0, roles = Pick(1, 3); i < roles; ++i) made.Role(Role(i));
    world_.Apply(made.Build());
  }

  void Change() {
    const std::string name = Name();
    const bool there = world_.api().Find(api::kWorkloads, {"ml", name}) != nullptr;
    switch (Pick(0, 5)) {
      case 0:
        return AddNode();
      case 1:
        if (there) world_.EditSpec(name, [&](json::Value& spec) { spec.Set("suspend", OneIn(2)); });
        return;
      case 2:
        if (there) world_.EditSpec(name, [&](json::Value& spec) { spec.Set("replicas", Pick(0, 3)); });
        return;
      case 3:
        if (there) world_.Delete(api::kWorkloads, name);
        return;
      default:
        return Apply();
    }
  }

  std::string Name() { return std::string(1, static_cast<char>('a' + Pick(0, 2))); }

  std::mt19937_64 random_;
  World world_;
  int64_t nodes_ = 0;
};

TEST(RandomWorlds, APlanThatWasCarriedOutLeavesAnEmptyOne) {
  const uint64_t first = testing::TestSeed();
  const int worlds = std::getenv("MUSTER_SEED") != nullptr ? 1 : kWorlds;
  int64_t writes = 0;
  for (uint64_t seed = first; seed < first + static_cast<uint64_t>(worlds) && !HasFailure(); ++seed) {
    SCOPED_TRACE(testing::ReplayHint(seed));
    RandomWorld random(seed);
    World& world = random.Tell();
    writes += world.writes();
    EXPECT_EQ(world.Unrest(seconds(60)), "");
    EXPECT_EQ(world.Problems(), "");
    const char* trace = std::getenv("MUSTER_TRACE");
    if (trace != nullptr && HasFailure()) std::printf("%s\n%s\n", world.Trace().c_str(), world.EndState().c_str());
  }
  if (worlds == 1) return;
  EXPECT_GT(writes, worlds) << "random worlds in which nothing is done prove nothing";
}

}  // namespace
}  // namespace muster::sim
