#include "tests/scenario/chaos/stories.h"

#include "tests/support/sim/builders.h"

namespace muster::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

void Fits(World& world) {
  world.nodes().Add("n1", 4);
  world.Apply(MakeWorkload("train").Job("w", 4).Build());
  world.RunFor(seconds(60));
}

void FitsLater(World& world) {
  world.nodes().Add("n1", 4);
  world.Apply(MakeWorkload("train").Job("launcher", 1).StatefulSet("workers", 5).Build());
  world.RunFor(seconds(60));
  world.nodes().Add("n2", 4);
  world.RunFor(seconds(60));
}

void TwoCompete(World& world) {
  world.nodes().Add("n1", 4);
  world.nodes().Add("n2", 4);
  world.Apply(MakeWorkload("a").Replicas(2).Job("w", 3, PodTemplate(1, FinishAfter(40))).Build());
  world.RunFor(milliseconds(2500));
  world.Apply(MakeWorkload("b").Job("launcher", 1, PodTemplate(1, FinishAfter(40))).StatefulSet("workers", 5).Build());
  world.RunFor(seconds(200));
}

void AllKinds(World& world) {
  for (const char* node : {"n1", "n2", "n3"}) world.nodes().Add(node, 4);
  world.Apply(MakeWorkload("mix").Job("j", 2).StatefulSet("s", 3).Deployment("d", 3).ReplicaSet("r", 2).Build());
  world.RunFor(seconds(60));
}

void SuspendAndResume(World& world) {
  world.nodes().Add("n1", 8);
  world.Apply(MakeWorkload("mix").Job("j", 2).StatefulSet("s", 2).Deployment("d", 2).Build());
  world.RunFor(seconds(30));
  world.EditSpec("mix", [](json::Value& spec) { spec.Set("suspend", true); });
  world.RunFor(seconds(45));
  world.EditSpec("mix", [](json::Value& spec) { spec.Set("suspend", false); });
  world.RunFor(seconds(60));
}

void SuspendedInTheMiddleOfAStart(World& world) {
  world.nodes().Add("n1", 8);
  world.Apply(MakeWorkload("mix").Job("j", 2).StatefulSet("s", 2).Deployment("d", 2).Build());
  world.RunFor(milliseconds(160));
  world.EditSpec("mix", [](json::Value& spec) { spec.Set("suspend", true); });
  world.RunFor(seconds(60));
}

void ScaleDownAndUp(World& world) {
  world.nodes().Add("n1", 4);
  world.nodes().Add("n2", 4);
  world.Apply(MakeWorkload("web").Replicas(3).StatefulSet("s", 2).Build());
  world.RunFor(seconds(30));
  world.EditSpec("web", [](json::Value& spec) { spec.Set("replicas", 1); });
  world.RunFor(milliseconds(700));
  world.EditSpec("web", [](json::Value& spec) { spec.Set("replicas", 4); });
  world.RunFor(seconds(90));
}

json::Value NewImage(json::Value pod_template) {
  pod_template.Mutable("metadata").Mutable("labels").Set("version", "2");
  return pod_template;
}

void SpecChange(World& world) {
  world.nodes().Add("n1", 8);
  world.nodes().Add("n2", 8);
  const auto workload = [](const json::Value& pod_template) {
    return MakeWorkload("mix")
        .Replicas(2)
        .Job("j", 2, pod_template)
        .StatefulSet("s", 2)
        .Deployment("d", 2, pod_template)
        .Build();
  };
  world.Apply(workload(PodTemplate()));
  world.RunFor(seconds(30));
  world.Apply(workload(NewImage(PodTemplate())));
  world.RunFor(seconds(120));
}

void RolesComeAndGo(World& world) {
  world.nodes().Add("n1", 8);
  world.Apply(MakeWorkload("mix").Job("a", 2).StatefulSet("b", 2).Deployment("c", 1).Build());
  world.RunFor(seconds(30));
  world.Apply(MakeWorkload("mix").Job("a", 2).Deployment("b", 2).ReplicaSet("d", 3).Build());
  world.RunFor(seconds(120));
}

void SpecIsMended(World& world) {
  world.nodes().Add("n1", 4);
  world.nodes().Add("n2", 4);
  const json::Value never = PodTemplate(1, json::Object{{"sim/never-ready", "true"}});
  world.Apply(MakeWorkload("web").Replicas(3).StatefulSet("s", 2, never).Build());
  world.RunFor(seconds(30));
  world.Apply(MakeWorkload("web").Replicas(3).StatefulSet("s", 2).Build());
  world.RunFor(seconds(120));
}

// Somebody else takes the room between admission and scheduling; he leaves after a while.
void RoomIsStolen(World& world) {
  world.nodes().Add("n1", 4);
  world.nodes().Add("n2", 2);
  bool stolen = false;
  world.api().Watch([&world, stolen](const Change& change) mutable {
    if (stolen || change.resource != api::kJobs || change.after == nullptr) return;
    if ((*change.after)["spec"]["suspend"].Bool()) return;
    stolen = true;
    world.events().After(Duration(0), [&world] { world.nodes().AddForeignPod("thief", 4, "n1"); });
    world.events().After(seconds(50), [&world] { (void)world.api().Delete(api::kPods, {"other", "thief"}); });
  });
  world.Apply(MakeWorkload("train").Job("launcher", 1).StatefulSet("workers", 4).Timeout(20).Build());
  world.RunFor(minutes(4));
}

void JobSucceeds(World& world) {
  world.nodes().Add("n1", 4);
  world.Apply(MakeWorkload("train")
                  .Job("a", 2, PodTemplate(1, FinishAfter(5)))
                  .Job("b", 2, PodTemplate(1, FinishAfter(15)))
                  .Build());
  world.RunFor(seconds(90));
}

void JobsInShifts(World& world) {
  world.nodes().Add("n1", 4);
  json::Value spec = JobSpec(3, PodTemplate(1, FinishAfter(4)));
  spec.Set("completions", 8);
  spec.Set("ttlSecondsAfterFinished", 5);
  world.Apply(MakeWorkload("train").Role(RoleOf("w", api::RoleKind::kJob, spec)).Build());
  world.RunFor(seconds(90));
}

void JobFails(World& world) {
  world.nodes().Add("n1", 8);
  json::Value spec = JobSpec(2, PodTemplate(1, FinishAfter(5, "Failed")));
  spec.Set("backoffLimit", 1);
  world.Apply(
      MakeWorkload("train").Role(RoleOf("bad", api::RoleKind::kJob, spec)).Job("good", 2).StatefulSet("s", 2).Build());
  world.RunFor(seconds(120));
}

void ChildrenByHand(World& world) {
  world.nodes().Add("n1", 8);
  world.Apply(MakeWorkload("mix").Job("j", 2).StatefulSet("s", 3).Build());
  world.RunFor(seconds(30));
  world.Delete(api::kJobs, "mix-0-j");
  world.api().Edit(api::kStatefulSets, {"ml", "mix-0-s"},
                   [](json::Value& set) { set.Mutable("spec").Set("replicas", 1); });
  world.RunFor(seconds(30));
  world.Delete(api::kPodGroups, "mix-0");
  world.RunFor(seconds(60));
}

// Taken away by somebody, the labels by which the operator finds what is its own are put back.
void LabelsByHand(World& world) {
  world.nodes().Add("n1", 8);
  world.Apply(MakeWorkload("mix").Job("j", 2).StatefulSet("s", 3).Build());
  world.RunFor(seconds(30));
  const auto strip = [&world](const api::Resource& resource, const api::Key& key) {
    world.api().Edit(resource, key, [](json::Value& object) {
      json::Value left = json::Object{{"team", "a"}};
      object.Mutable("metadata").Set("labels", std::move(left));
    });
  };
  strip(api::kStatefulSets, {"ml", "mix-0-s"});
  world.RunFor(seconds(30));
  for (const Document& revision : world.api().List(api::kControllerRevisions)) {
    strip(api::kControllerRevisions, KeyOf(*revision));
  }
  world.RunFor(seconds(60));
}

// What others put on our children stays there, whatever is done to these.
void NotesOfOthers(World& world) {
  world.nodes().Add("n1", 8);
  const auto workload = [](const json::Value& pod_template) {
    return MakeWorkload("mix").StatefulSet("s", 2, pod_template).Deployment("d", 2, pod_template).Job("j", 1).Build();
  };
  world.Apply(workload(PodTemplate()));
  world.RunFor(seconds(30));
  for (const auto& [resource, name] : {std::pair(api::kStatefulSets, "mix-0-s"),
                                       std::pair(api::kDeployments, "mix-0-d"), std::pair(api::kJobs, "mix-0-j")}) {
    world.api().Edit(resource, {"ml", name}, [](json::Value& child) {
      child.Mutable("metadata").Mutable("labels").Set("cost", "42");
      child.Mutable("metadata").Mutable("annotations").Set("team/note", "keep");
      child.Mutable("spec").Set("minReadySeconds", 3);
    });
  }
  world.EditSpec("mix", [](json::Value& spec) { spec.Set("suspend", true); });
  world.RunFor(seconds(45));
  world.EditSpec("mix", [](json::Value& spec) { spec.Set("suspend", false); });
  world.RunFor(seconds(60));
  world.Apply(workload(NewImage(PodTemplate())));
  world.RunFor(seconds(120));
}

void NoGang(World& world) {
  world.nodes().Add("n1", 3);
  world.Apply(
      MakeWorkload("web").Gang({{"policy", "None"}}).StatefulSet("s", 2).Deployment("d", 3).Suspended().Build());
  world.RunFor(seconds(20));
  world.EditSpec("web", [](json::Value& spec) { spec.Set("suspend", false); });
  world.RunFor(seconds(30));
  world.nodes().Add("n2", 3);
  world.RunFor(seconds(30));
}

void AlwaysReleased(World& world) {
  world.nodes().Add("n1", 2);
  world.Apply(MakeWorkload("big").Gang({{"admission", "Always"}, {"scheduleTimeoutSeconds", 20}}).Job("w", 4).Build());
  world.RunFor(seconds(60));
  world.nodes().Add("n2", 2);
  world.RunFor(minutes(3));
}

void Deleted(World& world) {
  world.nodes().Add("n1", 8);
  world.Apply(MakeWorkload("mix").Replicas(2).Job("j", 2).StatefulSet("s", 2).Build());
  world.RunFor(milliseconds(500));
  world.Delete(api::kWorkloads, "mix");
  world.RunFor(seconds(60));
}

}  // namespace

const std::vector<Story>& Stories() {
  static const std::vector<Story> stories = {
      {"Fits", Fits, "Ready=True(AllGroupsReady)"},
      {"FitsLater", FitsLater, "Ready=True(AllGroupsReady)"},
      {"TwoCompete", TwoCompete, "group a-1 Succeeded"},
      {"AllKinds", AllKinds, "Ready=True(AllGroupsReady)"},
      {"SuspendAndResume", SuspendAndResume, "group mix-0 Running"},
      {"SuspendedInTheMiddleOfAStart", SuspendedInTheMiddleOfAStart, "group mix-0 Held"},
      {"ScaleDownAndUp", ScaleDownAndUp, "groups 4 admitted 4 ready 4"},
      {"SpecChange", SpecChange, "ready 2 updated 2"},
      {"RolesComeAndGo", RolesComeAndGo, "Ready=True(AllGroupsReady)"},
      {"SpecIsMended", SpecIsMended, "ready 3 updated 3"},
      {"RoomIsStolen", RoomIsStolen, "Ready=True(AllGroupsReady)"},
      {"JobSucceeds", JobSucceeds, "Complete=True(GroupsSucceeded)"},
      {"JobsInShifts", JobsInShifts, "Complete=True(GroupsSucceeded)"},
      {"JobFails", JobFails, "Failed=True(GroupsFailed)"},
      {"ChildrenByHand", ChildrenByHand, "Ready=True(AllGroupsReady)"},
      {"LabelsByHand", LabelsByHand, "child StatefulSet mix-0-s released 3"},
      {"NotesOfOthers", NotesOfOthers, "Ready=True(AllGroupsReady)"},
      {"NoGang", NoGang, "Ready=True(AllGroupsReady)"},
      {"AlwaysReleased", AlwaysReleased, "Ready=True(AllGroupsReady)"},
      {"Deleted", Deleted, ""},
  };
  return stories;
}

}  // namespace muster::sim
