// What an explanation suggests is true: for each situation the suggestion is read from `explain -o json` as a person
// would read it, done with kubectl, and the group runs. Where nodes are asked for, one fewer does not do.
#include <algorithm>
#include <ostream>

#include "lib/api/quantity.h"
#include "lib/base/strings.h"
#include "lib/json/text.h"
#include "tests/e2e/remedies/remedy.h"
#include "tests/e2e/support/fixture.h"

namespace muster::e2e {
namespace {

struct Situation {
  std::string name;
  std::vector<NodeShape> nodes;
  std::vector<std::string> cordoned = {};  // names of nodes
  int foreign_pods = 0;                    // of 1 cpu each, there before the workload
  json::Array roles;
  std::string code;  // of the suggestion that is followed
};

void PrintTo(const Situation& situation, std::ostream* out) { *out << situation.name; }

json::Value WithAffinity(json::Value role, const std::string& field) {
  role.Mutable(field)
      .Mutable("spec")
      .Mutable("template")
      .Mutable("spec")
      .Set("affinity",
           json::Object{
               {"nodeAffinity",
                json::Object{{"requiredDuringSchedulingIgnoredDuringExecution",
                              json::Object{{"nodeSelectorTerms",
                                            json::Array{json::Object{
                                                {"matchExpressions",
                                                 json::Array{json::Object{{"key", "zone"},
                                                                          {"operator", "In"},
                                                                          {"values", json::Array{"moon"}}}}}}}}}}}}});
  return role;
}

std::vector<Situation> NodesAreMissing() {
  return {
      {.name = "TooFewNodes",
       .nodes = {{.prefix = "few", .count = 2, .capacity = "cpu=2"}},
       .roles = {StatefulSetRole("w", 8)},
       .code = "AddNodes"},
      {.name = "TooFewNodesForTwoRoles",
       .nodes = {{.prefix = "two", .capacity = "cpu=2"}},
       .roles = {StatefulSetRole("a", 3), JobRole("b", 2, {.cpu = "2"})},
       .code = "AddNodes"},
      {.name = "TooFewDevices",
       .nodes = {{.prefix = "gpu", .capacity = "cpu=8,nvidia.com/gpu=2"}},
       .roles = {JobRole("w", 4, {.requests = {{"nvidia.com/gpu", "1"}}})},
       .code = "AddNodes"},
      {.name = "TooLittleMemory",
       .nodes = {{.prefix = "mem", .capacity = "cpu=8,memory=2Gi"}},
       .roles = {DeploymentRole("w", 3, {.requests = {{"memory", "1Gi"}}})},
       .code = "AddNodes"},
      {.name = "TooFewPodsAllowed",
       .nodes = {{.prefix = "pods", .capacity = "cpu=8,pods=2"}},
       .roles = {ReplicaSetRole("w", 4)},
       .code = "AddNodes"},
      {.name = "NodesTooSmall",
       .nodes = {{.prefix = "small", .count = 3, .capacity = "cpu=2"}},
       .roles = {JobRole("w", 2, {.cpu = "6"})},
       .code = "AddNodes"},
      {.name = "NoNodes", .nodes = {}, .roles = {JobRole("w", 2)}, .code = "AddNodes"},
      {.name = "LabelledNodesMissing",
       .nodes = {{.prefix = "plain", .count = 2}},
       .roles = {JobRole("w", 2, {.node_selector = {{"disk", "ssd"}}})},
       .code = "AddNodes"},
      {.name = "Fragments",
       .nodes = {{.prefix = "frag", .count = 3, .capacity = "cpu=3"}},
       .roles = {JobRole("w", 4, {.cpu = "2"})},
       .code = "AddNodes"},
  };
}

std::vector<Situation> NodesAreKeptFromIt() {
  return {
      {.name = "Taint",
       .nodes = {{.prefix = "taint", .count = 2, .taints = {"dedicated=infra:NoSchedule"}}},
       .roles = {JobRole("w", 4)},
       .code = "AddToleration"},
      {.name = "TaintWithoutValue",
       .nodes = {{.prefix = "bare", .taints = {"lonely:NoExecute"}}},
       .roles = {DeploymentRole("w", 2)},
       .code = "AddToleration"},
      {.name = "CordonedNode",
       .nodes = {{.prefix = "cordon", .count = 2}},
       .cordoned = {"cordon-1"},
       .roles = {StatefulSetRole("w", 6)},
       .code = "Uncordon"},
      {.name = "CordonedNodes",
       .nodes = {{.prefix = "both", .count = 2}},
       .cordoned = {"both-0", "both-1"},
       .roles = {StatefulSetRole("w", 6)},
       .code = "Uncordon"},
      {.name = "NodeSelector",
       .nodes = {{.prefix = "select", .count = 2}},
       .roles = {JobRole("w", 2, {.node_selector = {{"disk", "ssd"}}})},
       .code = "RemoveSelector"},
      {.name = "NodeAffinity",
       .nodes = {{.prefix = "affine", .count = 2}},
       .roles = {WithAffinity(DeploymentRole("w", 2), "deployment")},
       .code = "RemoveSelector"},
  };
}

std::vector<Situation> RoomIsTakenOrTooMuchIsAskedFor() {
  return {
      {.name = "CpuHeldByOthers",
       .nodes = {{.prefix = "held", .capacity = "cpu=4"}},
       .foreign_pods = 3,
       .roles = {JobRole("w", 3)},
       .code = "FreeResources"},
      {.name = "CpuHeldByOthersOnSeveralNodes",
       .nodes = {{.prefix = "more", .count = 2, .capacity = "cpu=2"}},
       .foreign_pods = 2,
       .roles = {JobRole("w", 2, {.cpu = "2"})},
       .code = "FreeResources"},
      {.name = "TooManyReplicas",
       .nodes = {{.prefix = "replicas", .capacity = "cpu=3"}},
       .roles = {DeploymentRole("w", 7)},
       .code = "ReduceMembers"},
      {.name = "TooMuchParallelism",
       .nodes = {{.prefix = "parallel", .capacity = "cpu=3"}},
       .roles = {JobRole("w", 7)},
       .code = "ReduceMembers"},
      {.name = "TooManyOfOneRole",
       .nodes = {{.prefix = "one", .count = 2, .capacity = "cpu=2"}},
       .roles = {JobRole("boss", 1), StatefulSetRole("w", 5)},
       .code = "ReduceMembers"},
  };
}

std::vector<Situation> Situations() {
  std::vector<Situation> all;
  for (const auto& some : {NodesAreMissing(), NodesAreKeptFromIt(), RoomIsTakenOrTooMuchIsAskedFor()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

class Remedies : public E2e, public ::testing::WithParamInterface<Situation> {
 protected:
  // The suggestion of that code; "" while there is none.
  std::string Suggestion(const std::string& code) {
    const CommandResult told = Plugin({"explain", "podgroup/g-0", "-o", "json"});
    const auto parsed = json::Parse(told.out);
    if (!parsed.has_value()) return {};
    told_ = told.out;
    for (const json::Value& change : (*parsed)["items"].At(0)["explanation"]["changes"].Items()) {
      if (change["code"].Text() == code) return change["text"].Text();
    }
    return {};
  }

  void Must(const CommandResult& done) { EXPECT_EQ(done.exit_code, 0) << done.Text(); }

  void Do(const Remedy& remedy) {
    if (remedy.code == "AddNodes") return AddMore(remedy);
    if (remedy.code == "AddToleration") {
      json::Value toleration =
          json::Object{{"key", remedy.key}, {"operator", remedy.value.empty() ? "Exists" : "Equal"}};
      if (!remedy.value.empty()) toleration.Set("value", remedy.value);
      return ChangeRole(remedy.role, [&](json::Value& spec) {
        spec.Mutable("template").Mutable("spec").Mutable("tolerations").Append(toleration);
      });
    }
    if (remedy.code == "Uncordon") {
      for (const std::string& node : remedy.nodes) Must(cluster().Kubectl({"uncordon", node}));
      return;
    }
    if (remedy.code == "RemoveSelector") {
      return ChangeRole(remedy.role, [&](json::Value& spec) {
        json::Value& pod = spec.Mutable("template").Mutable("spec");
        remedy.key.empty() ? pod.Erase("affinity") : pod.Mutable("nodeSelector").Erase(remedy.key);
      });
    }
    if (remedy.code == "FreeResources") return Free(remedy);
    ASSERT_EQ(remedy.code, "ReduceMembers");
    ChangeRole(remedy.role, [&](json::Value& spec) { spec.Set(remedy.field, remedy.count); });
  }

  // All but one, which does not do; then that one.
  void AddMore(const Remedy& remedy) {
    for (int64_t i = 0; i < remedy.count; ++i) {
      if (i > 0 && i + 1 == remedy.count) {
        EXPECT_TRUE(Stays(1500ms, [&] { return Missing("g-0", "Waiting"); })) << "one node fewer would have done";
      }
      remedy.like.empty() ? AddDescribed(remedy) : AddCopy(remedy.like, i);
    }
  }

  void AddCopy(const std::string& name, int64_t i) {
    const auto got = api().Get(api::kNodes, {"", name});
    ASSERT_TRUE(got.has_value()) << got.error().message;
    const std::string copy = Join({name, "copy", std::to_string(i)}, "-");
    json::Value node = *got;
    json::Value labels = node["metadata"]["labels"];
    labels.Set("kubernetes.io/hostname", copy);
    node.Set("metadata", json::Object{{"name", copy}, {"labels", labels}});
    Create(api::kNodes, node);
  }

  void AddDescribed(const Remedy& remedy) {
    std::vector<std::string> capacity;
    for (const auto& [resource, amount] : remedy.amounts) capacity.push_back(Join({resource, amount}, "="));
    AddNodes({.prefix = "described-" + ns(), .capacity = Join(capacity, ","), .labels = remedy.labels});
  }

  void ChangeRole(const std::string& role, const std::function<void(json::Value&)>& change) {
    json::Value roles = Workload("g")["spec"]["roles"];
    for (json::Value& entry : roles.MutableItems()) {
      if (entry["name"].Text() != role) continue;
      for (const char* field : {"deployment", "replicaSet", "statefulSet", "job"}) {
        if (entry.Has(field)) change(entry.Mutable(field).Mutable("spec"));
      }
    }
    const json::Value patch = json::Object{{"spec", json::Object{{"roles", roles}}}};
    Must(Kubectl({"patch", "workloads.muster.dev", "g", "--type=merge", "-p", json::Write(patch)}));
  }

  // Deletes pods of others on these nodes until so much is free.
  void Free(const Remedy& remedy) {
    int64_t millis = api::ParseQuantity(remedy.amounts.at("cpu"), api::Unit::kMilli).value_or(0);
    ASSERT_GT(millis, 0);
    for (const json::Value& pod : List(api::kPods)) {
      const bool there =
          std::find(remedy.nodes.begin(), remedy.nodes.end(), pod["spec"]["nodeName"].Text()) != remedy.nodes.end();
      if (!there || millis <= 0) continue;
      Must(Kubectl({"delete", "pod", pod["metadata"]["name"].Text(), "--wait=false"}));
      millis -= 1000;
    }
    EXPECT_LE(millis, 0) << "there is not so much to free";
  }

  std::string told_;
};

TEST_P(Remedies, Work) {
  const Situation& situation = GetParam();
  for (const NodeShape& shape : situation.nodes) AddNodes(shape);
  for (const std::string& node : situation.cordoned) Must(cluster().Kubectl({"cordon", node}));
  for (int i = 0; i < situation.foreign_pods; ++i) Create(api::kPods, MakePod("other-" + std::to_string(i)));
  ASSERT_TRUE(Eventually(10s, [&]() -> std::string {
    for (const json::Value& pod : List(api::kPods)) {
      if (pod["status"]["phase"].Text() != "Running") return "others do not run yet";
    }
    return {};
  }));
  StartOperator();
  Apply(MakeWorkload("g", situation.roles));
  ASSERT_TRUE(Eventually(10s, [&] { return Missing("g-0", "Waiting"); }));
  std::string text;
  ASSERT_TRUE(Eventually(10s, [&] {
    text = Suggestion(situation.code);
    return text.empty() ? "no " + situation.code + " in " + told_ : "";
  }));
  const std::optional<Remedy> remedy = ReadRemedy(situation.code, text);
  ASSERT_TRUE(remedy.has_value()) << "not understood: " << text;
  std::printf("[ remedy   ] %s\n", text.c_str());
  Do(*remedy);
  EXPECT_TRUE(Eventually(15s, [&] { return ConditionProblem("g", "Ready", "True"); })) << text << "\n" << told_;
  EXPECT_EQ(Missing("g-0", "Running"), "");
}

INSTANTIATE_TEST_SUITE_P(Room, Remedies, ::testing::ValuesIn(Situations()),
                         [](const auto& parameter) { return parameter.param.name; });

// What is not about room comes with the command to run.
class Advice : public E2e {
 protected:
  // The sentence of explain that begins so, with what stands behind it.
  std::string Behind(const std::string& beginning) {
    const CommandResult told = Plugin({"explain", "podgroup/g-0", "-o", "json"});
    const auto parsed = json::Parse(told.out);
    if (!parsed.has_value()) return {};
    for (const json::Value& advice : (*parsed)["items"].At(0)["advice"].Items()) {
      if (advice.Text().starts_with(beginning)) return advice.Text().substr(beginning.size());
    }
    return {};
  }
};

TEST_F(Advice, OfASuspendedGroupIsACommandThatResumesIt) {
  AddNodes({.prefix = "resume"});
  StartOperator();
  Apply(MakeWorkload("g", {JobRole("w", 2)}, {.suspend = true}));
  ASSERT_TRUE(Eventually(10s, [&] { return Missing("g-0", "Held"); }));
  std::string command;
  ASSERT_TRUE(Eventually(10s, [&] {
    command = Behind("To let it run: kubectl ");
    return command.empty() ? "no advice" : "";
  }));
  const CommandResult done = cluster().Kubectl(Split(command, ' '));
  EXPECT_EQ(done.exit_code, 0) << command << "\n" << done.Text();
  EXPECT_TRUE(Eventually(15s, [&] { return ConditionProblem("g", "Ready", "True"); }));
}

TEST_F(Advice, OfAMissingPriorityClassIsToCreateIt) {
  AddNodes({.prefix = "class"});
  StartOperator();
  const std::string name = "late-" + ns();
  Apply(MakeWorkload("g", {JobRole("w", 2)}, {.priority_class_name = name}));
  ASSERT_TRUE(Eventually(10s, [&] { return Behind("Create the PriorityClass").empty() ? "no advice" : ""; }));
  EXPECT_EQ(cluster().Kubectl({"create", "priorityclass", name, "--value=7"}).exit_code, 0);
  EXPECT_TRUE(Eventually(15s, [&] { return ConditionProblem("g", "Ready", "True"); }));
  EXPECT_EQ(cluster().Kubectl({"delete", "priorityclass", name}).exit_code, 0);
}

TEST_F(Advice, OfARefusedRoleIsToCorrectIt) {
  AddNodes({.prefix = "refused"});
  StartOperator();
  json::Value role = DeploymentRole("w", 1);
  json::Value& container = role.Mutable("deployment")
                               .Mutable("spec")
                               .Mutable("template")
                               .Mutable("spec")
                               .Mutable("containers")
                               .MutableItems()[0];
  container.Set("imagePullPolcy", "Always");
  Apply(MakeWorkload("g", {role}));
  ASSERT_TRUE(
      Eventually(10s, [&] { return Behind("The API server refuses role w. Correct it").empty() ? "no advice" : ""; }));
  Apply(MakeWorkload("g", {DeploymentRole("w", 1)}));
  EXPECT_TRUE(Eventually(15s, [&] { return ConditionProblem("g", "Ready", "True"); }));
}

}  // namespace
}  // namespace muster::e2e
