// Forged identities: each differs in one thing from the real one, and none of them counts.
#include "lib/api/identity.h"

#include <gtest/gtest.h>

#include <functional>

namespace muster::api {
namespace {

ObjectMeta MetaOf(const std::string& name, const std::string& uid) {
  ObjectMeta meta;
  meta.ns = "ml";
  meta.name = name;
  meta.uid = uid;
  return meta;
}

ObjectMeta Controlled(ObjectMeta meta, const Resource& resource, const ObjectMeta& owner) {
  meta.owner = OwnerRef{.kind = std::string(resource.kind),
                        .name = owner.name,
                        .uid = owner.uid,
                        .api_group = std::string(resource.group)};
  return meta;
}

struct Forgery {
  const char* what;
  std::function<void(ObjectMeta& meta)> change;
};

const Forgery kForgeries[] = {
    {"other namespace", [](ObjectMeta& meta) { meta.ns = "evil"; }},
    {"other kind of owner", [](ObjectMeta& meta) { meta.owner->kind = "Deployment"; }},
    {"other API group of owner", [](ObjectMeta& meta) { meta.owner->api_group = "scheduling.k8s.io"; }},
    {"core API group of owner", [](ObjectMeta& meta) { meta.owner->api_group = ""; }},
    {"other name of owner", [](ObjectMeta& meta) { meta.owner->name += "0"; }},
    {"uid of an earlier owner", [](ObjectMeta& meta) { meta.owner->uid = "uid-old"; }},
    {"no controller", [](ObjectMeta& meta) { meta.owner.reset(); }},
};

const Forgery kWrongNames[] = {
    {"other own name", [](ObjectMeta& meta) { meta.name = "evil"; }},
    {"name of another group's", [](ObjectMeta& meta) { meta.name = "train-1-w"; }},
    {"the owner's name alone", [](ObjectMeta& meta) { meta.name = "train-0"; }},
    {"no role in the name", [](ObjectMeta& meta) { meta.name = "train-0-"; }},
};

TEST(Identity, AChildIsNamedByItsGroupInFullAndBearsTheNameOfItsRole) {
  const ObjectMeta group = MetaOf("train-0", "uid-g");
  const ObjectMeta child = Controlled(MetaOf("train-0-w", "uid-c"), kPodGroups, group);
  EXPECT_EQ(RoleOfChild(group, child), "w");
  EXPECT_EQ(RoleOfChild(group, Controlled(MetaOf("train-0-w-2", "uid-c"), kPodGroups, group)), "w-2");
  for (const Forgery& forgery : kForgeries) {
    ObjectMeta forged = child;
    forgery.change(forged);
    EXPECT_EQ(RoleOfChild(group, forged), std::nullopt) << forgery.what;
  }
  for (const Forgery& forgery : kWrongNames) {
    ObjectMeta forged = child;
    forgery.change(forged);
    EXPECT_EQ(RoleOfChild(group, forged), std::nullopt) << forgery.what;
  }
}

TEST(Identity, AGroupIsNamedByItsWorkloadInFullAndBearsTheNameOfItsIndex) {
  const ObjectMeta workload = MetaOf("train", "uid-w");
  PodGroup group;
  group.meta = Controlled(MetaOf("train-2", "uid-g"), kWorkloads, workload);
  group.spec.index = 2;
  EXPECT_TRUE(IsGroupOf(workload, group));
  for (const Forgery& forgery : kForgeries) {
    PodGroup forged = group;
    forgery.change(forged.meta);
    EXPECT_FALSE(IsGroupOf(workload, forged)) << forgery.what;
  }
  group.spec.index = 1;
  EXPECT_FALSE(IsGroupOf(workload, group)) << "its name is that of index 2";
}

TEST(Identity, AMemberIsControlledByAChildOrByTheReplicaSetOfADeployment) {
  const ObjectMeta group = MetaOf("train-0", "uid-g");
  Child deployment{.meta = Controlled(MetaOf("train-0-d", "uid-d"), kPodGroups, group), .kind = RoleKind::kDeployment};
  Child set{.meta = Controlled(MetaOf("train-0-d-5f", "uid-s"), kDeployments, deployment.meta),
            .kind = RoleKind::kReplicaSet};
  EXPECT_TRUE(IsReplicaSetOf(deployment, set));
  Pod pod;
  pod.meta = Controlled(MetaOf("p", "uid-p"), kReplicaSets, set.meta);
  EXPECT_TRUE(IsPodOf(set, pod));
  EXPECT_FALSE(IsPodOf(deployment, pod)) << "a Deployment controls no pod";
  for (const Forgery& forgery : kForgeries) {
    Pod forged = pod;
    forgery.change(forged.meta);
    EXPECT_FALSE(IsPodOf(set, forged)) << forgery.what;
    Child forged_set = set;
    forgery.change(forged_set.meta);
    // That the kind is "Deployment" is right here.
    EXPECT_EQ(IsReplicaSetOf(deployment, forged_set), forged_set.meta == set.meta) << forgery.what;
  }
  set.kind = RoleKind::kStatefulSet;
  EXPECT_FALSE(IsReplicaSetOf(deployment, set)) << "of another kind";
}

TEST(Identity, APodResemblesAMemberByKindAndNameOfItsController) {
  const ObjectMeta group = MetaOf("train-0", "uid-g");
  Pod pod;
  pod.meta = Controlled(MetaOf("p", "uid-p"), kJobs, MetaOf("train-0-w", "uid-old"));
  EXPECT_TRUE(IsNamedAsPodOf(group, pod));
  for (const Forgery& forgery : kForgeries) {
    if (forgery.what == std::string("other name of owner") || forgery.what == std::string("uid of an earlier owner")) {
      continue;
    }
    Pod forged = pod;
    forgery.change(forged.meta);
    EXPECT_FALSE(IsNamedAsPodOf(group, forged)) << forgery.what;
  }
  pod.meta.owner->name = "train-1-w";
  EXPECT_FALSE(IsNamedAsPodOf(group, pod));
}

}  // namespace
}  // namespace muster::api
