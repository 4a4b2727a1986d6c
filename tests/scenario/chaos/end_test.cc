// What is looked at when a story has been told: that all is at rest, and the end as it was undisturbed (I5, I6). Each
// look is shown an end that it must refuse.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/sim/builders.h"
#include "tests/support/sim/world.h"

namespace muster::sim {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;

class EndTest : public ::testing::Test {
 protected:
  EndTest() {
    world_.nodes().Add("n1", 8);
    world_.Apply(MakeWorkload("w").Job("j", 2).StatefulSet("s", 2).Build());
    world_.RunFor(seconds(60));
  }
  void EditByHand() {
    world_.api().Edit(api::kStatefulSets, {"ml", "w-0-s"},
                      [](json::Value& set) { set.Mutable("spec").Set("replicas", 1); });
  }

  World world_{{.seed = 1}};
};

TEST_F(EndTest, AStoryThatIsOverIsAtRest) {
  EXPECT_EQ(world_.Unrest(seconds(60)), "");
  EXPECT_EQ(world_.Problems(), "");
}

TEST_F(EndTest, I5AnotherEndIsAnotherText) {
  const std::string end = world_.EndState();
  EditByHand();
  EXPECT_NE(world_.EndState(), end);
  EXPECT_THAT(world_.PlansLeft(), HasSubstr("patch StatefulSet ml/w-0-s"));
}

TEST_F(EndTest, I6AWriteInASteadyWorld) {
  world_.events().After(seconds(5), [&] { EditByHand(); });
  EXPECT_THAT(world_.Unrest(seconds(60)), HasSubstr("writes in a steady world"));
}

}  // namespace
}  // namespace muster::sim
