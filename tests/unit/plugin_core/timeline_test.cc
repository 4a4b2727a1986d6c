// Whose event it is.
#include "kubectl-plugin/core/timeline.h"

#include <gtest/gtest.h>

#include "lib/json/text.h"

namespace muster::plugin {
namespace {

api::PodGroup Group(const std::string& name, const std::string& uid, const std::string& kind, const std::string& role) {
  api::PodGroup group;
  group.meta.name = name;
  group.meta.uid = uid;
  api::RoleStatus status;
  status.name = role;
  status.kind = kind;
  group.status.roles.push_back(status);
  return group;
}

json::Value Regarding(const std::string& kind, const std::string& name, const std::string& uid = "") {
  return json::Object{{"kind", kind}, {"name", name}, {"uid", uid}};
}

TEST(Subjects, AreOfOneWorkloadThoughNamesBeginAlike) {
  api::Workload train;
  train.meta.name = "train";
  train.meta.uid = "u-train";
  Subjects subjects;
  subjects.Add(train);
  subjects.Add(Group("train-0", "u-train-0", "StatefulSet", "workers"));
  subjects.Add(Group("train-1", "u-train-1", "Job", "load"));
  subjects.Add(Group("train-2", "u-train-2", "Deployment", "web"));
  subjects.Add(Group("train-3", "u-train-3", "ReplicaSet", "rs"));
  struct Case {
    const char* kind;
    const char* name;
    const char* uid;
    bool ours;
  };
  for (const Case& c : {
           Case{"Workload", "train", "u-train", true},
           Case{"Workload", "train", "", true},
           Case{"Workload", "train", "u-of-an-earlier-one", false},
           Case{"PodGroup", "train-0", "u-train-0", true},
           Case{"PodGroup", "train-0", "another", false},
           // Workload train-0 and what is its.
           Case{"Workload", "train-0", "u", false},
           Case{"PodGroup", "train-0-0", "u", false},
           Case{"StatefulSet", "train-0-0-workers", "u", false},
           Case{"Pod", "train-0-0-workers-1", "u", false},
           Case{"Job", "train-0-workers", "u", false},
           // Children and what they make.
           Case{"StatefulSet", "train-0-workers", "u", true},
           Case{"Pod", "train-0-workers-12", "u", true},
           Case{"Pod", "train-0-workers-x7k2p", "u", false},
           Case{"Pod", "train-0-workersx-1", "u", false},
           Case{"Job", "train-1-load", "u", true},
           Case{"Pod", "train-1-load-x7k2p", "u", true},
           Case{"Pod", "train-1-load-3-x7k2p", "u", true},
           Case{"Pod", "train-1-load-other-x7k2p", "u", false},
           Case{"Pod", "train-1-load-3-x7k2p-y", "u", false},
           Case{"Deployment", "train-2-web", "u", true},
           Case{"ReplicaSet", "train-2-web-5d8f7c", "u", true},
           Case{"Pod", "train-2-web-5d8f7c-x7k2p", "u", true},
           Case{"Pod", "train-2-web-x7k2p", "u", false},
           Case{"ReplicaSet", "train-3-rs", "u", true},
           Case{"Pod", "train-3-rs-x7k2p", "u", true},
           Case{"Node", "train-0", "u", false},
       }) {
    EXPECT_EQ(subjects.Has(Regarding(c.kind, c.name, c.uid)), c.ours) << c.kind << " " << c.name << " " << c.uid;
  }
}

TEST(Subjects, KnowRolesOfEveryRevision) {
  Subjects subjects;
  subjects.Add(Group("train-0", "u", "StatefulSet", "workers"));
  EXPECT_FALSE(subjects.Has(Regarding("Job", "train-0-before")));
  const Result<json::Value> revision =
      json::Parse(R"({"data": {"roles": [{"name": "before", "job": {"spec": {"template": {"spec": {}}}}}]}})");
  ASSERT_TRUE(revision.has_value());
  subjects.AddRoles(*revision);
  EXPECT_TRUE(subjects.Has(Regarding("Job", "train-0-before")));
}

}  // namespace
}  // namespace muster::plugin
