// The longest names, the smallest and largest numbers, templates that nobody can run: refused with field, value and
// remedy, or working; and never in the way of others.
#include <algorithm>
#include <csignal>
#include <functional>

#include "lib/json/text.h"
#include "tests/e2e/hands/hands.h"

namespace muster::e2e {
namespace {

class Extremes : public Hands {
 protected:
  static json::Value& PodSpec(json::Value& workload, size_t role, const char* field) {
    json::Value& body = workload.Mutable("spec").Mutable("roles").MutableItems().at(role).Mutable(field);
    return body.Mutable("spec").Mutable("template").Mutable("spec");
  }
  static json::Value& FirstContainer(json::Value& pod) { return pod.Mutable("containers").MutableItems().at(0); }

  // Of what `lint` says to it.
  std::string LintLacks(const json::Value& object, const std::vector<std::string>& parts) {
    const CommandResult lint = cluster().Kubectl({"workload", "lint", "-f", "-"}, json::Write(object));
    return lint.exit_code == 1 ? Lacks(lint.out, parts) : "nothing is wrong with it: " + lint.Text();
  }
};

TEST_F(Extremes, SixteenRolesOfTheLongestNamesRun) {
  AddNodes({.prefix = "longest", .count = 3, .capacity = "cpu=8"});
  StartOperator();
  const std::string name(20, 'w');
  json::Array roles;
  for (int i = 0; i < 16; ++i) {
    // <workload>-0-<role>: 63 characters, of a StatefulSet 52.
    const size_t longest = (i % 4 == 1 ? 52 : 63) - name.size() - 3;
    std::string role(longest, static_cast<char>('a' + i));
    const Members small{.cpu = "500m"};
    if (i % 4 == 0) roles.push_back(JobRole(role, 1, small));
    if (i % 4 == 1) roles.push_back(StatefulSetRole(role, 1, small));
    if (i % 4 == 2) roles.push_back(DeploymentRole(role, 1, small));
    if (i % 4 == 3) roles.push_back(ReplicaSetRole(role, 1, small));
  }
  Apply(MakeWorkload(name, roles));
  ASSERT_TRUE(Eventually(15s, [&] { return NotRunning(name + "-0", 16); }));
  ASSERT_TRUE(Eventually(5s, [&] { return ConditionProblem(name, "Ready", "True"); }));
  const CommandResult explain = Plugin({"explain", name});
  EXPECT_EQ(explain.exit_code, 0) << explain.Text();
  ExpectWholeOrNothing();
  roles.front() = JobRole(std::string(64, 'a'), 1);
  ExpectRefused(MakeWorkload("b", roles), {"spec.roles[0].name", "Too long"});
}

TEST_F(Extremes, NamesThatAreTooLongAreRefusedClearly) {
  ExpectRefused(MakeWorkload(std::string(253, 'w'), {JobRole("j", 1)}),
                {"<name>-<index>-<role> must have at most 63 characters", "shorten metadata.name"});
  ExpectRefused(MakeWorkload(std::string(254, 'w'), {JobRole("j", 1)}), {"metadata.name", "253"});
}

// Nothing is stored, so that there is nothing to explain: what to do is said at once, by lint too.
TEST_F(Extremes, NumbersOutOfBoundsAreRefusedWithFieldAndValue) {
  struct Case {
    json::Value workload;
    std::string field;
    std::string value;
    std::string passed;  // the bound, in the API server's words
    std::string range;
  };
  const json::Array job = {JobRole("j", 1)};
  for (const Case& each : {
           Case{MakeWorkload("a", job, {.replicas = -1}), "spec.replicas", "-1", "greater than or equal to 0",
                "0 to 1000"},
           Case{MakeWorkload("a", job, {.replicas = 2'000'000'000}), "spec.replicas", "2000000000",
                "less than or equal to 1000", "0 to 1000"},
           Case{MakeWorkload("a", {StatefulSetRole("s", -4)}), "spec.roles[0].statefulSet.spec.replicas", "-4",
                "greater than or equal to 0", "0 to 100000"},
           Case{MakeWorkload("a", {JobRole("j", 2'000'000'000)}), "spec.roles[0].job.spec.parallelism", "2000000000",
                "less than or equal to 100000", "0 to 100000"},
           Case{MakeWorkload("a", job, {.gang = {{"scheduleTimeoutSeconds", -5}}}), "spec.gang.scheduleTimeoutSeconds",
                "-5", "greater than or equal to 1", "1 to 86400"},
       }) {
    ExpectRefused(each.workload, {each.field + ": Invalid value: " + each.value, "should be " + each.passed});
    EXPECT_EQ(
        LintLacks(each.workload, {each.field + ": is " + each.value + "; it is a whole number from " + each.range}),
        "");
  }
  json::Value least = MakeWorkload("a", {JobRole("j", 2)});
  least.Mutable("spec").Mutable("roles").MutableItems().at(0).Set("minAvailable", 3);
  const std::string lower = "must not exceed a job's parallelism nor its completions; lower it or raise these";
  ExpectRefused(least, {"spec.roles[0]", "minAvailable " + lower});
  EXPECT_EQ(LintLacks(least, {"spec.roles[0].minAvailable: " + lower}), "");
  json::Value unknown = MakeWorkload("a", job);
  unknown.Mutable("spec").Set("suspnd", true);
  ExpectRefused(unknown, {"unknown field \"spec.suspnd\""});
  EXPECT_EQ(LintLacks(unknown, {"spec.suspnd: is not a field of this release; did you mean suspend?"}), "");
}

TEST_F(Extremes, JobsOfOthersAndPausedDeploymentsAreRefusedWithTheReason) {
  json::Value managed = MakeWorkload("a", {JobRole("j", 1)});
  managed.Mutable("spec").Mutable("roles").MutableItems().at(0).Mutable("job").Mutable("spec").Set("managedBy",
                                                                                                   "example.com/other");
  ExpectRefused(managed, {"managedBy must not be set", "remove it"});
  json::Value paused = MakeWorkload("a", {DeploymentRole("d", 1)});
  paused.Mutable("spec")
      .Mutable("roles")
      .MutableItems()
      .at(0)
      .Mutable("deployment")
      .Mutable("spec")
      .Set("paused", true);
  ExpectRefused(paused, {"paused must not be true", "remove it"});
}

// As deep as the API server takes it: that one is not read, the others live on, also for an operator that starts then.
TEST_F(Extremes, ASpecNestedTooDeeplyHarmsNobodyElse) {
  AddNodes({.prefix = "deep"});
  OperatorProcess& first = StartOperator();
  json::Value nest = 1;
  for (int i = 0; i < 200; ++i) nest = json::Object{{"a", std::move(nest)}};
  json::Value deep = MakeWorkload("deep", {JobRole("j", 1)});
  PodSpec(deep, 0, "job").Set("nest", std::move(nest));
  Apply(deep);
  Apply(MakeWorkload("beside", {JobRole("j", 1)}));
  ASSERT_TRUE(Eventually(10s, [&] { return NotRunning("beside-0", 1); }));
  first.Signal(SIGTERM);
  StartOperator({.identity = "second"});
  Apply(MakeWorkload("later", {JobRole("j", 1)}));
  ASSERT_TRUE(Eventually(10s, [&] { return NotRunning("later-0", 1); }));
  const std::string why = "nested deeper than 100 levels, which is not read: give a flatter spec";
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"get"}, {"get", "deep"}, {"status", "deep"}, {"explain", "deep"}, {"get", "deep", "-o", "yaml"}}) {
    const CommandResult told = Plugin(words);
    EXPECT_NE(told.out.find(why), std::string::npos) << Join(words, " ") << "\n" << told.Text();
  }
  EXPECT_EQ(Kubectl({"delete", "workloads.muster.dev", "deep"}).exit_code, 0);
}

// Each is refused by the API server when the child is made, and told; the group beside it runs.
TEST_F(Extremes, InvalidTemplatesNameRoleAndField) {
  AddNodes({.prefix = "invalids"});
  StartOperator();
  struct Case {
    const char* name;
    std::function<void(json::Value& pod)> spoil;
    std::vector<std::string> words;
    const char* advice = "The API server refuses role spoilt. Correct it";
  };
  const std::vector<Case> cases = {
      {"negative-cpu",
       [](json::Value& pod) {
         FirstContainer(pod).Set("resources", json::Object{{"requests", json::Object{{"cpu", "-1"}}}});
       },
       {"spec.template.spec.containers[0].resources.requests", "-1"}},
      {"no-quantity",
       [](json::Value& pod) {
         FirstContainer(pod).Set("resources", json::Object{{"requests", json::Object{{"cpu", "many"}}}});
       },
       {"resources.requests.cpu is \"many\"", "write it like"},
       "It cannot start as role spoilt is written. Correct it"},
      {"no-containers",
       [](json::Value& pod) { pod.Erase("containers"); },
       {"spec.template.spec.containers", "Required"}},
      // The API server says what kind of value it is, not which.
      {"wrong-type",
       [](json::Value& pod) { pod.Set("terminationGracePeriodSeconds", "soon"); },
       {"cannot unmarshal string", "spec.template.spec.terminationGracePeriodSeconds of type int64"}},
      {"bad-port",
       [](json::Value& pod) {
         FirstContainer(pod).Set("ports", json::Array{json::Object{{"containerPort", 70000}}});
       },
       {"containers[0].ports[0].containerPort", "70000"}},
      {"bad-policy", [](json::Value& pod) { pod.Set("restartPolicy", "Sometimes"); }, {"restartPolicy", "Sometimes"}},
      {"unknown-field",
       [](json::Value& pod) {
         pod.Set("nodeSelecter", json::Object{{"a", "b"}});
       },
       {"unknown field \"spec.template.spec.nodeSelecter\""}},
      {"no-image", [](json::Value& pod) { FirstContainer(pod).Erase("image"); }, {"containers[0].image", "Required"}},
  };
  for (const Case& each : cases) {
    json::Value workload = MakeWorkload(each.name, {StatefulSetRole("sound", 1), JobRole("spoilt", 1)});
    each.spoil(PodSpec(workload, 1, "job"));
    Apply(workload);
  }
  Apply(MakeWorkload("beside", {StatefulSetRole("s", 1), JobRole("j", 1)}));
  ASSERT_TRUE(Eventually(10s, [&] { return NotRunning("beside-0", 2); }));
  for (const Case& each : cases) {
    SCOPED_TRACE(each.name);
    std::vector<std::string> words = each.words;
    words.emplace_back("spoilt");
    EXPECT_TRUE(Eventually(10s, [&] { return StalledProblem(std::string(each.name) + "-0", words); }));
    EXPECT_LT(ConditionOf(Get(api::kPodGroups, std::string(each.name) + "-0"), "Stalled")["message"].Text().size(),
              1024U);
    EXPECT_TRUE(Eventually(5s, [&] { return ConditionProblem(each.name, "Stalled", "True"); }));
    // Who asks what to do is told so.
    const CommandResult explain = Plugin({"explain", each.name});
    EXPECT_EQ(Lacks(explain.out,
                    {each.advice, std::string("kubectl edit workloads.muster.dev ") + each.name + " -n " + ns()}),
              "");
  }
  ExpectWholeOrNothing();
}

// Amounts that no sum of 64 bits can hold: they wait, are explained, and let others pass.
TEST_F(Extremes, WhatNoNodeCanEverHoldWaitsAndIsExplained) {
  AddNodes({.prefix = "never", .count = 2});
  OperatorProcess& op = StartOperator();
  const std::string most = "9223372036854775807";
  Apply(MakeWorkload("huge", {StatefulSetRole("s", 100'000, {.cpu = most}), JobRole("j", 1)}));
  Apply(MakeWorkload("wide", {JobRole("j", 100'000, {.requests = {{"memory", "8E"}}})}));
  Apply(MakeWorkload("exa", {JobRole("j", 2, {.cpu = "1", .requests = {{"example.com/gpu", most}}})}));
  Apply(MakeWorkload("nowhere", {JobRole("j", 2, {.node_selector = {{"disk", "none-such"}}})}));
  Apply(MakeWorkload("tiny", {JobRole("j", 1, {.cpu = "1n"}), StatefulSetRole("s", 1, {.cpu = "0"})}));
  Apply(MakeWorkload("beside", {StatefulSetRole("s", 1), JobRole("j", 1)}));
  ASSERT_TRUE(Eventually(10s, [&] { return NotRunning("beside-0", 2); }));
  EXPECT_TRUE(Eventually(10s, [&] { return NotRunning("tiny-0", 2); }));
  const std::vector<std::pair<std::string, std::string>> waiting = {{"huge-0", "InsufficientCpu"},
                                                                    {"wide-0", "InsufficientMemory"},
                                                                    {"exa-0", "InsufficientExtendedResource"},
                                                                    {"nowhere-0", "NodeSelectorMismatch"}};
  for (const auto& each : waiting) {
    const std::string& group = each.first;
    const std::string& code = each.second;
    EXPECT_TRUE(Eventually(10s, [&]() -> std::string {
      if (std::string problem = Missing(group, "Waiting"); !problem.empty()) return problem;
      const auto found = seen().Group(group);
      if (!found->status.explanation) return group + " says nothing";
      const auto& blockers = found->status.explanation->blockers;
      const bool said = std::any_of(blockers.begin(), blockers.end(), [&](const auto& b) { return b.code == code; });
      return said ? "" : group + " says: " + found->status.explanation->summary;
    }));
    PrintFigure(group, seen().Group(group)->status.explanation->summary);
  }
  EXPECT_TRUE(op.Running());
  ExpectWholeOrNothing();
}

}  // namespace
}  // namespace muster::e2e
