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

// ---- Members that will never exist

struct IndexCase {
  const char* name;
  int64_t parallelism;
  int64_t completions;
  int64_t min_available;  // 0: unset
  int64_t succeeded;
  const char* failed_indexes;
  const char* condition;
  const char* desired_and_needed;
};

class FailedIndexes : public ::testing::TestWithParam<IndexCase> {};

TEST_P(FailedIndexes, AreNoMembers) {
  const IndexCase& test = GetParam();
  json::Value role = sim::RoleOf("w", api::RoleKind::kJob,
                                 json::Object{{"parallelism", test.parallelism},
                                              {"completions", test.completions},
                                              {"completionMode", "Indexed"},
                                              {"backoffLimitPerIndex", 0},
                                              {"template", sim::PodTemplate()}});
  if (test.min_available > 0) role.Set("minAvailable", test.min_available);
  Scene scene(MakeWorkload("train").Role(role).Build());
  scene.Child("w", Hold::kReleased, [&](json::Value& job) {
    SetStatus(job, test.succeeded, 1, test.condition);
    job.Mutable("status").Set("failedIndexes", test.failed_indexes);
  });
  EXPECT_EQ(Counted(scene).substr(0, 3), test.desired_and_needed);
}

INSTANTIATE_TEST_SUITE_P(All, FailedIndexes,
                         ::testing::Values(IndexCase{"None", 4, 4, 0, 0, "", "", "4/4"},
                                           IndexCase{"One", 4, 4, 0, 0, "0", "", "3/3"},
                                           IndexCase{"Intervals", 9, 9, 0, 1, "0,3-5,7", "", "3/3"},
                                           IndexCase{"MoreAreLeftThanRunAtOnce", 2, 9, 0, 0, "0-3", "", "2/2"},
                                           IndexCase{"TheLastOnes", 2, 9, 0, 4, "0-3", "", "1/1"},
                                           IndexCase{"AllHaveFailed", 4, 4, 0, 0, "0-3", "", "0/0"},
                                           IndexCase{"WithinMinAvailable", 4, 4, 3, 0, "1", "", "3/3"},
                                           IndexCase{"BeyondMinAvailable", 4, 4, 3, 0, "1,2", "", "2/2"},
                                           IndexCase{"NoList", 4, 4, 0, 0, "x,-,3-1,9-", "", "4/4"},
                                           IndexCase{"ItEndsEarly", 4, 4, 0, 1, "", "SuccessCriteriaMet", "0/0"},
                                           IndexCase{"ItIsFailing", 4, 4, 0, 1, "", "FailureTarget", "0/0"}),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(PausedJob, IsOneOfParallelismZeroWithWorkLeft) {
  const auto paused = [](const json::Value& size) {
    json::Value spec = size;
    spec.Set("template", sim::PodTemplate());
    Scene scene(MakeWorkload("train").Role(sim::RoleOf("w", api::RoleKind::kJob, spec)).Build());
    return IsPausedJob(CountMembers(scene.revision(), {}, {}, {}).at(0));
  };
  EXPECT_TRUE(paused(json::Object{{"parallelism", 0}, {"completions", 3}}));
  EXPECT_TRUE(paused(json::Object{{"parallelism", 0}}));
  EXPECT_FALSE(paused(json::Object{{"parallelism", 0}, {"completions", 0}}));
  EXPECT_FALSE(paused(json::Object{{"parallelism", 1}, {"completions", 3}}));
  EXPECT_FALSE(paused(json::Object{{"completions", 3}}));
}

TEST(Unplaced, IsToldInTheWordsOfKubeScheduler) {
  Scene scene(MakeWorkload("train").Job("w", 3).Build());
  scene.Child("w", Hold::kReleased).Pods("w", 1).Pods("w", 1, {.node = "", .phase = PodPhase::kPending});
  const auto why = [&] {
    return WhyUnplaced(CountMembers(scene.revision(), scene.observed().children, scene.observed().pods, {}).at(0));
  };
  EXPECT_EQ(why(), "") << "it has not been considered yet";
  scene.Pods("w", 1, {.node = "", .ready = false, .phase = PodPhase::kPending, .problem = "Unschedulable: no room"});
  EXPECT_NE(why().find("has no node: Unschedulable: no room"), std::string::npos) << why();
}

TEST(Unplaced, NamesTheVolumesThatItWaitsFor) {
  json::Value set = sim::ReplicatedSpec(1);
  set.Set("volumeClaimTemplates", json::Array{json::Object{{"metadata", json::Object{{"name", "data"}}}}});
  Scene scene(MakeWorkload("train").Role(sim::RoleOf("db", api::RoleKind::kStatefulSet, set)).Build());
  scene.Child("db", Hold::kReleased).Pods("db", 1, {.node = "", .ready = false, .phase = PodPhase::kPending});
  const auto members = CountMembers(scene.revision(), scene.observed().children, scene.observed().pods, {});
  EXPECT_NE(WhyUnplaced(members.at(0)).find("its volumes are bound"), std::string::npos);
}

}  // namespace
}  // namespace muster::core
