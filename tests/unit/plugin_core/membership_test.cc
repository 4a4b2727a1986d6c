// The plugin counts the members that the operator counts: controlled by a child of the group, in whatever order the
// documents come.
#include "kubectl-plugin/core/membership.h"

#include <gtest/gtest.h>

namespace muster::plugin {
namespace {

api::ObjectMeta MetaOf(const std::string& name, const std::string& uid, const api::OwnerRef& owner) {
  api::ObjectMeta meta;
  meta.ns = "ml";
  meta.name = name;
  meta.uid = uid;
  meta.owner = owner;
  return meta;
}

const api::OwnerRef kOfGroup{"PodGroup", "web-0", "uid-g", "muster.dev"};
const api::OwnerRef kOfDeployment{"Deployment", "web-0-d", "uid-d", "apps"};
const api::OwnerRef kOfSet{"ReplicaSet", "web-0-d-5f", "uid-s", "apps"};
const api::OwnerRef kOfJob{"Job", "web-0-j", "uid-j", "batch"};

TEST(Membership, FollowsControllersFromThePodToTheGroup) {
  Membership membership;
  membership.AddChild({.meta = MetaOf("web-0-d", "uid-d", kOfGroup), .kind = api::RoleKind::kDeployment});
  membership.AddChild({.meta = MetaOf("web-0-d-5f", "uid-s", kOfDeployment), .kind = api::RoleKind::kReplicaSet});
  membership.AddChild({.meta = MetaOf("web-0-j", "uid-j", kOfGroup), .kind = api::RoleKind::kJob});
  membership.AddChild({.meta = MetaOf("evil", "uid-e", kOfGroup), .kind = api::RoleKind::kJob});
  api::PodGroup group;
  group.meta = MetaOf("web-0", "uid-g", {"Workload", "web", "uid-w", "muster.dev"});
  membership.AddGroup(group);

  const auto role_of = [&](const api::OwnerRef& controller, const std::string& ns = "ml") {
    api::Pod pod;
    pod.meta = MetaOf("p", "uid-p", controller);
    pod.meta.ns = ns;
    pod.group = "web-0";
    pod.role = "j";
    const auto place = membership.Of(pod);
    return place ? place->first.Text() + " " + place->second : "none";
  };
  EXPECT_EQ(role_of(kOfJob), "ml/web-0 j");
  EXPECT_EQ(role_of(kOfSet), "ml/web-0 d") << "its label says j";
  EXPECT_EQ(role_of(kOfJob, "evil"), "none") << "other namespace";
  EXPECT_EQ(role_of({"StatefulSet", "web-0-j", "uid-j", "apps"}), "none") << "other kind";
  EXPECT_EQ(role_of({"Job", "web-0-j", "uid-j", "apps"}), "none") << "other API group";
  EXPECT_EQ(role_of({"Job", "web-0-k", "uid-j", "batch"}), "none") << "other name";
  EXPECT_EQ(role_of({"Job", "web-0-j", "uid-old", "batch"}), "none") << "uid of an earlier child";
  EXPECT_EQ(role_of(kOfDeployment), "none") << "a Deployment controls no pod";
  EXPECT_EQ(role_of({"Job", "evil", "uid-e", "batch"}), "none") << "not the name of a child";
}

}  // namespace
}  // namespace muster::plugin
