// plan of a workload that is there already: what applying its manifest would do, with the room that it has itself.
#include "kubectl-plugin/core/plan_view.h"

#include <gtest/gtest.h>

#include "lib/api/names.h"
#include "lib/json/text.h"

namespace muster::plugin {
namespace {

json::Value PlanDocument(const std::string& text) {
  Result<json::Value> document = json::Parse(text);
  EXPECT_TRUE(document.has_value()) << text;
  return document.value_or(json::Value());
}

std::string Roles(int members, const std::string& image) {
  return R"([{"name": "w", "job": {"spec": {"parallelism": )" + std::to_string(members) + R"(, "completions": )" +
         std::to_string(members) + R"(, "template": {"spec": {"containers": [{"name": "c", "image": ")" + image +
         R"(", "resources": {"requests": {"cpu": "1"}}}]}}}}}])";
}

json::Value ControlledBy(const std::string& api_version, const std::string& kind, const std::string& name,
                         const std::string& uid) {
  return json::Array{
      json::Object{{"apiVersion", api_version}, {"kind", kind}, {"name", name}, {"uid", uid}, {"controller", true}}};
}

// Groups a-0, a-1, ... of two members run on one node of as many cpus as they take.
class PlanOfOneThatRuns : public ::testing::Test {
 protected:
  static constexpr int kMembers = 2;

  void Cluster(int groups, int cpus, const std::string& state = "Running") {
    cluster_ = std::make_unique<ClusterNow>(std::set<api::Key>{{"ml", "a"}});
    cluster_->AddNode(PlanDocument(R"({"metadata":{"name":"n1","uid":"u"},"status":{"allocatable":{"cpu":")" +
                                   std::to_string(cpus) +
                                   R"(","pods":"110"},"conditions":[{"type":"Ready","status":"True"}]}})"));
    const json::Value data = json::Object{{"renderer", 1}, {"roles", PlanDocument(Roles(kMembers, "old"))}};
    const Result<std::vector<api::Role>> roles = api::DecodeRoles(data["roles"]);
    ASSERT_TRUE(roles.has_value());
    const json::Value stored = json::Object{{"renderer", 1}, {"roles", api::EncodeRoles(*roles)}};
    const std::string name = api::RevisionName("a", json::WriteCanonical(stored));
    cluster_->AddRevision(
        json::Object{{"metadata", json::Object{{"namespace", "ml"}, {"name", name}}}, {"data", stored}});
    for (int i = 0; i < groups; ++i) {
      const std::string group = "a-" + std::to_string(i);
      json::Value document = PlanDocument(
          R"({"metadata":{"namespace":"ml","uid":"u","labels":{"muster.dev/workload":"a"}},"spec":{"run":"Run"},
              "status":{"conditions":[{"type":"Admitted","status":"True"}]}})");
      document.Mutable("metadata").Set("name", group);
      document.Mutable("spec").Set("index", i);
      document.Mutable("spec").Set("revision", name);
      document.Mutable("status").Set("state", state);
      if (state == "Waiting") document.Mutable("status").Erase("conditions");
      if (state == "Succeeded") {
        document.Mutable("status").Set("conditions", PlanDocument(R"([{"type":"Admitted","status":"False"},
                                                                  {"type":"Succeeded","status":"True"}])"));
      }
      cluster_->AddGroup(document);
      const json::Value owner = ControlledBy("muster.dev/v1alpha1", "PodGroup", group, "u");
      cluster_->AddChild(
          api::RoleKind::kJob,
          json::Object{
              {"metadata",
               json::Object{{"namespace", "ml"}, {"name", group + "-w"}, {"uid", "u-j"}, {"ownerReferences", owner}}}});
      for (int pod = 0; pod < kMembers && state == "Running"; ++pod) {
        json::Value running = PlanDocument(
            R"({"metadata":{"namespace":"ml"},"spec":{"nodeName":"n1","containers":[{"name":"c","resources":
                {"requests":{"cpu":"1"}}}]},"status":{"phase":"Running"}})");
        running.Mutable("metadata").Set("name", group + "-w-" + std::to_string(pod));
        running.Mutable("metadata").Set("uid", group + "-w-" + std::to_string(pod));
        running.Mutable("metadata").Set("ownerReferences", ControlledBy("batch/v1", "Job", group + "-w", "u-j"));
        running.Mutable("metadata")
            .Set("labels",
                 json::Object{{"muster.dev/pod-group", group}, {"muster.dev/role", "w"}, {"muster.dev/workload", "a"}});
        cluster_->AddPod(running);
      }
    }
  }

  PlanAnswer Plan(int replicas, const std::string& roles, const std::string& more = "") {
    const json::Value manifest = PlanDocument(
        R"({"apiVersion":"muster.dev/v1alpha1","kind":"Workload","metadata":{"name":"a"},"spec":{"replicas":)" +
        std::to_string(replicas) + more + R"(,"roles":)" + roles + "}}");
    const Result<PlannedWorkload> planned = PlannedFrom(manifest, "ml");
    EXPECT_TRUE(planned.has_value());
    const Instant now(std::chrono::hours(1));
    PlanEffect effect = AskFor(*planned, *cluster_);
    const ClusterNow::Decisions decisions = cluster_->Plan(now);
    return AnswerPlan(*planned, std::move(effect), *cluster_, decisions,
                      cluster_->Places(decisions, now, kGroupsLookedAt), now);
  }

  static std::string Text(const PlanAnswer& answer) { return Print(RenderPlan(answer, 1, {}), {}); }

  std::unique_ptr<ClusterNow> cluster_;
};

TEST_F(PlanOfOneThatRuns, TheSameRolesChangeNothingThoughTheClusterIsFull) {
  Cluster(2, 4);
  const PlanAnswer answer = Plan(2, Roles(2, "old"));
  EXPECT_TRUE(answer.Fits());
  EXPECT_EQ(Text(answer),
            "workload ml/a fits: its 2 groups run already (2 members each; 1 node looked at).\n"
            "2 groups that run stay as they are: the roles are the same.\n");
}

TEST_F(PlanOfOneThatRuns, OtherRolesMayHaveTheRoomOfTheOldOnes) {
  Cluster(2, 4);
  const PlanAnswer answer = Plan(2, Roles(2, "new"));
  EXPECT_TRUE(answer.Fits());
  EXPECT_EQ(Text(answer),
            "workload ml/a fits: its 2 groups would start now (2 members each; 1 node looked at).\n"
            "2 groups that run would be stopped and start anew, one after another: the roles are others.\n"
            "One way to place them (kube-scheduler chooses the nodes when the time comes):\n"
            "  a-0  w 2 on n1 (2)\n"
            "  a-1  w 2 on n1 (2)\n");
}

// Two of four cpus are its own, and given back when it is stopped.
TEST_F(PlanOfOneThatRuns, AQuotaThatItsOldPodsFillLeavesRoomForItsNewOnes) {
  const json::Value quota = Document(R"({"metadata":{"namespace":"ml","name":"team","uid":"u"},
      "spec":{"hard":{"requests.cpu":"3"}},"status":{"used":{"requests.cpu":"3"}}})");
  Cluster(1, 8);
  cluster_->AddResourceQuota(quota);
  const PlanAnswer fits = Plan(1, Roles(2, "new"));
  EXPECT_TRUE(fits.Fits());
  EXPECT_NE(Text(fits).find("workload ml/a fits as far as considered: its group would start now"), std::string::npos)
      << Text(fits);
  EXPECT_NE(Text(fits).find("Not considered: quota team.\n"), std::string::npos) << Text(fits);
  Cluster(1, 8);
  cluster_->AddResourceQuota(quota);
  const PlanAnswer beyond = Plan(1, Roles(3, "new"));
  EXPECT_FALSE(beyond.Fits());
  EXPECT_NE(Text(beyond).find("workload ml/a does not fit: 0 of 1 group would start now"), std::string::npos)
      << Text(beyond);
  EXPECT_NE(Text(beyond).find("  a-0: quota team (2 requests.cpu left, 3 requested)\n"), std::string::npos)
      << Text(beyond);
}

TEST_F(PlanOfOneThatRuns, LargerRolesMayNotFitAnyMore) {
  Cluster(1, 2);
  const PlanAnswer answer = Plan(1, Roles(3, "old"));
  EXPECT_FALSE(answer.Fits());
  EXPECT_EQ(answer.effect.restarted, std::set<int64_t>{0});
  EXPECT_NE(Text(answer).find("2 of 3 placed"), std::string::npos) << Text(answer);
}

TEST_F(PlanOfOneThatRuns, MoreGroupsAskBesideThoseThatRun) {
  Cluster(1, 4);
  EXPECT_EQ(Text(Plan(2, Roles(2, "old"))),
            "workload ml/a fits: 1 of its 2 groups would start now, the others run already (2 members each; 1 node "
            "looked at).\n"
            "1 group that runs stays as it is: the roles are the same.\n"
            "One way to place it (kube-scheduler chooses the nodes when the time comes):\n"
            "  a-1  w 2 on n1 (2)\n");
  Cluster(1, 3);
  const PlanAnswer answer = Plan(2, Roles(2, "old"));
  EXPECT_FALSE(answer.Fits());
  EXPECT_TRUE(Text(answer).starts_with("workload ml/a does not fit: 0 of 2 groups would start now, 1 run already ("))
      << Text(answer);
}

TEST_F(PlanOfOneThatRuns, FewerGroupsAreDeleted) {
  Cluster(3, 6);
  const PlanAnswer answer = Plan(1, Roles(2, "old"));
  EXPECT_TRUE(answer.Fits());
  EXPECT_NE(Text(answer).find("2 groups would be deleted: the manifest wants 1.\n"), std::string::npos) << Text(answer);
}

TEST_F(PlanOfOneThatRuns, OneThatWaitsIsNotCountedTwice) {
  Cluster(1, 2, "Waiting");
  const PlanAnswer answer = Plan(1, Roles(2, "old"));
  EXPECT_TRUE(answer.Fits()) << Text(answer);
  EXPECT_TRUE(answer.effect.exists);
  EXPECT_EQ(answer.kept(), 0);
}

TEST_F(PlanOfOneThatRuns, ASuspendedManifestStopsIt) {
  Cluster(1, 2);
  EXPECT_NE(Text(Plan(1, Roles(2, "old"), R"(,"suspend":true)"))
                .find("The manifest says spec.suspend: what runs of it would be stopped"),
            std::string::npos);
  Cluster(0, 2);
  const std::string text = Text(Plan(1, Roles(2, "new"), R"(,"suspend":true)"));
  EXPECT_TRUE(text.starts_with("workload ml/a fits: its group would have room now (")) << text;
}

TEST_F(PlanOfOneThatRuns, OneThatHasFinishedNeverRunsAgain) {
  Cluster(1, 2, "Succeeded");
  for (const char* image : {"old", "new"}) {
    const PlanAnswer answer = Plan(1, Roles(2, image));
    EXPECT_TRUE(answer.Starts());
    EXPECT_EQ(Text(answer),
              "workload ml/a fits: its group has finished (2 members each; 1 node looked at).\n"
              "1 group has finished and never runs again; to run it once more, delete its PodGroup or the Workload\n");
  }
  EXPECT_TRUE(Text(Plan(2, Roles(2, "old")))
                  .starts_with("workload ml/a fits: 1 of its 2 groups would start now, the others have finished ("));
}

TEST_F(PlanOfOneThatRuns, SomeStartWithoutRoom) {
  for (const auto& [gang, said] : {std::pair("{\"admission\":\"Always\"}", "gang.admission: Always"),
                                   std::pair("{\"policy\":\"None\"}", "gang.policy: None")}) {
    Cluster(0, 1);
    const PlanAnswer answer = Plan(1, Roles(2, "old"), std::string(",\"gang\":") + gang);
    EXPECT_FALSE(answer.Fits());
    EXPECT_TRUE(answer.Starts());
    const std::string text = Text(answer);
    EXPECT_TRUE(text.starts_with("workload ml/a starts at once, room or not (" + std::string(said) +
                                 "): there is room for 0 of 1 group, pods of the others would be Pending ("))
        << text;
  }
}

}  // namespace
}  // namespace muster::plugin
