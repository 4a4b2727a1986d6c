// What is done by hand is told: the object, the field, what becomes of it and what to do instead.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operator/core/hands.h"
#include "tests/unit/operator_core/scene.h"

namespace muster::core {
namespace {

using sim::MakeWorkload;
using ::testing::HasSubstr;
using ::testing::Not;

void Know(Scene& scene) {
  for (const auto& child : scene.observed().children) {
    scene.observed().known[child->meta.uid] = {
        .generation = 1, .name = std::string(api::KindName(child->kind)) + " " + child->meta.name, .role = child->role};
  }
}

TEST(Hands, AChildScaledByHandIsNamedWithFieldValueAndRemedy) {
  Scene scene = RunningScene(Mixed());
  Know(scene);
  EXPECT_THAT(scene.Plan(At(9)), Not(HasSubstr("event Child")));
  scene.Child("s", Hold::kReleased, [](json::Value& object) {
    object.Mutable("spec").Set("replicas", 5);
    object.Mutable("metadata").Set("generation", 2);
  });
  EXPECT_THAT(
      scene.Plan(At(10)),
      HasSubstr("event ChildChanged: StatefulSet mix-0-s was changed by another client: spec.replicas is 5, not 2; "
                "the operator restores it. To change the size, change role s of the Workload: kubectl edit "
                "workloads.muster.dev mix -n ml\n"));
  scene.Child("j", Hold::kHeld, [](json::Value& object) { object.Mutable("metadata").Set("generation", 2); });
  EXPECT_THAT(scene.Plan(At(10)),
              HasSubstr("Job mix-0-j was changed by another client: spec.suspend is true, not false"));
}

TEST(Hands, AChildChangedOtherwiseStaysSo) {
  Scene scene = RunningScene(Mixed());
  Know(scene);
  scene.Child("s", Hold::kReleased, [](json::Value& object) { object.Mutable("metadata").Set("generation", 2); });
  EXPECT_THAT(scene.Plan(At(10)), HasSubstr("but not its size: the change stays until the group is next started"));
}

TEST(Hands, AChildDeletedByHandIsToldUnlessItHasFinished) {
  Scene scene = RunningScene(Mixed());
  Know(scene);
  scene.DropChild("s");
  EXPECT_THAT(scene.Plan(At(10)), HasSubstr("event ChildDeleted: StatefulSet mix-0-s was deleted by another client"));
  Scene done = RunningScene(Mixed());
  Know(done);
  done.Child("j", Hold::kReleased, [](json::Value& job) {
    job.Mutable("status").Set("conditions", json::Array{json::Object{{"type", "Complete"}, {"status", "True"}}});
  });
  done.Write(At(10));
  done.DropChild("j");
  EXPECT_THAT(done.Plan(At(20)), Not(HasSubstr("ChildDeleted"))) << "a finished Job goes by its own ttl";
}

struct GroupCase {
  const char* name;
  std::function<void(api::PodGroupSpec&)> edit;
  const char* says;
};

TEST(Hands, AGroupEditedByHandIsNamedWithFieldAndValue) {
  api::Workload workload = Decoded(Mixed());
  workload.status.observed_generation = workload.meta.generation;
  Scene scene(Mixed());
  const api::PodGroupSpec wanted = scene.group().spec;
  scene.group().status.revision = wanted.revision;
  const GroupCase cases[] = {
      {"run", [](auto& spec) { spec.run = api::Run::kHold; }, "spec.run is Hold, not Run"},
      {"revision", [](auto& spec) { spec.revision = "nothing"; }, "spec.revision is nothing, not mix-"},
      {"priority", [](auto& spec) { spec.priority_class_name = "urgent"; },
       "spec.priorityClassName is urgent, not unset"},
      {"gang", [](auto& spec) { spec.gang.schedule_timeout_seconds = 1; }, "spec.gang is not the Workload's"},
  };
  for (const GroupCase& test : cases) {
    api::PodGroup group = scene.group();
    test.edit(group.spec);
    const auto event = ChangedGroup(workload, group, wanted);
    ASSERT_TRUE(event.has_value()) << test.name;
    EXPECT_THAT(event->note, HasSubstr(test.says));
    EXPECT_THAT(event->note, HasSubstr("the operator restores it. Change the Workload instead: kubectl edit"));
    workload.meta.generation += 1;
    EXPECT_FALSE(ChangedGroup(workload, group, wanted).has_value()) << "the Workload itself has changed";
    workload.meta.generation -= 1;
  }
}

TEST(Hands, AGroupDeletedByHandIsToldWhenAllWereThere) {
  api::Workload workload = Decoded(Mixed());
  workload.status.observed_generation = workload.meta.generation;
  EXPECT_FALSE(DeletedGroup(workload, 0).has_value()) << "it was never made";
  workload.status.replicas = 1;
  const auto event = DeletedGroup(workload, 0);
  ASSERT_TRUE(event.has_value());
  EXPECT_EQ(
      event->note,
      "PodGroup mix-0 was deleted by another client: the operator creates it again. For fewer groups: kubectl scale "
      "workloads.muster.dev mix -n ml --replicas=N");
}

}  // namespace
}  // namespace muster::core
