// Who is a member of a group when objects are forged, orphaned, or left behind by an earlier child.
#include "operator/core/strangers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "lib/engine/store.h"
#include "operator/core/observe.h"
#include "operator/core/visit.h"
#include "tests/unit/operator_core/scene.h"

namespace muster::core {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// What ObserveGroup reads, of a group with a Job "j" of two pods and a Deployment "d" of two.
struct World {
  template <class T>
  using Store = engine::Store<T>;
  using Children = Store<api::Child>;

  Store<api::Workload> workloads;
  Store<api::PodGroup> groups{{{kByOwner, OwnerOf<api::PodGroup>}}};
  Store<Revision> revisions{{{kByOwner, OwnerOf<Revision>}}};
  std::vector<std::unique_ptr<Children>> children;
  Store<api::Pod> pods{{{kByGroup, GroupOfPod}, {kByOwner, OwnerOf<api::Pod>}}};
  Store<api::PriorityClass> priority_classes;
  Store<api::CreationFailure> creation_failures{{{kByObject, ObjectOfFailure}}};
  Store<api::ResourceQuota> resource_quotas{{{kByNamespace, NamespaceOf<api::ResourceQuota>}}};
  Store<api::LimitRange> limit_ranges{{{kByNamespace, NamespaceOf<api::LimitRange>}}};

  World() {
    for ([[maybe_unused]] const api::RoleKind kind : api::kRoleKinds) {
      children.push_back(std::make_unique<Children>(
          std::vector<Children::Index>{{kByOwner, OwnerOf<api::Child>}, {kByGroup, GroupOfChild}}));
    }
  }
  void Put(const api::Child& child) {
    for (size_t i = 0; i < children.size(); ++i) {
      if (api::kRoleKinds[i] == child.kind) children[i]->Put(std::make_shared<const api::Child>(child));
    }
  }
  void Put(const api::Pod& pod) { pods.Put(std::make_shared<const api::Pod>(pod)); }
};

class Strangers : public ::testing::Test {
 protected:
  Strangers() {
    for (const auto& child : scene_.observed().children) world_.Put(*child);
    api::Child set = *Child("d");
    set.kind = api::RoleKind::kReplicaSet;
    set.meta.owner = api::OwnerRef{"Deployment", "mix-0-d", "uid-d", "apps"};
    set.meta.name = "mix-0-d-5d4f";
    set.meta.uid = "uid-d-5d4f";
    world_.Put(set);
    for (const auto& pod : scene_.observed().pods) world_.Put(*pod);
    world_.revisions.Put(scene_.observed().revision);
    group_ = std::make_shared<const api::PodGroup>(scene_.group());
  }

  std::shared_ptr<const api::Child> Child(const std::string& role) {
    for (const auto& child : scene_.observed().children) {
      if (child->role == role) return child;
    }
    return nullptr;
  }
  // A pod that is in every respect a member of role j.
  api::Pod Member(const std::string& name) {
    api::Pod pod = *scene_.observed().pods.front();
    pod.meta.name = name;
    pod.meta.uid = "uid-" + name;
    return pod;
  }
  ObservedGroup Observe() const { return ObserveGroup(world_, group_); }
  // What a visit sees after what earlier visits have remembered.
  ObservedGroup Visit(Instant now) {
    ObservedGroup observed = Observe();
    RecallMembers(observed, memory_, now);
    ChooseStrangers(observed, memory_, now);
    return observed;
  }

  Scene scene_ = RunningScene(sim::MakeWorkload("mix").Job("j", 2).Deployment("d", 2).Build());
  World world_;
  std::shared_ptr<const api::PodGroup> group_;
  MemberMemory memory_;
};

TEST_F(Strangers, MembersAreThoseWhoseControllerIsAChildOrADeploymentsReplicaSet) {
  const ObservedGroup observed = Observe();
  EXPECT_THAT(observed.children, SizeIs(2));
  EXPECT_THAT(observed.pods, SizeIs(4));
  EXPECT_THAT(observed.stray_pods, IsEmpty());
  EXPECT_THAT(observed.stray_children, IsEmpty());
}

TEST_F(Strangers, AForgedPodIsNoMember) {
  const std::pair<const char*, std::function<void(api::Pod&)>> kForgeries[] = {
      {"no controller", [](api::Pod& pod) { pod.meta.owner.reset(); }},
      {"other kind", [](api::Pod& pod) { pod.meta.owner->kind = "StatefulSet"; }},
      {"other API group", [](api::Pod& pod) { pod.meta.owner->api_group = "example.com"; }},
      {"other name", [](api::Pod& pod) { pod.meta.owner->name = "mix-0-k"; }},
      {"uid of an earlier child", [](api::Pod& pod) { pod.meta.owner->uid = "uid-old"; }},
      {"the group as controller",
       [](api::Pod& pod) {
         pod.meta.owner = api::OwnerRef{"PodGroup", "mix-0", "uid-g", "muster.dev"};
       }},
      {"the Deployment as controller",
       [](api::Pod& pod) {
         pod.meta.owner = api::OwnerRef{"Deployment", "mix-0-d", "uid-d", "apps"};
       }},
  };
  for (const auto& [what, forge] : kForgeries) {
    api::Pod pod = Member("forged");
    forge(pod);
    world_.Put(pod);
    const ObservedGroup observed = Observe();
    EXPECT_THAT(observed.pods, SizeIs(4)) << what;
    EXPECT_THAT(observed.stray_pods, SizeIs(1)) << what;
  }
  world_.pods.Remove({"ml", "forged"});
  api::Pod elsewhere = Member("elsewhere");
  elsewhere.meta.ns = "evil";
  world_.Put(elsewhere);
  EXPECT_THAT(Observe().pods, SizeIs(4)) << "other namespace";
  EXPECT_THAT(Observe().stray_pods, IsEmpty()) << "it is not of this namespace's group";
}

TEST_F(Strangers, AForgedChildIsNoChildAndItsPodsAreNoMembers) {
  const std::pair<const char*, std::function<void(api::Child&)>> kForgeries[] = {
      {"other namespace", [](api::Child& child) { child.meta.ns = "evil"; }},
      {"other kind of owner", [](api::Child& child) { child.meta.owner->kind = "Job"; }},
      {"other API group of owner", [](api::Child& child) { child.meta.owner->api_group = "scheduling.k8s.io"; }},
      {"other name of owner", [](api::Child& child) { child.meta.owner->name = "mix-1"; }},
      {"uid of an earlier owner", [](api::Child& child) { child.meta.owner->uid = "uid-old"; }},
      {"no controller", [](api::Child& child) { child.meta.owner.reset(); }},
      {"other own name", [](api::Child& child) { child.meta.name = "evil"; }},
  };
  for (const auto& [what, forge] : kForgeries) {
    World world;
    world.revisions.Put(scene_.observed().revision);
    api::Child job = *Child("j");
    job.result = api::JobResult::kFailed;
    forge(job);
    world.Put(job);
    api::Pod pod = Member("p");
    pod.meta.ns = job.meta.ns;
    pod.meta.owner->name = job.meta.name;
    world.Put(pod);
    const ObservedGroup observed = ObserveGroup(world, group_);
    EXPECT_THAT(observed.children, IsEmpty()) << what;
    EXPECT_THAT(observed.pods, IsEmpty()) << what;
    EXPECT_EQ(observed.stray_children.size(), job.meta.ns == "ml" ? 1U : 0U) << what;
  }
}

TEST_F(Strangers, AFailedJobOfAnotherNamespaceDoesNotFailTheGroup) {
  api::Child job = *Child("j");
  job.meta.ns = "evil";
  job.result = api::JobResult::kFailed;
  world_.Put(job);
  ObservedGroup observed = Observe();
  observed.last_write = At(2);
  EXPECT_EQ(Describe(ReconcileGroup(observed, At(30), {}).plan), "");
}

TEST_F(Strangers, TheLabelsOfAMemberDoNotDecideWhoseItIs) {
  api::Pod pod = Member("relabelled");
  pod.group = "other-0";
  pod.role = "d";
  world_.Put(pod);
  const ObservedGroup observed = Observe();
  ASSERT_THAT(observed.pods, SizeIs(5));
  for (const auto& member : observed.pods) {
    if (member->meta.name != "relabelled") continue;
    EXPECT_EQ(member->group, "mix-0");
    EXPECT_EQ(member->role, "j");
  }
}

TEST_F(Strangers, AnObjectOfAnotherKindWithTheNameOfAChildDoesNotReplaceIt) {
  api::Child forged = *Child("j");
  forged.kind = api::RoleKind::kDeployment;
  forged.meta.uid = "uid-forged";
  world_.Put(forged);
  const ObservedGroup observed = Observe();
  const auto members = CountMembers(*observed.revision, observed.children, observed.pods, {});
  ASSERT_NE(members[0].child, nullptr);
  EXPECT_EQ(members[0].child->meta.uid, "uid-j");
}

// A pod that is bound counts as scheduled, and what is not scheduled is what the planner keeps room for.
TEST_F(Strangers, AForgedPodTakesNoReservation) {
  for (const auto& pod : scene_.observed().pods) world_.pods.Remove(pod->meta.key());
  api::Pod forged = Member("forged");
  forged.meta.owner.reset();
  world_.Put(forged);
  forged.meta.name = "stale";
  forged.meta.owner = api::OwnerRef{"Job", "mix-0-j", "uid-old", "batch"};
  forged.meta.created = At(60);
  world_.Put(forged);
  Visit(At(30));
  const GroupStep step = ReconcileGroup(Visit(At(61)), At(61), {});
  ASSERT_THAT(step.stance.unbound, SizeIs(2));
  EXPECT_EQ(step.stance.unbound[0].members, 2) << "of role j";
  EXPECT_EQ(step.stance.unbound[1].members, 2) << "of role d";
}

TEST_F(Strangers, FormerMembersOfADeletedChildCountUntilTheyAreGone) {
  Visit(At(10));
  world_.children[3]->Remove({"ml", "mix-0-j"});
  EXPECT_THAT(Visit(At(11)).pods, SizeIs(4));
  for (const auto& pod : scene_.observed().pods) {
    if (pod->role != "j") continue;
    api::Pod orphan = *pod;
    orphan.meta.owner.reset();
    world_.Put(orphan);
  }
  EXPECT_THAT(Visit(At(1000)).pods, SizeIs(4)) << "kubectl delete --cascade=orphan: no other Job runs beside them";
  api::Child again = *Child("j");
  again.meta.uid = "uid-again";
  world_.Put(again);
  EXPECT_THAT(Visit(At(1001)).pods, SizeIs(2)) << "a child is there: they have been waited for long enough";
}

TEST_F(Strangers, AMemberThatLosesItsOwnerWhileTheChildIsThereCountsForALimitedTime) {
  Visit(At(10));
  api::Pod robbed = *scene_.observed().pods.front();
  robbed.meta.owner.reset();
  world_.Put(robbed);
  const ObservedGroup observed = Visit(At(20));
  EXPECT_THAT(observed.pods, SizeIs(4));
  EXPECT_EQ(observed.strangers_change_at, At(20) + kFormerMembersWait);
  EXPECT_THAT(Visit(At(79)).pods, SizeIs(4));
  EXPECT_THAT(Visit(At(80)).pods, SizeIs(3));
}

TEST_F(Strangers, AfterARestartPodsThatResembleMembersCountForALimitedTime) {
  world_.children[3]->Remove({"ml", "mix-0-j"});
  api::Pod later = Member("later");
  later.meta.created = At(20);
  EXPECT_THAT(Visit(At(10)).pods, SizeIs(4));
  world_.Put(later);
  EXPECT_THAT(Visit(At(21)).pods, SizeIs(4)) << "one that is made later is not left behind by anybody";
  EXPECT_THAT(Visit(At(70)).pods, SizeIs(2));
}

TEST_F(Strangers, AreReportedOnceAndTogether) {
  for (const char* name : {"a", "b"}) {
    api::Pod pod = Member(name);
    pod.meta.owner.reset();
    world_.Put(pod);
  }
  EXPECT_EQ(Visit(At(10)).strangers, "");
  EXPECT_EQ(Visit(At(10)).strangers_change_at, At(10) + kStrangeFor);
  const ObservedGroup observed = Visit(At(40));
  EXPECT_EQ(observed.strangers, "Pod a and 1 more");
  EXPECT_EQ(observed.strangers_change_at, std::nullopt);
  EXPECT_THAT(Describe(ReconcileGroup(observed, At(40), {}).plan), HasSubstr("event ForeignObject: ignored Pod a"));
  EXPECT_EQ(Visit(At(50)).strangers, "") << "once";
  api::Pod more = Member("c");
  more.meta.owner.reset();
  world_.Put(more);
  Visit(At(60));
  EXPECT_EQ(Visit(At(100)).strangers, "") << "not before " << kStrangersReportedEvery.count() << " ms have passed";
  EXPECT_EQ(Visit(At(40) + kStrangersReportedEvery).strangers, "Pod c");
}

TEST_F(Strangers, AFloodOfThemIsRememberedInBounds) {
  for (int i = 0; i < 1000; ++i) {
    api::Pod pod = Member("f" + std::to_string(i));
    pod.meta.owner.reset();
    world_.Put(pod);
  }
  Visit(At(10));
  EXPECT_EQ(memory_.strangers.size(), kStrangersRemembered);
  EXPECT_THAT(memory_.members, SizeIs(4));
}

}  // namespace
}  // namespace muster::core
