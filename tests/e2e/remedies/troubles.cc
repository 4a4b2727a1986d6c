#include "tests/e2e/remedies/troubles.h"

#include <csignal>

#include "lib/base/strings.h"
#include "lib/json/text.h"

namespace muster::e2e {
namespace {

constexpr api::Resource kQuotas{"", "v1", "resourcequotas", "ResourceQuota"};

// ---- Waiting mends it

json::Value PrefersNode(json::Value role, const std::string& node) {
  const json::Value expression =
      json::Object{{"key", "kubernetes.io/hostname"}, {"operator", "In"}, {"values", json::Array{node}}};
  const json::Value preference =
      json::Object{{"weight", 100}, {"preference", json::Object{{"matchExpressions", json::Array{expression}}}}};
  role.Mutable("job")
      .Mutable("spec")
      .Mutable("template")
      .Mutable("spec")
      .Set("affinity", json::Object{{"nodeAffinity", json::Object{{"preferredDuringSchedulingIgnoredDuringExecution",
                                                                   json::Array{preference}}}}});
  return role;
}

// Another group is on its way and could take any node; kube-scheduler, once it runs again, leaves one free.
void BringOneThatStarts(Remedies& t) {
  t.AddNodes({.prefix = "start", .count = 2, .capacity = "cpu=4"});
  t.StartOperator();
  t.cluster().Component("pause", "kube-scheduler");
  t.Apply(MakeWorkload("h", {PrefersNode(JobRole("w", 4), "start-0")}));
  ASSERT_TRUE(Eventually(10s, [&] { return t.Missing("h-0", "Starting"); }));
  t.Apply(MakeWorkload("g", {JobRole("w", 1, {.cpu = "4"})}));
}

void LetItStart(Remedies& t, const Remedy&) {
  t.cluster().Component("resume", "kube-scheduler");
  EXPECT_TRUE(Eventually(20s, [&] { return t.Missing("h-0", "Running"); }));
}

// h has waited for an hour, as its record says. It fits when the group "other" has ended, but not beside g.
void BringOneInFront(Remedies& t, const std::string& priority_class) {
  t.AddNodes({.prefix = "front-" + t.ns(), .capacity = "cpu=7"});
  t.Create(api::kPods, MakePod("theirs", {.cpu = "1"}));
  OperatorProcess& first = t.StartOperator({.elect = Elect::kNo});
  t.Apply(MakeWorkload("other", {JobRole("w", 1, {.cpu = "2"})}));
  ASSERT_TRUE(Eventually(10s, [&] { return t.Missing("other-0", "Running"); }));
  t.Apply(MakeWorkload("h", {JobRole("w", 1, {.cpu = "5"})}, {.priority_class_name = priority_class}));
  ASSERT_TRUE(Eventually(10s, [&] { return t.Missing("h-0", "Waiting"); }));
  first.Signal(SIGTERM);
  ASSERT_TRUE(first.Wait(5s).has_value());
  const json::Value long_ago =
      json::Object{{"askedTime", FormatTime(runtime::RealClock().Wall() - std::chrono::hours(1))}};
  t.LiftOperatorWrites();
  t.Must(t.Kubectl({"patch", "podgroups.muster.dev", "h-0", "--subresource=status", "--type=merge", "-p",
                    json::Write(json::Object{{"status", long_ago}})}));
  t.StartOperator({.identity = "two", .elect = Elect::kNo});
  t.Apply(MakeWorkload("g", {JobRole("w", 1, {.cpu = "2"})}));
}

void BringAnEarlierOne(Remedies& t) { BringOneInFront(t, {}); }

void BringAHigherOne(Remedies& t) {
  t.Create(api::kPriorityClasses, MakePriorityClass("front-" + t.ns(), 1000));
  BringOneInFront(t, "front-" + t.ns());
}

std::string WorkloadOf(const Remedy& said) { return said.group.substr(0, said.group.rfind('-')); }

void SuspendIt(Remedies& t, const Remedy& said) {
  EXPECT_TRUE(Eventually(10s, [&] {
    const CommandResult done = t.Plugin({"suspend", WorkloadOf(said)});
    return done.exit_code == 0 ? "" : done.Text();
  }));
}

void DeleteIt(Remedies& t, const Remedy& said) {
  t.Must(t.Kubectl({"delete", "workloads.muster.dev", WorkloadOf(said)}));
  t.Delete(api::kPriorityClasses, "front-" + t.ns());
}

void LetItRun(Remedies& t, const Remedy& said) {
  t.Must(t.Kubectl({"delete", "workloads.muster.dev", "other", "--wait=false"}));
  EXPECT_TRUE(Eventually(20s, [&] { return t.Missing(said.group, "Running"); }));
  t.Must(t.Kubectl({"delete", "pod", "theirs", "--wait=false"}));  // room for the group behind it
}

// Released without room, and held again; the room comes while it waits.
void BringABackOff(Remedies& t) {
  t.AddNodes({.prefix = "backoff", .capacity = "cpu=2"});
  t.StartOperator();
  t.Apply(
      MakeWorkload("g", {StatefulSetRole("w", 4)}, {.gang = {{"admission", "Always"}, {"scheduleTimeoutSeconds", 2}}}));
}

void WaitForTheNextAttempt(Remedies& t, const Remedy&) { t.AddNodes({.prefix = "backoff-more", .capacity = "cpu=2"}); }

// ---- Preemption makes the room, once the group has pods

void BringPodsOfLowerPriority(Remedies& t) {
  t.AddNodes({.prefix = "lower", .capacity = "cpu=4"});
  t.Create(api::kPriorityClasses, MakePriorityClass("front-" + t.ns(), 1000, "PreemptLowerPriority"));
  t.Create(api::kPods, MakePod("other", {.cpu = "3"}));
  ASSERT_TRUE(Eventually(
      10s, [&] { return Differs("other", t.Get(api::kPods, "other")["status"]["phase"].Text(), "Running"); }));
  t.StartOperator();
  t.Apply(MakeWorkload("g", {JobRole("w", 2, {.cpu = "2"})}, {.priority_class_name = "front-" + t.ns()}));
}

void AdmitAlways(Remedies& t, const Remedy&) {
  EXPECT_TRUE(Stays(1500ms, [&] { return t.Missing("g-0", "Waiting"); })) << "it waits without";
  t.Patch(api::kWorkloads, "g", json::Object{{"spec", json::Object{{"gang", json::Object{{"admission", "Always"}}}}}});
}

// ---- Nodes

void BringAnUnreadyNode(Remedies& t) {
  t.AddNodes({.prefix = "unready"});
  t.SetNodeReady("unready-0", false);
  // The controller that calls pods of an unready node unready has been there: no kubelet would call ours ready again.
  ASSERT_TRUE(Eventually(30s, [&]() -> std::string {
    const json::Value node = t.Get(api::kNodes, "unready-0");
    for (const json::Value& taint : node["spec"]["taints"].Items()) {
      if (taint["key"].Text() == "node.kubernetes.io/not-ready") return {};
    }
    return "no taint: " + json::Write(node["spec"]);
  }));
  t.StartOperator();
  t.Apply(MakeWorkload("g", {DeploymentRole("w", 2)}));
}

void MakeTheNodeReady(Remedies& t, const Remedy&) { t.SetNodeReady("unready-0", true); }

// A pod of a group that has started is lost, and its replacement finds no node.
void BringACordon(Remedies& t) {
  t.AddNodes({.prefix = "cordon"});
  t.StartOperator();
  t.Apply(MakeWorkload("g", {StatefulSetRole("w", 1)}));
  ASSERT_TRUE(Eventually(15s, [&] { return t.Missing("g-0", "Running"); }));
  t.Must(t.cluster().Kubectl({"cordon", "cordon-0"}));
  t.Must(t.Kubectl({"delete", "pod", "g-0-w-0", "--wait=false"}));
}

void Uncordon(Remedies& t, const Remedy&) { t.Must(t.cluster().Kubectl({"uncordon", "cordon-0"})); }

// ---- Members that are left

void BringALostMember(Remedies& t) {
  t.AddNodes({.prefix = "gone", .capacity = "cpu=4"});
  t.StartOperator();
  t.Apply(MakeWorkload("g", {JobRole("w", 2, {}, Completion::kIndexed)}));
  ASSERT_TRUE(Eventually(15s, [&] { return t.NotReady(); }));
  t.Must(t.Kubectl({"label", "nodes", "gone-0", "test.muster.dev/node-"}));
  t.Must(t.Plugin({"suspend", "g"}));
  ASSERT_TRUE(Eventually(10s, [&] { return t.Missing("g-0", "Stopping"); }));
  t.Must(t.Plugin({"resume", "g"}));
  t.Must(t.Kubectl({"cordon", "gone-0"}));
  t.AddNodes({.prefix = "gone-not", .capacity = "cpu=4"});
}

// Each pod that is named, one after the other.
void ForceDeleteTheNamed(Remedies& t, const Remedy&) {
  for (int i = 0; i < 2; ++i) {
    std::string message;
    ASSERT_TRUE(Eventually(10s, [&] {
      message = t.MessageOf("MembersLeft");
      const std::string name = message.empty() ? "" : Split(message, ' ').at(1);
      return name.empty() || t.Get(api::kPods, name).IsNull() ? "nobody is named: " + message : "";
    }));
    EXPECT_NE(message.find("force-delete the pod"), std::string::npos) << message;
    t.Must(t.Kubectl({"delete", "pod", Split(message, ' ').at(1), "--force", "--grace-period=0"}));
  }
}

// ---- The API server refuses

void BringARefusedRole(Remedies& t) {
  t.AddNodes({.prefix = "refused"});
  t.StartOperator();
  json::Value role = DeploymentRole("w", 1);
  json::Value& pod = role.Mutable("deployment").Mutable("spec").Mutable("template").Mutable("spec");
  pod.Mutable("containers").MutableItems()[0].Set("imagePullPolcy", "Always");
  t.Apply(MakeWorkload("g", {role}));
}

void CorrectTheRole(Remedies& t, const Remedy&) {
  EXPECT_NE(t.MessageOf("InvalidRole").find("imagePullPolcy"), std::string::npos) << t.told();
  t.Apply(MakeWorkload("g", {DeploymentRole("w", 1)}));
}

void BringATakenName(Remedies& t) {
  t.AddNodes({.prefix = "name"});
  json::Value job = JobRole("x", 1)["job"];
  job.Set("apiVersion", "batch/v1");
  job.Set("kind", "Job");
  job.Set("metadata", json::Object{{"name", "g-0-w"}});
  job.Mutable("spec").Set("suspend", true);
  t.Create(api::kJobs, job);
  t.StartOperator();
  t.Apply(MakeWorkload("g", {JobRole("w", 2)}));
}

void DeleteTheOther(Remedies& t, const Remedy&) {
  EXPECT_NE(t.MessageOf("NameConflict").find("g-0-w"), std::string::npos) << t.told();
  t.Must(t.Kubectl({"delete", "job", "g-0-w"}));
}

constexpr const char* kPodSecurity = "pod-security.kubernetes.io/enforce";

void LabelNamespace(Remedies& t, const json::Value& level) {
  t.Patch(kNamespaces, t.ns(),
          json::Object{{"metadata", json::Object{{"labels", json::Object{{kPodSecurity, level}}}}}});
}

void BringPodSecurity(Remedies& t) {
  t.AddNodes({.prefix = "security"});
  LabelNamespace(t, "restricted");
  t.StartOperator();
  t.Apply(MakeWorkload("g", {JobRole("w", 2)}));
}

void RelaxPodSecurity(Remedies& t, const Remedy&) { LabelNamespace(t, nullptr); }

void BringAForbiddenChild(Remedies& t) {
  t.AddNodes({.prefix = "forbidden"});
  t.Must(t.Kubectl({"create", "quota", "jobs", "--hard=count/jobs.batch=0"}));
  ASSERT_TRUE(Eventually(
      20s, [&] { return Differs("quota", t.Get(kQuotas, "jobs")["status"]["hard"]["count/jobs.batch"].Text(), "0"); }));
  t.StartOperator();
  t.Apply(MakeWorkload("g", {JobRole("w", 2)}));
}

void PermitTheChild(Remedies& t, const Remedy&) {
  EXPECT_NE(t.MessageOf("WriteRefused").find("exceeded quota: jobs"), std::string::npos) << t.told();
  t.Must(t.Kubectl({"delete", "quota", "jobs"}));
}

void BringAQuota(Remedies& t) {
  t.AddNodes({.prefix = "quota"});
  t.Must(t.Kubectl({"create", "quota", "few", "--hard=pods=1"}));
  ASSERT_TRUE(
      Eventually(20s, [&] { return Differs("quota", t.Get(kQuotas, "few")["status"]["hard"]["pods"].Text(), "1"); }));
  t.StartOperator();
  t.Apply(MakeWorkload("g", {StatefulSetRole("w", 3)}));
}

void RaiseTheQuota(Remedies& t, const Remedy&) {
  EXPECT_NE(t.MessageOf("PodsRefused").find("exceeded quota: few"), std::string::npos) << t.told();
  t.Patch(kQuotas, "few", json::Object{{"spec", json::Object{{"hard", json::Object{{"pods", "3"}}}}}});
}

// ---- Told not to run, or not told how

void BringASuspended(Remedies& t) {
  t.AddNodes({.prefix = "resume"});
  t.StartOperator();
  t.Apply(MakeWorkload("g", {JobRole("w", 2)}, {.suspend = true}));
}

void ResumeAsTold(Remedies& t, const Remedy&) {
  t.Must(t.cluster().Kubectl(Split(t.Behind("To let it run: kubectl "), ' ')));
}

std::string LateClass(Remedies& t) { return "late-" + t.ns(); }

void BringAMissingClass(Remedies& t) {
  t.AddNodes({.prefix = "class"});
  t.StartOperator();
  t.Apply(MakeWorkload("g", {JobRole("w", 2)}, {.priority_class_name = LateClass(t)}));
}

void CreateTheClass(Remedies& t, const Remedy&) {
  t.Must(t.cluster().Kubectl({"create", "priorityclass", LateClass(t), "--value=7"}));
}

}  // namespace

std::vector<Trouble> Troubles() {
  return {
      {.name = "OthersStart",
       .blocker = "ReservedByAdmitted",
       .change = "WaitForAdmitted",
       .needs_own_cluster = true,
       .bring = BringOneThatStarts,
       .mend = LetItStart},
      {.name = "AnEarlierOneIsSuspended",
       .blocker = "BehindEarlierGroup",
       .change = "WaitForGroup",
       .bring = BringAnEarlierOne,
       .mend = SuspendIt},
      {.name = "AnEarlierOneRuns",
       .blocker = "BehindEarlierGroup",
       .change = "WaitForGroup",
       .bring = BringAnEarlierOne,
       .mend = LetItRun},
      {.name = "AHigherOneIsDeleted",
       .blocker = "BehindHigherPriority",
       .change = "WaitForGroup",
       .bring = BringAHigherOne,
       .mend = DeleteIt},
      {.name = "PodsOfLowerPriority",
       .blocker = "InsufficientCpu",
       .change = "AdmitAlways",
       .bring = BringPodsOfLowerPriority,
       .mend = AdmitAlways},
      {.name = "BackOff",
       .blocker = "BackOff",
       .advice = "It is tried again at ",
       .bring = BringABackOff,
       .mend = WaitForTheNextAttempt},
      {.name = "UnreadyNode", .blocker = "NodeNotReady", .bring = BringAnUnreadyNode, .mend = MakeTheNodeReady},
      {.name = "CordonedAfterTheStart",
       .blocker = "MemberUnschedulable",
       .advice = "kube-scheduler finds no node for a pod of role w",
       .bring = BringACordon,
       .mend = Uncordon},
      {.name = "LostMembers",
       .blocker = "MembersLeft",
       .advice = "Members of its last run are not gone yet",
       .bring = BringALostMember,
       .mend = ForceDeleteTheNamed},
      {.name = "RefusedRole",
       .blocker = "InvalidRole",
       .advice = "The API server refuses role w. Correct it",
       .bring = BringARefusedRole,
       .mend = CorrectTheRole},
      {.name = "ForbiddenChild",
       .blocker = "WriteRefused",
       .advice = "The API server refuses the operator what this group needs. Permit it",
       .bring = BringAForbiddenChild,
       .mend = PermitTheChild},
      {.name = "TakenName",
       .blocker = "NameConflict",
       .advice = "An object that is not ours has a name this group needs. Delete or rename it",
       .bring = BringATakenName,
       .mend = DeleteTheOther},
      {.name = "PodSecurity",
       .blocker = "PodsRefused",
       .advice = "Waiting cannot help: namespace ",
       .bring = BringPodSecurity,
       .mend = RelaxPodSecurity},
      {.name = "Quota",
       .blocker = "PodsRefused",
       .advice = "Waiting helps only if other pods in namespace ",
       .bring = BringAQuota,
       .mend = RaiseTheQuota},
      {.name = "Suspended",
       .blocker = "Suspended",
       .advice = "To let it run: kubectl ",
       .bring = BringASuspended,
       .mend = ResumeAsTold},
      {.name = "MissingPriorityClass",
       .blocker = "PriorityClassNotFound",
       .advice = "Create the PriorityClass",
       .bring = BringAMissingClass,
       .mend = CreateTheClass},
  };
}

}  // namespace muster::e2e
