// Whose event it is, and what a timeline shows.
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

Instant Minute(int minute) { return Instant(std::chrono::hours(1000) + std::chrono::minutes(minute)); }

Moment Event(int minute, const std::string& object, const std::string& what, const std::string& text) {
  return {.time = Minute(minute), .object = object, .what = what, .text = text, .source = Source::kEvent};
}

std::string Rendered(std::vector<Moment> moments, size_t width) {
  Order(moments);
  const Paper paper{.width = width};
  return Print(RenderTimeline(moments, paper, Minute(60)), paper);
}

api::Condition MakeCondition(const char* type, api::Truth status, int minute, const char* message) {
  api::Condition condition;
  condition.type = type;
  condition.status = status;
  condition.reason = "Why";
  condition.message = message;
  condition.last_transition = Minute(minute);
  return condition;
}

TEST(Timeline, WritesALongTextBelowItsRow) {
  const std::string text = "8 of 9 members were scheduled within 300s of their admission; role workers: pending";
  EXPECT_EQ(
      Rendered({Event(1, "podgroup/train-1", "ScheduleTimeout", text), Event(2, "podgroup/train-1", "Waiting", "x")},
               80),
      "AGE  OBJECT            WHAT             MESSAGE\n"
      "59m  podgroup/train-1  ScheduleTimeout\n"
      "     8 of 9 members were scheduled within 300s of their admission; role workers:\n"
      "     pending\n"
      "58m  podgroup/train-1  Waiting          x\n");
}

TEST(Timeline, NeverExceedsThePaper) {
  const std::string text =
      "no space left on a rather long path /var/lib/kubelet/pods/0123456789abcdef0123456789abcdef/volumes";
  for (size_t width = 1; width < 130; ++width) {
    const Paper paper{.width = width};
    for (const Line& line : RenderTimeline({Event(1, "podgroup/train-1", "Waiting", text)}, paper, Minute(60))) {
      EXPECT_LE(LineWidth({{PrintLine(line, paper)}}), width);
    }
  }
}

TEST(Timeline, ShowsARepeatedMomentOnce) {
  std::vector<Moment> moments;
  for (int i = 0; i < 10; ++i) moments.push_back(Event(i, "podgroup/train-1", "Waiting", "needs 1 x 1 cpu"));
  EXPECT_EQ(Rendered(moments, 0).find("(10 times, last 51m ago)"), Rendered(moments, 0).rfind("times") - 4);
  Order(moments);
  ASSERT_EQ(moments.size(), 1U);
  EXPECT_EQ(moments.front().time, Minute(0));
  EXPECT_EQ(moments.front().last, Minute(9));
}

TEST(Timeline, ShowsARepetitionOnceWhenOnlyNamesOfPodsDiffer) {
  std::vector<Moment> moments;
  for (const char* pod : {"x7k2p", "abcde", "q9z8y"}) {
    const int minute = static_cast<int>(moments.size());
    moments.push_back(
        Event(minute, "job/a-0-w", "FailedCreate", "pods \"a-0-w-" + std::string(pod) + "\" is forbidden"));
  }
  for (const char* set : {"a-0-s", "a-1-s"}) {
    moments.push_back(
        Event(5, "statefulset/" + std::string(set), "SuccessfulCreate", "Create Pod " + std::string(set) + "-0"));
  }
  const std::string text = Rendered(moments, 0);
  EXPECT_NE(text.find("pods \"a-0-w-x7k2p\" is forbidden (3 times, last 58m ago)\n"), std::string::npos) << text;
  EXPECT_NE(text.find("statefulset/a-0-s and 1 more  SuccessfulCreate  Create Pod a-0-s-0\n"), std::string::npos)
      << text;
}

TEST(Timeline, ListsNoReadinessThatWasNeverThere) {
  api::PodGroup group = Group("train-0", "u", "Job", "load");
  group.meta.created = Minute(0);
  group.status.conditions = {MakeCondition("Admitted", api::Truth::kFalse, 10, "needs 1 x 1 cpu"),
                             MakeCondition("Ready", api::Truth::kFalse, 20, "needs 1 x 1 cpu")};
  std::vector<Moment> moments;
  AddGroup(group, moments);
  EXPECT_EQ(moments.size(), 1U);
}

TEST(Timeline, KeepsARepetitionAfterAChange) {
  std::vector<Moment> moments = {Event(1, "podgroup/a-0", "Waiting", "x"), Event(2, "podgroup/a-0", "Running", "y"),
                                 Event(3, "podgroup/a-0", "Waiting", "x")};
  Order(moments);
  EXPECT_EQ(moments.size(), 3U);
}

TEST(Timeline, ShowsTheSameMomentOfSeveralObjectsInOneRow) {
  std::vector<Moment> moments;
  for (int i = 0; i < 3; ++i) moments.push_back(Event(1, "podgroup/a-" + std::to_string(i), "Waiting", "x"));
  moments.push_back(Event(1, "pod/a-0-w-x7k2p", "Failed", "y"));
  moments.push_back(Event(1, "pod/a-0-w-abcde", "Failed", "y"));
  const std::string text = Rendered(moments, 0);
  EXPECT_NE(text.find("podgroup/a-[0-2]  "), std::string::npos) << text;
  EXPECT_NE(text.find("pod/a-0-w-x7k2p and 1 more  "), std::string::npos) << text;
}

TEST(Timeline, DatesNoMessageThatMayBeYounger) {
  api::PodGroup group = Group("train-0", "u", "Job", "load");
  group.meta.created = Minute(0);
  group.status.conditions = {MakeCondition("Admitted", api::Truth::kTrue, 10, "all members were admitted together"),
                             MakeCondition("Ready", api::Truth::kFalse, 20, "needs 1 x 1 cpu"),
                             MakeCondition("Failed", api::Truth::kTrue, 30, "Job failed")};
  std::vector<Moment> moments;
  AddGroup(group, moments);
  const std::string text = Rendered(moments, 0);
  EXPECT_EQ(text.find("needs 1 x 1 cpu"), std::string::npos) << text;
  EXPECT_NE(text.find("40m  podgroup/train-0  Ready=False\n"), std::string::npos) << text;
  EXPECT_NE(text.find("30m  podgroup/train-0  Failed=True    Job failed\n"), std::string::npos) << text;
}

TEST(Timeline, LeavesOutARecordOfWhatAnEventSays) {
  api::PodGroup group = Group("train-0", "u", "Job", "load");
  group.meta.created = Minute(0);
  group.status.last_stop = {Minute(5), "ScheduleTimeout", "", "too slow"};
  std::vector<Moment> moments{Event(5, "podgroup/train-0", "ScheduleTimeout", "too slow")};
  AddGroup(group, moments);
  const std::string text = Rendered(moments, 0);
  EXPECT_EQ(text.find("too slow"), text.rfind("too slow")) << text;
}

TEST(Timeline, EndsWithTheCurrentStateOfWhatIsNotWell) {
  api::Workload workload;
  workload.meta.name = "train";
  workload.meta.generation = workload.status.observed_generation = 1;
  std::vector<api::PodGroup> groups;
  for (int i = 0; i < 3; ++i) {
    groups.push_back(Group("train-" + std::to_string(i), "u", "Job", "load"));
    groups.back().status.state = i == 0 ? api::GroupState::kRunning : api::GroupState::kHeld;
  }
  workload.spec.replicas = 3;
  std::vector<Moment> moments;
  AddCurrent(workload, groups, Minute(60), moments);
  const std::string text = Rendered(moments, 80);
  EXPECT_NE(text.find("now  podgroup/train-[1,2]  Held"), std::string::npos) << text;
  EXPECT_EQ(text.find("train-0"), std::string::npos) << text;
}

}  // namespace
}  // namespace muster::plugin
