// What is rendered for a pasted spec is frozen: golden files, one per kind and hold. A difference here would roll every
// Deployment and be refused by every Job of those who upgrade; a new form needs a new renderer version.
// UPDATE_GOLDEN=1 writes the files instead of comparing.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "lib/json/text.h"
#include "tests/unit/operator_core/scene.h"

namespace muster::core {
namespace {

using api::RoleKind;
using sim::MakeWorkload;

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void ExpectGolden(const std::string& name, const json::Value& value) {
  const std::string path = std::string(MUSTER_SOURCE_DIR) + "/tests/unit/operator_core/golden/" + name + ".json";
  const std::string text = json::WritePretty(value) + "\n";
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path) << text;
    return;
  }
  EXPECT_EQ(text, ReadFile(path)) << "UPDATE_GOLDEN=1 rewrites " << name;
}

// With everything of the user's own that we complete: labels, annotations, selector, priority.
json::Value Own(json::Value spec) {
  json::Value& meta = spec.Mutable("template").Mutable("metadata");
  meta.Mutable("labels").Set("app", "own");
  spec.Mutable("template").Mutable("spec").Set("priorityClassName", "own");
  return spec;
}

struct Case {
  const char* name;
  RoleKind kind;
  json::Value spec;
};

std::vector<Case> Cases() {
  json::Value selected = Own(sim::ReplicatedSpec(3));
  selected.Mutable("selector").Mutable("matchLabels").Set("app", "own");
  json::Value volumes = sim::ReplicatedSpec(2);
  volumes.Set("serviceName", "own");
  volumes.Set("podManagementPolicy", "OrderedReady");
  volumes.Set("persistentVolumeClaimRetentionPolicy",
              json::Object{{"whenScaled", "Delete"}, {"whenDeleted", "Delete"}});
  json::Value no_size = json::Object{{"template", sim::PodTemplate()}};
  return {{"job", RoleKind::kJob, sim::JobSpec(4)},
          {"job-own", RoleKind::kJob, Own(sim::JobSpec(4))},
          {"deployment", RoleKind::kDeployment, no_size},
          {"deployment-own", RoleKind::kDeployment, selected},
          {"replicaset", RoleKind::kReplicaSet, sim::ReplicatedSpec(2)},
          {"statefulset", RoleKind::kStatefulSet, sim::ReplicatedSpec(2)},
          {"statefulset-volumes", RoleKind::kStatefulSet, volumes}};
}

Scene SceneOf(const Case& test) {
  json::Value role = sim::RoleOf("r", test.kind, test.spec);
  json::Value& meta = role.Mutable(api::FieldOf(test.kind)).Mutable("metadata");
  meta.Mutable("labels").Set("team", "a");
  meta.Mutable("annotations").Set("note", "mine");
  return Scene(MakeWorkload("web").Priority("gold").Role(role).Build());
}

TEST(Render, EveryKindHeldAndReleased) {
  for (const Case& test : Cases()) {
    SCOPED_TRACE(test.name);
    Scene scene = SceneOf(test);
    const RevisionRole& role = scene.revision().roles[0];
    ExpectGolden(std::string(test.name) + "-held", RenderChild(scene.group(), scene.revision(), role, Hold::kHeld, 0));
    ExpectGolden(std::string(test.name) + "-released",
                 RenderChild(scene.group(), scene.revision(), role, Hold::kReleased, 1));
  }
}

TEST(Render, HeldAndReleasedDifferInTheHoldAlone) {
  for (const Case& test : Cases()) {
    Scene scene = SceneOf(test);
    const RevisionRole& role = scene.revision().roles[0];
    json::Value held = RenderChild(scene.group(), scene.revision(), role, Hold::kHeld, 0);
    json::Value released = RenderChild(scene.group(), scene.revision(), role, Hold::kReleased, 1);
    for (json::Value* object : {&held, &released}) {
      object->Mutable("metadata").Mutable("annotations").Erase(api::kAnnotationAttempt);
      object->Mutable("spec").Erase(test.kind == RoleKind::kJob ? "suspend" : "replicas");
      object->Mutable("spec").Erase("persistentVolumeClaimRetentionPolicy");
    }
    EXPECT_EQ(held, released) << test.name;
  }
}

TEST(Render, PatchesOfEveryKind) {
  for (const Case& test : Cases()) {
    Scene scene = SceneOf(test);
    const RevisionRole& role = scene.revision().roles[0];
    scene.Child("r", Hold::kReleased);
    json::Value patches;
    patches.Set("hold", HoldPatch(*scene.observed().children[0]));
    scene.Child("r", Hold::kHeld);
    patches.Set("release", ReleasePatch(*scene.observed().children[0], role));
    const api::Child& child = *scene.observed().children[0];
    if (test.kind != RoleKind::kJob) patches.Set("change", ChangePatch(child, scene.group(), scene.revision(), role));
    ExpectGolden(std::string(test.name) + "-patches", patches);
  }
}

TEST(Render, AChildWhoseAnnotationsWereTakenAwayGetsThemAnew) {
  Scene scene(MakeWorkload("web").StatefulSet("s", 2).Build());
  scene.Child("s", Hold::kHeld, [](json::Value& child) { child.Mutable("metadata").Erase("annotations"); });
  const json::Array patch =
      ChangePatch(*scene.observed().children[0], scene.group(), scene.revision(), scene.revision().roles[0]);
  EXPECT_EQ(json::Write(patch[0]), R"({"op":"add","path":"/metadata/annotations","value":{}})");
}

TEST(Render, TheHashIsOfTheRoleAndThePriorityAlone) {
  const auto hash = [](const json::Value& workload) { return RevisionOf(workload)->roles[0].hash; };
  const std::string one = hash(MakeWorkload("web").StatefulSet("s", 2).Build());
  EXPECT_EQ(one, hash(MakeWorkload("other").Replicas(7).Suspended().StatefulSet("s", 2).Job("more", 1).Build()));
  EXPECT_NE(one, hash(MakeWorkload("web").StatefulSet("s", 3).Build()));
  EXPECT_NE(one, hash(MakeWorkload("web").Priority("gold").StatefulSet("s", 2).Build()));
}

TEST(Revision, OfTheSameRolesHasTheSameNameWhateverTheOrderOfKeys) {
  json::Value a = MakeWorkload("web").StatefulSet("s", 2).Build();
  json::Value b = a;
  json::Value& spec = b.Mutable("spec").Mutable("roles").MutableItems()[0].Mutable("statefulSet").Mutable("spec");
  json::Value pod_template = spec["template"];
  spec = json::Object{{"template", pod_template}, {"replicas", 2}};
  EXPECT_EQ(RevisionOf(a)->meta.name, RevisionOf(b)->meta.name);
  EXPECT_EQ(RevisionOf(a)->roles[0].hash, RevisionOf(b)->roles[0].hash);
}

TEST(Revision, OfANewerOperatorIsRefusedByName) {
  const api::Workload workload = Decoded(MakeWorkload("web").StatefulSet("s", 2).Build());
  json::Value object = EncodeRevision(workload, WantRevision(workload), 1);
  object.Mutable("metadata").Set("uid", "u");
  object.Mutable("data").Set("renderer", 99);
  const auto decoded = DecodeRevision(object);
  ASSERT_FALSE(decoded.has_value());
  EXPECT_NE(decoded.error().message.find("data.renderer 99"), std::string::npos);
}

}  // namespace
}  // namespace muster::core
