// Members counted from pods: what a role should have, what it has, and when its Job has ended.
#include <gtest/gtest.h>

#include "tests/unit/operator_core/scene.h"

namespace muster::core {
namespace {

using api::PodPhase;
using sim::MakeWorkload;

// "desired/needed live/created/scheduled/ready succeeded/failed result"
std::string Counted(Scene& scene, const std::vector<api::RoleStatus>& recorded = {}) {
  const auto all = CountMembers(scene.revision(), scene.observed().children, scene.observed().pods, recorded);
  const RoleMembers& m = all.at(0);
  return std::to_string(m.desired) + "/" + std::to_string(m.needed) + " " + std::to_string(m.live) + "/" +
         std::to_string(m.created) + "/" + std::to_string(m.scheduled) + "/" + std::to_string(m.ready) + " " +
         std::to_string(m.succeeded) + "/" + std::to_string(m.failed) + " " + m.result;
}

void SetStatus(json::Value& job, int64_t succeeded, int64_t failed, const std::string& condition = {}) {
  job.Mutable("status").Set("succeeded", succeeded);
  job.Mutable("status").Set("failed", failed);
  if (condition.empty()) return;
  job.Mutable("status").Set("conditions", json::Array{json::Object{{"type", condition}, {"status", "True"}}});
}

struct JobCase {
  const char* name;
  json::Object size;  // of the spec
  int64_t succeeded;
  int64_t pods_running;
  const char* condition;
  const char* counted;
};

class JobMembers : public ::testing::TestWithParam<JobCase> {};

TEST_P(JobMembers, ShrinkAsTheJobCompletes) {
  json::Value spec = GetParam().size;
  spec.Set("template", sim::PodTemplate());
  Scene scene(MakeWorkload("train").Role(sim::RoleOf("w", api::RoleKind::kJob, spec)).Build());
  scene.Child("w", Hold::kReleased,
              [](json::Value& job) { SetStatus(job, GetParam().succeeded, 0, GetParam().condition); });
  scene.Pods("w", GetParam().pods_running);
  EXPECT_EQ(Counted(scene), GetParam().counted);
}

INSTANTIATE_TEST_SUITE_P(
    All, JobMembers,
    ::testing::Values(
        JobCase{"NothingGiven", {}, 0, 1, "", "1/1 1/1/1/1 0/0 "},
        JobCase{"AtOnce", {{"parallelism", 4}, {"completions", 4}}, 0, 4, "", "4/4 4/4/4/4 0/0 "},
        JobCase{"OneIsDone", {{"parallelism", 4}, {"completions", 4}}, 1, 3, "", "3/3 3/3/3/3 1/0 "},
        JobCase{"InShifts", {{"parallelism", 4}, {"completions", 10}}, 5, 4, "", "4/4 4/4/4/4 5/0 "},
        JobCase{"TheLastShift", {{"parallelism", 4}, {"completions", 10}}, 8, 2, "", "2/2 2/2/2/2 8/0 "},
        JobCase{"NoParallelism", {{"completions", 3}}, 1, 1, "", "1/1 1/1/1/1 1/0 "},
        JobCase{"WorkQueue", {{"parallelism", 4}}, 0, 4, "", "4/4 4/4/4/4 0/0 "},
        JobCase{"WorkQueueEnds", {{"parallelism", 4}}, 1, 3, "", "3/3 3/3/3/3 1/0 "},
        JobCase{"Complete", {{"parallelism", 2}, {"completions", 2}}, 2, 0, "Complete", "0/0 0/0/0/0 2/0 Succeeded"},
        JobCase{"Failed", {{"parallelism", 2}, {"completions", 2}}, 1, 0, "Failed", "0/0 0/0/0/0 1/0 Failed"}),
    [](const auto& test) { return test.param.name; });

TEST(Members, APodThatHasSucceededIsMissedByNobodyBeforeItsJobSaysSo) {
  Scene scene(MakeWorkload("train").Job("w", 3).Build());
  scene.Child("w", Hold::kReleased).Pods("w", 2).Pods("w", 1, {.phase = PodPhase::kSucceeded});
  EXPECT_EQ(Counted(scene), "2/2 2/2/2/2 1/0 ");
}

TEST(Members, AJobThatIsGoneIsWhatWasRecordedOfIt) {
  Scene scene(MakeWorkload("train").Job("w", 3).Build());
  EXPECT_EQ(Counted(scene, {{.name = "w", .succeeded = 3, .failed = 1, .result = "Succeeded"}}),
            "0/0 0/0/0/0 3/1 Succeeded");
}

TEST(Members, AFinishedJobOfAnotherRevisionIsNoResult) {
  Scene scene(MakeWorkload("train").Job("w", 3).Build());
  scene.Child("w", Hold::kReleased, [](json::Value& job) { SetStatus(job, 3, 0, "Complete"); });
  scene.Change(MakeWorkload("train").Job("w", 4).Build());
  EXPECT_EQ(Counted(scene), "4/4 0/0/0/0 0/0 ");
}

TEST(Members, PodsInEveryState) {
  Scene scene(MakeWorkload("web").StatefulSet("s", 6).Build());
  scene.Pods("s", 2)
      .Pods("s", 1, {.ready = false})
      .Pods("s", 1, {.node = ""})
      .Pods("s", 1, {.deleted = At(5)})
      .Pods("s", 1, {.phase = PodPhase::kFailed})
      .Pods("other", 3);
  EXPECT_EQ(Counted(scene), "6/6 5/4/3/2 0/1 ");
}

TEST(Members, MinAvailableOfAJobShrinksWithIt) {
  json::Value workload = MakeWorkload("train").Job("w", 4).Build();
  workload.Mutable("spec").Mutable("roles").MutableItems()[0].Set("minAvailable", 3);
  Scene scene(workload);
  EXPECT_EQ(Counted(scene), "4/3 0/0/0/0 0/0 ");
  scene.Child("w", Hold::kReleased, [](json::Value& job) { SetStatus(job, 2, 0); });
  EXPECT_EQ(Counted(scene), "2/1 0/0/0/0 2/0 ");
}

TEST(Members, TheFirstProblemIsKeptWithItsPod) {
  Scene scene(MakeWorkload("web").StatefulSet("s", 3).Build());
  scene.Pods("s", 1)
      .Pods("s", 1, {.node = "", .problem = "Unschedulable: no"})
      .Pods("s", 1, {.node = "", .problem = "x"});
  const auto all = CountMembers(scene.revision(), {}, scene.observed().pods, {});
  EXPECT_EQ(all[0].problem, "Unschedulable: no");
  EXPECT_EQ(all[0].problem_pod, "s-1");
}

}  // namespace
}  // namespace muster::core
