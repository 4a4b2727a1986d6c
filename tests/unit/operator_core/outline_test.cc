// Bodies of roles are in no cache. A plan that is made from outlines sends, after one read, exactly what a plan made
// from whole roles sends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/json/text.h"
#include "operator/core/execution.h"
#include "operator/core/render.h"
#include "operator/core/workload.h"
#include "tests/unit/operator_core/scene.h"

namespace muster::core {
namespace {

using sim::MakeWorkload;
using ::testing::HasSubstr;

json::Value Stored(const api::Workload& workload, const std::string& uid) {
  json::Value object = EncodeRevision(workload, WantRevision(workload), 1);
  object.Mutable("metadata").Set("uid", uid);
  return object;
}

json::Value TrainWithEverything() {
  return MakeWorkload("train").Job("j", 2).StatefulSet("s", 1).Deployment("d", 3).ReplicaSet("r", 1).Build();
}

// All requests of the plan, as text; reads are answered with `source`, writes with an object of a uid.
std::string Requests(const Plan& plan, const json::Value& source, int* reads = nullptr) {
  Execution execution(plan, {.key = {"ml", "x"}, .resource = api::kPodGroups, .uid = "uid-g"}, nullptr);
  std::string all;
  while (!execution.Over()) {
    if (execution.event() != nullptr) {
      execution.Emitted();
      continue;
    }
    const Request request = execution.request();
    if (request.verb == Request::Verb::kGet) {
      if (reads != nullptr) ++*reads;
      execution.OnAnswer(source);
      continue;
    }
    all += request.key.Text() + " " + (request.object != nullptr ? json::Write(*request.object) : "") +
           json::Write(json::Value(request.operations)) + "\n";
    execution.OnAnswer(json::Value(json::Object{{"metadata", json::Object{{"uid", "u"}}}}));
  }
  if (execution.failure()) all += "failed: " + execution.failure()->error.message;
  return all;
}

TEST(Outlines, AGroupsChildrenAreMadeAsFromWholeRolesAfterOneRead) {
  const json::Value workload = TrainWithEverything();
  Scene whole(workload);
  const json::Value stored = Stored(Decoded(workload), whole.revision().meta.uid);
  Scene outlined(workload);
  outlined.observed().revision = std::make_shared<const Revision>(*DecodeRevisionOutline(stored));
  EXPECT_EQ(outlined.revision().digest, whole.revision().digest);
  const GroupStep from_whole = whole.Reconcile(At(1));
  const GroupStep from_outline = outlined.Reconcile(At(1));
  EXPECT_EQ(Describe(from_outline.plan), Describe(from_whole.plan));
  int reads = 0;
  const std::string sent = Requests(from_outline.plan, stored, &reads);
  EXPECT_EQ(sent, Requests(from_whole.plan, {}));
  EXPECT_THAT(sent, HasSubstr("\"template\""));
  EXPECT_EQ(reads, 1);
}

TEST(Outlines, AChildIsChangedAsFromWholeRoles) {
  const json::Value workload = TrainWithEverything();
  Scene scene(workload);
  const json::Value stored = Stored(Decoded(workload), scene.revision().meta.uid);
  const auto group = std::make_shared<const api::PodGroup>(scene.group());
  const auto outline = std::make_shared<const Revision>(*DecodeRevisionOutline(stored));
  const auto whole = std::make_shared<const Revision>(scene.revision());
  for (size_t i = 1; i < outline->roles.size(); ++i) {
    api::Child child;
    child.kind = outline->roles[i].role.kind;
    child.meta = {.ns = "ml", .name = "c", .uid = "uid-c"};
    Plan from_outline;
    from_outline.Add(ChangeChild({group, outline, outline->roles[i]}, child, Mode::kReal), {});
    Plan from_whole;
    from_whole.Add(ChangeChild({group, whole, whole->roles[i]}, child, Mode::kReal), {});
    EXPECT_EQ(Requests(from_outline, stored), Requests(from_whole, {}));
    EXPECT_THAT(Requests(from_outline, stored), HasSubstr("\"/spec\""));
  }
}

TEST(Outlines, ARevisionIsMadeFromTheWorkloadAsRead) {
  json::Value object = TrainWithEverything();
  const api::Workload decoded = Decoded(object);
  object.Mutable("metadata").Set("uid", decoded.meta.uid);
  const auto digest = std::make_shared<const api::Workload>(*DecodeWorkloadDigest(object));
  EXPECT_TRUE(digest->spec.roles.empty());
  const WantedRevision wanted = WantRevision(*digest);
  EXPECT_EQ(wanted.name, WantRevision(decoded).name);
  Plan plan;
  plan.Add(CreateRevision(digest, wanted, 1), {});
  EXPECT_THAT(Requests(plan, object), HasSubstr(json::Write(WantRevision(decoded).data)));
  // Meanwhile changed: the cache is about to bring it.
  json::Value changed = object;
  changed.Mutable("spec").Set("priorityClassName", "high");
  EXPECT_THAT(Requests(plan, changed), HasSubstr("failed: Workload ml/train has changed"));
  changed = object;
  changed.Mutable("metadata").Set("uid", "another");
  EXPECT_THAT(Requests(plan, changed), HasSubstr("failed: Workload ml/train has changed"));
}

TEST(Outlines, AnotherRevisionOfThatNameIsNotUsed) {
  const json::Value workload = TrainWithEverything();
  Scene scene(workload);
  const json::Value stored = Stored(Decoded(workload), "uid-r1");
  scene.observed().revision = std::make_shared<const Revision>(*DecodeRevisionOutline(stored));
  const Plan plan = scene.Reconcile(At(1)).plan;
  json::Value other = stored;
  other.Mutable("metadata").Set("uid", "another");
  EXPECT_THAT(Requests(plan, other), HasSubstr("failed: ControllerRevision"));
  EXPECT_THAT(Requests(plan, {}), HasSubstr("failed: "));
}

TEST(LargeWorkloads, AreReportedAndTheirRolesAreNotKept) {
  json::Value object = MakeWorkload("big").Job("j", 2).Build();
  json::Value& role = object.Mutable("spec").Mutable("roles").MutableItems()[0];
  role.Mutable("job").Mutable("metadata").Mutable("annotations").Set("a", std::string(api::kRolesBytesMax, 'x'));
  object.Mutable("metadata").Set("uid", "u");
  const auto workload = DecodeWorkloadDigest(object);
  ASSERT_TRUE(workload.has_value());
  EXPECT_TRUE(workload->spec.roles.empty());
  EXPECT_THAT(workload->unreadable, HasSubstr("spec.roles is 262"));
  EXPECT_THAT(workload->unreadable, HasSubstr(" bytes; at most 262144 bytes of roles are allowed: move what is large"));
  ObservedWorkload observed{.workload = std::make_shared<const api::Workload>(*workload)};
  const std::string plan = Describe(ReconcileWorkload(observed, At(1), {}));
  EXPECT_EQ(plan, "status Workload ml/big\n") << "no revision, no group";
  // So large that it was read without its roles.
  object.Set(json::kTooLarge, 2'000'000);
  EXPECT_THAT(DecodeWorkloadDigest(object)->unreadable, HasSubstr("the object is 2000000 bytes; at most 262144"));
}

TEST(LargeWorkloads, OfAThousandGroupsAreMadeInSeveralVisits) {
  const json::Value object = MakeWorkload("many").Replicas(1000).Job("j", 1).Build();
  ObservedWorkload observed{.workload = std::make_shared<const api::Workload>(Decoded(object))};
  observed.revisions = {RevisionOf(object)};
  const Plan plan = ReconcileWorkload(observed, At(1), {});
  EXPECT_LE(plan.steps.size(), 40U);
  EXPECT_THAT(Describe(plan), HasSubstr("create PodGroup ml/many-0\n"));
  EXPECT_EQ(plan.wake_up, At(1));
  EXPECT_GT(plan.left_out.size(), 900U) << "so that a refusal is remembered until it is tried again";
}

}  // namespace
}  // namespace muster::core
