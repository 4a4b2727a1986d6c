// That the operator uses every right that it has: what its ClusterRole lists is compared with what the API server's
// audit log says that it asked for, in a run in which it does everything that it ever does.
#include <set>

#include "lib/base/strings.h"
#include "lib/json/text.h"
#include "tests/e2e/support/people.h"

namespace muster::e2e {
namespace {

constexpr api::Resource kClusterRoles{"rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", false};
constexpr std::pair<const char*, const char*> kChildren[] = {
    {"job", "j"}, {"statefulset", "s"}, {"deployment", "d"}, {"replicaset", "r"}};

class OperatorRights : public People {
 protected:
  // One role of each kind. Another suffix is another role: the old child is deleted. Without one, the group starts for
  // long.
  static json::Array Roles(const std::string& suffix, const std::string& image) {
    Members members{.cpu = "100m", .image = image};
    if (suffix.empty()) members.annotations = {{"ready-after", "10m"}};
    return {JobRole("j" + suffix, 1, members), StatefulSetRole("s" + suffix, 1, members),
            DeploymentRole("d" + suffix, 1, members), ReplicaSetRole("r" + suffix, 1, members)};
  }

  void Do(std::vector<std::string> arguments) {
    const CommandResult done = Kubectl(std::move(arguments));
    EXPECT_EQ(done.exit_code, 0) << done.Text();
  }

  // The operator has seen the newest spec of the Workload and all of its groups have the revision of it.
  std::string NotCaughtUp(int64_t groups) {
    const json::Value w = Workload("a");
    if (w["status"]["observedGeneration"].Integer() != w["metadata"]["generation"].Integer()) return "not seen yet";
    return Differs("updated groups", w["status"]["updated"].Integer(), groups);
  }

  std::string LabelsLost(const std::string& kind, const std::string& name, const std::string& label) {
    const CommandResult found = Kubectl({"get", kind, name, "-o", "jsonpath={.metadata.labels}"});
    return found.out.find(label) == std::string::npos ? kind + " " + name + " has " + found.Text() : "";
  }

  // Each child is held, and made from the newest revision: no other one will take its place.
  std::string NotSettled() {
    const json::Value group = Get(api::kPodGroups, "a-0");
    const std::string revision = group["spec"]["revision"].Text();
    if (group["status"]["revision"].Text() != revision) return "the group is of an older revision";
    for (const auto& [kind, role] : kChildren) {
      const CommandResult found =
          Kubectl({"get", kind, std::string("a-0-") + role, "-o", "jsonpath={.metadata.annotations}"});
      if (found.out.find("\"" + revision + "\"") == std::string::npos) return found.Text() + " is not of " + revision;
    }
    return Missing("a-0", "Waiting");
  }

  // Children and revisions whose labels somebody took away are looked up by name, and the labels are put back.
  void TakeLabels() {
    for (const auto& [kind, role] : kChildren) {
      // This one alone: a Job without any label gets those of its template from the API server.
      Do({"label", kind, std::string("a-0-") + role, std::string(api::kLabelPodGroup) + "-"});
    }
    const std::string revision = Get(api::kPodGroups, "a-0")["spec"]["revision"].Text();
    // Labels of revisions are the operator's alone to write, where there are admission policies.
    LiftOperatorWrites();
    Do({"delete", "validatingadmissionpolicybinding", "muster-revision-writes"});
    const std::string label = std::string(api::kLabelRolesOf) + "-";
    EXPECT_TRUE(Eventually(20s, [&] {
      const CommandResult taken = Kubectl({"label", "controllerrevision", revision, label});
      return taken.exit_code == 0 ? "" : taken.Text();
    }));
    for (const auto& [kind, role] : kChildren) {
      EXPECT_TRUE(Eventually(20s, [&, k = kind, r = role] {
        return LabelsLost(k, std::string("a-0-") + r, std::string(api::kLabelPodGroup));
      }));
    }
    EXPECT_TRUE(
        Eventually(20s, [&] { return LabelsLost("controllerrevision", revision, std::string(api::kLabelRolesOf)); }));
  }

  // Tokens that are none, and one that is: who may read /metrics is asked of the API server.
  void Scrape(OperatorProcess& op) {
    EXPECT_EQ(op.Metrics("no-token-of-anybody").status, 401);
    Do({"create", "serviceaccount", "scraper"});
    const std::string token = Kubectl({"create", "token", "scraper"}).out;
    EXPECT_EQ(op.Metrics(token.substr(0, token.find('\n'))).status, 403);
  }

  // "verb group/resource" of each rule of the installed ClusterRole.
  std::set<std::string> Granted() {
    std::set<std::string> granted;
    const json::Value role = Get(kClusterRoles, "muster-operator");
    for (const json::Value& rule : role["rules"].Items()) {
      for (const json::Value& group : rule["apiGroups"].Items()) {
        for (const json::Value& resource : rule["resources"].Items()) {
          for (const json::Value& verb : rule["verbs"].Items()) {
            granted.insert(verb.Text() + " " + group.Text() + "/" + resource.Text());
          }
        }
      }
    }
    return granted;
  }

  static std::set<std::string> Used(const std::vector<AuditedRequest>& requests) {
    std::set<std::string> used;
    for (const AuditedRequest& one : requests) {
      if (one.user == kOperatorUser && one.group != "coordination.k8s.io" && !one.resource.empty()) {
        used.insert(one.verb + " " + one.group + "/" + one.resource);
        EXPECT_NE(one.code, 403) << one.Text();
      }
    }
    return used;
  }
};

TEST_F(OperatorRights, AreAllUsed) {
  if (!NeedsOwnCluster()) return;
  const AuditLog audit(cluster().run_dir());
  const int64_t mark = audit.Mark();
  OperatorProcess& op = StartOperator({.open_metrics = false});
  Scrape(op);
  // Held for want of nodes. Each new image is a revision, of which ten are kept.
  for (int i = 0; i < 13; ++i) {
    Apply(MakeWorkload("a", Roles("", "image-" + std::to_string(i)), {.replicas = 2}));
    ASSERT_TRUE(Eventually(20s, [&] { return NotCaughtUp(2); }));
  }
  ASSERT_TRUE(Eventually(20s, [&] { return NotSettled(); }));
  TakeLabels();
  AddNodes({.prefix = "used", .count = 2});
  ASSERT_TRUE(Eventually(20s, [&] { return Missing("a-0", "Starting"); }));
  ASSERT_TRUE(Eventually(20s, [&] {
    return Differs("members with nodes", Get(api::kPodGroups, "a-0")["status"]["scheduled"].Integer(), 4);
  }));
  // Made again, while the group starts: whether it is still admitted is asked of the API server first.
  const std::string before = Get(api::kDeployments, "a-0-d")["metadata"]["uid"].Text();
  Do({"delete", "deployment", "a-0-d", "--wait=false"});
  ASSERT_TRUE(Eventually(20s, [&]() -> std::string {
    const json::Value now = Get(api::kDeployments, "a-0-d");
    return now.IsNull() || now["metadata"]["uid"].Text() == before ? "it is not made again" : "";
  }));
  Apply(MakeWorkload("a", Roles("2", "last")));
  ASSERT_TRUE(Eventually(30s, [&]() -> std::string {
    for (const auto& [kind, role] : kChildren) {
      const std::string old = std::string("a-0-") + role;
      if (Kubectl({"get", kind, old}).exit_code == 0) return old + " is still there";
    }
    return NotRunning("a-0", 4);
  }));
  ASSERT_TRUE(Eventually(20s, [&] { return Get(api::kPodGroups, "a-1").IsNull() ? "" : "a-1 is still there"; }));

  std::set<std::string> granted = Granted();
  // No request has this verb: the admission plugin OwnerReferencesPermissionEnforcement asks for the right when an
  // object is made whose owner is to be removed after it.
  for (const char* kind : {"workloads", "podgroups"}) {
    EXPECT_EQ(granted.erase("update muster.dev/" + std::string(kind) + "/finalizers"), 1U);
  }
  EXPECT_GT(granted.size(), 30U);
  const auto unused = [&]() -> std::string {
    std::vector<std::string> left;
    std::set<std::string> used = Used(audit.RequestsSince(mark));
    // An API server before 1.32 does not begin a watch with what there is: then the same things are listed.
    for (const std::string& right : std::set<std::string>(used)) {
      if (right.starts_with("watch ")) used.insert("list " + right.substr(6));
    }
    for (const std::string& right : granted) {
      if (!used.contains(right)) left.push_back(right);
    }
    return left.empty() ? "" : "rights that the operator has not used: " + Join(left, ", ");
  };
  EXPECT_TRUE(Eventually(10s, unused));
  for (const std::string& right : Used(audit.RequestsSince(mark))) {
    EXPECT_TRUE(granted.contains(right)) << "used, and not in config/rbac/operator.yaml: " << right;
  }
}

}  // namespace
}  // namespace muster::e2e
