#include "lib/placement/picture.h"

#include <gtest/gtest.h>

#include "tests/unit/placement/builders.h"

namespace muster::placement {
namespace {

TEST(Picture, FreeIsAllocatableLessWhatRuns) {
  Picture picture;
  picture.SetNode(MakeNode("n1", "cpu=4,memory=8Gi,pods=3"));
  picture.AddPod(MakePod("a", "n1", "cpu=1,memory=1Gi"));
  picture.AddPod(MakePod("b", "n1", "cpu=4"));
  EXPECT_EQ(picture.Find("n1")->Free("cpu"), -1000) << "overcommitted";
  EXPECT_EQ(picture.Find("n1")->Free("memory"), int64_t{7} << 30U);
  EXPECT_EQ(picture.Find("n1")->Free("pods"), 1);
  picture.RemovePod(MakePod("b", "n1", "cpu=4"));
  EXPECT_EQ(picture.Find("n1")->Free("cpu"), 3000);
}

TEST(Picture, PodsThatTakeNoRoomChangeNothing) {
  Picture picture;
  picture.SetNode(MakeNode("n1", "cpu=4"));
  const uint64_t before = picture.generation();
  api::Pod finished = MakePod("a", "n1", "cpu=1");
  finished.phase = api::PodPhase::kSucceeded;
  picture.AddPod(finished);
  picture.AddPod(MakePod("b", "", "cpu=1"));
  EXPECT_EQ(picture.generation(), before);
  EXPECT_EQ(picture.Find("n1")->Free("cpu"), 4000);
}

TEST(Picture, APodThatFinishesGivesItsRoomBack) {
  Picture picture;
  picture.SetNode(MakeNode("n1", "cpu=4"));
  const api::Pod running = MakePod("a", "n1", "cpu=1");
  api::Pod finished = running;
  finished.phase = api::PodPhase::kFailed;
  picture.ReplacePod(nullptr, &running);
  picture.ReplacePod(&running, &finished);
  picture.ReplacePod(&finished, nullptr);
  EXPECT_EQ(picture.Find("n1")->Free("cpu"), 4000);
  EXPECT_EQ(picture.Find("n1")->pods, 0);
}

TEST(Picture, RemembersPodsOfANodeThatIsNotThere) {
  Picture picture;
  picture.AddPod(MakePod("a", "n1", "cpu=1"));
  EXPECT_EQ(picture.node_count(), 0);
  picture.SetNode(MakeNode("n1", "cpu=4"));
  EXPECT_EQ(picture.Find("n1")->Free("cpu"), 3000);
  picture.RemoveNode("n1");
  picture.RemoveNode("n1");
  EXPECT_EQ(picture.node_count(), 0);
  picture.SetNode(MakeNode("n1", "cpu=8"));
  EXPECT_EQ(picture.Find("n1")->Free("cpu"), 7000);
  picture.RemoveNode("n1");
  picture.RemovePod(MakePod("a", "n1", "cpu=1"));
  EXPECT_EQ(picture.Find("n1"), nullptr) << "nothing of it is left";
}

TEST(Picture, AHeartbeatIsNoChange) {
  Picture picture;
  picture.SetNode(MakeNode("n1", "cpu=4"));
  const uint64_t before = picture.generation();
  api::Node beat = MakeNode("n1", "cpu=4");
  beat.meta.resource_version = "99";
  picture.SetNode(beat);
  EXPECT_EQ(picture.generation(), before);
  beat.ready = false;
  picture.SetNode(beat);
  EXPECT_GT(picture.generation(), before);
}

TEST(Picture, ToleratesNonsense) {
  Picture picture;
  picture.RemovePod(MakePod("a", "nowhere", "cpu=1"));
  picture.SetNode(MakeNode("n1", "cpu=4"));
  picture.RemovePod(MakePod("a", "n1", "cpu=1"));
  EXPECT_EQ(picture.Find("n1")->Free("cpu"), 4000) << "a pod that was never there takes nothing with it";
}

}  // namespace
}  // namespace muster::placement
