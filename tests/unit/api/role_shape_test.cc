#include "lib/api/role_shape.h"

#include <gtest/gtest.h>

#include "lib/json/text.h"

namespace muster::api {
namespace {

Role MakeRole(RoleKind kind, std::string_view spec, std::optional<int64_t> min_available = std::nullopt) {
  Role role;
  role.name = "workers";
  role.kind = kind;
  role.min_available = min_available;
  role.body = json::Object{{"spec", json::Parse(spec).value()}};
  return role;
}

struct SizeCase {
  RoleKind kind;
  const char* spec;
  int64_t succeeded;
  int64_t members;
};

TEST(RoleShape, CountsMembersAsTheBuiltInDoes) {
  const SizeCase cases[] = {
      {RoleKind::kDeployment, "{}", 0, 1},
      {RoleKind::kDeployment, R"({"replicas":3})", 0, 3},
      {RoleKind::kReplicaSet, R"({"replicas":0})", 0, 0},
      {RoleKind::kStatefulSet, R"({"replicas":null})", 0, 1},
      {RoleKind::kJob, "{}", 0, 1},
      {RoleKind::kJob, "{}", 1, 0},
      {RoleKind::kJob, R"({"completions":5})", 0, 1},
      {RoleKind::kJob, R"({"parallelism":4,"completions":10})", 0, 4},
      {RoleKind::kJob, R"({"parallelism":4,"completions":10})", 8, 2},
      {RoleKind::kJob, R"({"parallelism":4,"completions":10})", 12, 0},
      {RoleKind::kJob, R"({"parallelism":8,"completions":2})", 0, 2},
      {RoleKind::kJob, R"({"parallelism":4})", 0, 4},
      {RoleKind::kJob, R"({"parallelism":4})", 1, 3},
      {RoleKind::kJob, R"({"parallelism":0,"completions":3})", 0, 0},
  };
  for (const SizeCase& test : cases) {
    const RoleShape shape = ShapeOf(MakeRole(test.kind, test.spec), {.succeeded = test.succeeded});
    EXPECT_EQ(shape.members, test.members) << test.spec << " after " << test.succeeded;
    EXPECT_EQ(shape.gang_size, test.members);
    EXPECT_TRUE(shape.problems.empty()) << test.spec;
    EXPECT_NE(shape.shape, nullptr);
  }
}

TEST(RoleShape, MinAvailableIsTheGang) {
  EXPECT_EQ(ShapeOf(MakeRole(RoleKind::kDeployment, R"({"replicas":5})", 3)).gang_size, 3);
  EXPECT_EQ(ShapeOf(MakeRole(RoleKind::kDeployment, R"({"replicas":5})", 9)).gang_size, 5);
  EXPECT_EQ(ShapeOf(MakeRole(RoleKind::kDeployment, R"({"replicas":5})", -1)).gang_size, 0);
}

struct ProblemCase {
  RoleKind kind;
  const char* spec;
  const char* problem;
};

TEST(RoleShape, SaysWhatCanNeverStart) {
  const ProblemCase cases[] = {
      {RoleKind::kJob, R"({"managedBy":"example.com/x"})",
       "roles[workers].job.spec.managedBy is \"example.com/x\": the built-in controller leaves such a Job alone, so it "
       "would never start; remove the field"},
      {RoleKind::kDeployment, R"({"paused":true})",
       "roles[workers].deployment.spec.paused is true: a paused Deployment makes no pods; remove the field"},
      {RoleKind::kStatefulSet, R"({"podManagementPolicy":"OrderedReady"})",
       "roles[workers].statefulSet.spec.podManagementPolicy is \"OrderedReady\": its pods would start one after the "
       "other, so the group could never start as one; set it to Parallel, or remove it"},
      {RoleKind::kDeployment, R"({"replicas":-1})",
       "roles[workers].deployment.spec.replicas is -1: set it to an integer from 0 to 2147483647"},
      {RoleKind::kReplicaSet, R"({"replicas":"3"})",
       "roles[workers].replicaSet.spec.replicas is \"3\": set it to an integer from 0 to 2147483647"},
      {RoleKind::kJob, R"({"parallelism":99999999999})",
       "roles[workers].job.spec.parallelism is 99999999999: set it to an integer from 0 to 2147483647"},
      {RoleKind::kJob, R"({"template":{"spec":{"containers":[{"resources":{"requests":{"cpu":"1","memory":"2x"}}}]}}})",
       "roles[workers].job.spec.template.spec.containers[0].resources.requests.memory is \"2x\": it is no quantity; "
       "write it like \"2\", \"500m\" or \"64Gi\""},
      {RoleKind::kDeployment,
       R"({"template":{"spec":{"initContainers":[{},{"resources":{"limits":{"nvidia.com/gpu":["4"]}}}]}}})",
       "roles[workers].deployment.spec.template.spec.initContainers[1].resources.limits.nvidia.com/gpu is [\"4\"]: it "
       "is no quantity; write it like \"2\", \"500m\" or \"64Gi\""},
  };
  for (const ProblemCase& test : cases) {
    const RoleShape shape = ShapeOf(MakeRole(test.kind, test.spec));
    ASSERT_EQ(shape.problems.size(), 1U) << test.spec;
    EXPECT_EQ(shape.problems[0], test.problem);
  }
}

TEST(RoleShape, OrderedReadyIsFineWithoutAGangAndManagedByTheBuiltInToo) {
  const Role ordered = MakeRole(RoleKind::kStatefulSet, R"({"podManagementPolicy":"OrderedReady"})");
  EXPECT_TRUE(ShapeOf(ordered, {.gang = false}).problems.empty());
  const Role managed = MakeRole(RoleKind::kJob, R"({"managedBy":"kubernetes.io/job-controller"})");
  EXPECT_TRUE(ShapeOf(managed).problems.empty());
}

TEST(RoleShape, VolumeClaimTemplatesAreNotConsidered) {
  const RoleShape shape = ShapeOf(MakeRole(RoleKind::kStatefulSet, R"({"volumeClaimTemplates":[{}],
      "template":{"spec":{"containers":[{"resources":{"requests":{"cpu":"2"}}}]}}})"));
  EXPECT_EQ(shape.shape->not_considered, std::vector<std::string>{"volume claim templates"});
  EXPECT_EQ(shape.shape->requests.Get("cpu"), 2000);
}

}  // namespace
}  // namespace muster::api
