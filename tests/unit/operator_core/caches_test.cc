// What a reconcile reads of the caches, and whom a change in them wakes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/engine/store.h"
#include "lib/json/text.h"
#include "operator/core/observe.h"
#include "operator/core/routes.h"
#include "tests/unit/operator_core/scene.h"

namespace muster::core {
namespace {

using sim::MakeWorkload;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

template <class T>
std::vector<typename engine::Store<T>::Index> ByOwner() {
  return {{kByOwner, OwnerOf<T>}};
}
std::vector<engine::Store<api::Child>::Index> ByOwnerAndGroup() {
  return {{kByOwner, OwnerOf<api::Child>}, {kByGroup, GroupOfChild}};
}

struct Stores {
  engine::Store<api::Workload> workloads;
  engine::Store<api::PodGroup> groups{ByOwner<api::PodGroup>()};
  engine::Store<Revision> revisions{ByOwner<Revision>()};
  std::vector<std::unique_ptr<engine::Store<api::Child>>> children;  // Jobs, StatefulSets, others
  engine::Store<api::Pod> pods{{{kByGroup, GroupOfPod}, {kByOwner, OwnerOf<api::Pod>}}};
  engine::Store<api::PriorityClass> priority_classes;
  engine::Store<api::CreationFailure> creation_failures{{{kByObject, ObjectOfFailure}}};
  engine::Store<api::ResourceQuota> resource_quotas{{{kByNamespace, NamespaceOf<api::ResourceQuota>}}};
  engine::Store<api::LimitRange> limit_ranges{{{kByNamespace, NamespaceOf<api::LimitRange>}}};

  Stores() {
    for (int i = 0; i < 4; ++i) {
      children.push_back(std::make_unique<engine::Store<api::Child>>(ByOwnerAndGroup()));
    }
  }
};

struct Woken {
  std::vector<std::string>& names;
  void Workload(const api::Key& key) const { names.push_back("workload " + key.Text()); }
  void Group(const api::Key& key) const { names.push_back("group " + key.Text()); }
  void GroupAfter(const api::Key& key, Duration delay) const {
    names.push_back("group " + key.Text() + " after " + std::to_string(delay.count()));
  }
};

class CachesTest : public ::testing::Test {
 protected:
  CachesTest() {
    workload_ = std::make_shared<const api::Workload>(Decoded(Mixed()));
    caches_.workloads.Put(workload_);
    caches_.revisions.Put(scene_.observed().revision);
    for (const auto& child : scene_.observed().children) {
      caches_.children[child->kind == api::RoleKind::kJob ? 0 : 1]->Put(child);
    }
    for (const auto& pod : scene_.observed().pods) caches_.pods.Put(pod);
    PutGroup();
  }

  static json::Value Mixed() { return MakeWorkload("mix").Job("j", 2).StatefulSet("s", 2).Build(); }
  void PutGroup() {
    group_ = std::make_shared<const api::PodGroup>(scene_.group());
    caches_.groups.Put(group_);
  }
  void PutClass(const std::string& name, int64_t value, bool global_default) {
    api::PriorityClass of{.value = value, .global_default = global_default};
    of.meta.name = name;
    caches_.priority_classes.Put(std::make_shared<const api::PriorityClass>(std::move(of)));
  }
  void PutFailure(const std::string& name, const std::string& message, Instant last_seen) {
    api::CreationFailure failure{
        .kind = "Job", .object = {"ml", "mix-0-j"}, .message = message, .last_seen = last_seen};
    failure.meta = {.ns = "ml", .name = name};
    caches_.creation_failures.Put(std::make_shared<const api::CreationFailure>(std::move(failure)));
  }

  template <class T>
  std::vector<std::string> Wake(const std::shared_ptr<const T>& before, const std::shared_ptr<const T>& after) {
    std::vector<std::string> names;
    Route(caches_, before, after, Woken{names});
    return names;
  }

  Scene scene_ = RunningScene(Mixed());
  Stores caches_;
  std::shared_ptr<const api::Workload> workload_;
  std::shared_ptr<const api::PodGroup> group_;
};

TEST_F(CachesTest, AGroupIsObservedWithAllThatIsItsOwn) {
  auto other = *scene_.observed().pods.front();
  other.meta.name = "other";
  other.group = "mix-1";
  other.meta.owner->name = "mix-1-j";
  other.meta.owner->uid = "uid-of-another";
  caches_.pods.Put(std::make_shared<const api::Pod>(other));
  const ObservedGroup observed = ObserveGroup(caches_, group_);
  EXPECT_EQ(observed.group, group_);
  EXPECT_EQ(observed.revision, scene_.observed().revision);
  EXPECT_EQ(observed.children.size(), 2U);
  EXPECT_EQ(observed.pods.size(), 4U);
  EXPECT_EQ(observed.priority, 0);
  EXPECT_THAT(observed.pods_refused, IsEmpty());
}

TEST_F(CachesTest, TheGlobalDefaultIsThePriorityOfThoseWhoNameNone) {
  PutClass("low", -5, false);
  PutClass("usual", 7, true);
  EXPECT_EQ(ObserveGroup(caches_, group_).priority, 7);
  scene_.group().spec.priority_class_name = "low";
  PutGroup();
  EXPECT_EQ(ObserveGroup(caches_, group_).priority, -5);
  scene_.group().spec.priority_class_name = "none";
  PutGroup();
  EXPECT_FALSE(ObserveGroup(caches_, group_).priority.has_value());
}

// The API server checks the classes of pods: a Workload must not come before others by a class that its pods do not
// have.
TEST_F(CachesTest, AClassOfATemplateThatIsLessOrdersTheGroup) {
  PutClass("low", -5, false);
  PutClass("high", 9, false);
  PutClass("system-node-critical", 2000001000, false);
  scene_.group().spec.priority_class_name = "system-node-critical";
  PutGroup();
  EXPECT_EQ(ObserveGroup(caches_, group_).priority, 2000001000);
  const auto with_class = [&](size_t role, const std::string& name) {
    auto revision = std::make_shared<Revision>(*caches_.revisions.Get({"ml", group_->spec.revision}));
    auto shape = std::make_shared<api::PodShape>(*revision->roles[role].shape.shape);
    shape->priority_class_name = name;
    revision->roles[role].shape.shape = shape;
    caches_.revisions.Put(revision);
  };
  with_class(1, "high");
  EXPECT_EQ(ObserveGroup(caches_, group_).priority, 9);
  with_class(0, "low");
  EXPECT_EQ(ObserveGroup(caches_, group_).priority, -5);
  with_class(0, "system-node-critical");
  EXPECT_EQ(ObserveGroup(caches_, group_).priority, 9);
}

TEST_F(CachesTest, TheNewestWordSinceTheAdmissionSaysWhyPodsCannotBeMade) {
  PutFailure("a", "earlier", At(-100));
  EXPECT_THAT(ObserveGroup(caches_, group_).pods_refused, IsEmpty());
  PutFailure("b", "newest", At(20));
  PutFailure("c", "older", At(10));
  EXPECT_EQ(ObserveGroup(caches_, group_).pods_refused.at("j").message, "newest");
  scene_.group().status.conditions.clear();
  PutGroup();
  EXPECT_THAT(ObserveGroup(caches_, group_).pods_refused, IsEmpty()) << "it is not admitted";
}

TEST_F(CachesTest, AWorkloadIsObservedWithTheChildrenThatAreToBeChanged) {
  const ObservedWorkload same = ObserveWorkload(caches_, workload_);
  EXPECT_THAT(same.groups, ElementsAre(group_));
  EXPECT_THAT(same.children, IsEmpty());
  const json::Value changed = MakeWorkload("mix").Job("j", 2).StatefulSet("s", 3).Build();
  const ObservedWorkload other = ObserveWorkload(caches_, std::make_shared<const api::Workload>(Decoded(changed)));
  ASSERT_TRUE(other.children.contains("mix-0"));
  EXPECT_EQ(other.children.at("mix-0").size(), 2U);
}

TEST_F(CachesTest, GroupsComeByTheirIndex) {
  for (const int64_t index : {10, 2}) {
    api::PodGroup group = *group_;
    group.meta.name = "mix-" + std::to_string(index);
    group.spec.index = index;
    caches_.groups.Put(std::make_shared<const api::PodGroup>(std::move(group)));
  }
  const auto groups = GroupsOf(caches_, *workload_);
  ASSERT_EQ(groups.size(), 3U);
  EXPECT_EQ(groups[1]->spec.index, 2);
  EXPECT_EQ(groups[2]->spec.index, 10);
}

TEST_F(CachesTest, AChangeWakesWhomItConcerns) {
  const std::shared_ptr<const api::Workload> no_workload;
  EXPECT_THAT(Wake(workload_, no_workload), ElementsAre("workload ml/mix"));
  EXPECT_THAT(Wake(group_, group_), ElementsAre("group ml/mix-0", "workload ml/mix"));
  const std::shared_ptr<const api::Child> no_child;
  EXPECT_THAT(Wake(no_child, scene_.observed().children[0]), ElementsAre("group ml/mix-0"));
  EXPECT_THAT(Wake(scene_.observed().children[0], no_child), ElementsAre("group ml/mix-0"));
  api::Child foreign = *scene_.observed().children[0];
  foreign.meta.owner = api::OwnerRef{"Deployment", "web", "uid-d", "apps"};
  EXPECT_THAT(Wake(no_child, std::make_shared<const api::Child>(foreign)), ElementsAre("group ml/mix-0"))
      << "the group whose label it carries reports it";
  foreign.meta.labels.clear();
  EXPECT_THAT(Wake(no_child, std::make_shared<const api::Child>(foreign)), IsEmpty());
}

TEST_F(CachesTest, ARevisionWakesItsWorkloadAndTheGroupsThatNameIt) {
  Revision revision = *scene_.observed().revision;
  revision.meta.owner = api::OwnerRef{"Workload", "mix", "uid-w", "muster.dev"};
  const auto owned = std::make_shared<const Revision>(revision);
  EXPECT_THAT(Wake(std::shared_ptr<const Revision>(), owned), ElementsAre("workload ml/mix", "group ml/mix-0"));
  revision.meta.name = "mix-other";
  EXPECT_THAT(Wake(std::shared_ptr<const Revision>(), std::make_shared<const Revision>(revision)),
              ElementsAre("workload ml/mix"));
}

TEST_F(CachesTest, PodsWakeTheirGroupTogetherAndOneThatIsTakenAwayBothItsOldAndItsNew) {
  const auto& pod = scene_.observed().pods.front();
  const std::shared_ptr<const api::Pod> none;
  EXPECT_THAT(Wake(none, pod), ElementsAre("group ml/mix-0 after 20"));
  EXPECT_THAT(Wake(pod, pod), IsEmpty()) << "nothing has changed";
  api::Pod moved = *pod;
  moved.group = "mix-1";
  EXPECT_THAT(Wake(pod, std::make_shared<const api::Pod>(moved)),
              ElementsAre("group ml/mix-0 after 20", "group ml/mix-1 after 20", "group ml/mix-0 after 20"))
      << "its controller is a child of mix-0, whatever its label says";
  moved.group.clear();
  EXPECT_THAT(Wake(pod, std::make_shared<const api::Pod>(moved)), ElementsAre("group ml/mix-0 after 20"));
}

TEST_F(CachesTest, APriorityClassConcernsAllAndAFailureItsGroup) {
  const std::shared_ptr<const api::PriorityClass> no_class;
  EXPECT_THAT(Wake(no_class, no_class), ElementsAre("group ml/mix-0"));
  PutFailure("a", "quota", At(20));
  const auto failure = caches_.creation_failures.Get({"ml", "a"});
  EXPECT_THAT(Wake(std::shared_ptr<const api::CreationFailure>(), failure), ElementsAre("group ml/mix-0"));
  EXPECT_THAT(Wake(failure, std::shared_ptr<const api::CreationFailure>()), IsEmpty()) << "Events expire";
}

json::Value RuleDocument(const std::string& name, const std::string& spec) {
  return json::Parse(R"({"metadata":{"namespace":"ml","uid":"u","name":")" + name + R"("},"spec":)" + spec + "}")
      .value();
}

TEST_F(CachesTest, TheRulesOfItsNamespaceAreCountedOrNamed) {
  const ObservedGroup without = ObserveGroup(caches_, group_);
  EXPECT_THAT(without.not_considered, IsEmpty());
  caches_.resource_quotas.Put(std::make_shared<const api::ResourceQuota>(
      api::DecodeQuotaRule(RuleDocument("team", R"({"hard":{"pods":"3"}})")).value()));
  caches_.limit_ranges.Put(std::make_shared<const api::LimitRange>(
      api::DecodeLimitRange(RuleDocument("range", R"({"limits":[{"type":"Container","defaultRequest":{"cpu":"3"}}]})"))
          .value()));
  const ObservedGroup with = ObserveGroup(caches_, group_);
  EXPECT_THAT(with.not_considered,
              ElementsAre("quota team (3 pods in all, 4 requested)", "limit range range beyond its default requests"));
  ASSERT_EQ(with.revision->roles.size(), 2U);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(with.revision->roles[i].hash, without.revision->roles[i].hash);
  }
  api::LimitRange other = *caches_.limit_ranges.ByIndex(kByNamespace, "ml").front();
  other.meta.ns = "other";
  EXPECT_THAT(Wake<api::LimitRange>(nullptr, std::make_shared<const api::LimitRange>(other)), IsEmpty());
}

TEST_F(CachesTest, ARuleThatChangesWakesTheGroupsOfItsNamespace) {
  const auto quota = std::make_shared<const api::ResourceQuota>(
      api::DecodeQuotaRule(RuleDocument("team", R"({"hard":{"pods":"3"}})")).value());
  auto raised = std::make_shared<api::ResourceQuota>(*quota);
  EXPECT_THAT(Wake<api::ResourceQuota>(nullptr, quota), ElementsAre("group ml/mix-0"));
  EXPECT_THAT(Wake<api::ResourceQuota>(quota, raised), IsEmpty());
  raised->hard["pods"] = 4;
  EXPECT_THAT(Wake<api::ResourceQuota>(quota, raised), ElementsAre("group ml/mix-0"));
}

TEST_F(CachesTest, AGroupPreemptsBelowTheLowestOfItsPodsUnlessOneOfThemNeverDoes) {
  EXPECT_EQ(ObserveGroup(caches_, group_).preempts_below, 0);
  PutClass("high", 7, false);
  scene_.group().spec.priority_class_name = "high";
  PutGroup();
  EXPECT_EQ(ObserveGroup(caches_, group_).preempts_below, 7);
  api::PriorityClass never{.value = 7, .preempts = false};
  never.meta.name = "high";
  caches_.priority_classes.Put(std::make_shared<const api::PriorityClass>(std::move(never)));
  EXPECT_EQ(ObserveGroup(caches_, group_).preempts_below, std::nullopt);
}

}  // namespace
}  // namespace muster::core
