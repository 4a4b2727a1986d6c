#include "tests/e2e/support/people.h"

#include "lib/json/text.h"

namespace muster::e2e {
namespace {

constexpr api::Resource kRoles{"rbac.authorization.k8s.io", "v1", "roles", "Role"};
constexpr api::Resource kRoleBindings{"rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding"};
constexpr api::Resource kAccessReviews{"authorization.k8s.io", "v1", "subjectaccessreviews", "SubjectAccessReview",
                                       false};
constexpr const char* kRbac = "rbac.authorization.k8s.io";

json::Value JobRoleOf(const std::string& name, int replicas, const Members& members) {
  return JobRole(name, replicas, members);
}

// The policies take effect a moment after they are stored: one of each file must have refused something.
std::string PolicyNotInForce(Cluster& cluster) {
  const CommandResult group = cluster.Kubectl({"create", "--dry-run=server", "-n", "default", "-f",
                                               std::string(MUSTER_SOURCE_DIR) + "/tests/crds/accepted/group.yaml"});
  if (group.err.find("muster-operator-writes") == std::string::npos) return "PodGroups: " + group.Text();
  // The admin's group gets past RBAC's questions about him; of a policy's he has every right as well. So somebody with
  // rights on Workloads alone is asked for.
  const json::Value probe = MakeWorkload("probe", {JobRole("r", 1)}, {.suspend = true});
  const std::vector<std::string> as_probe = {"-n", "default", "--as", "probe", "--dry-run=server"};
  std::vector<std::string> create = {"create", "-f", "-"};
  create.insert(create.end(), as_probe.begin(), as_probe.end());
  const CommandResult workload = cluster.Kubectl(create, json::Write(probe));
  if (workload.err.find("muster-workload-roles") == std::string::npos) return "Workloads: " + workload.Text();
  std::vector<std::string> scale = {"scale", "workloads.muster.dev/probe", "--replicas=2"};
  scale.insert(scale.end(), as_probe.begin(), as_probe.end());
  const CommandResult scaled = cluster.Kubectl(scale);
  if (scaled.err.find("muster-workload-scale") == std::string::npos) return "scale: " + scaled.Text();
  return {};
}

void InstallOnce(Cluster& cluster) {
  static bool installed = false;
  if (installed) return;
  installed = true;
  const std::string file = std::string(MUSTER_SOURCE_DIR) + "/config/install.yaml";
  const CommandResult applied = cluster.Kubectl({"apply", "--server-side", "-f", file});
  ASSERT_EQ(applied.exit_code, 0) << applied.Text();
  EXPECT_EQ(applied.err.find("Warning"), std::string::npos) << applied.Text();
  // The operators of these tests are processes of the tests.
  cluster.Kubectl({"delete", "deployment", "muster-operator", "-n", "muster-system"});
  for (const char* role : {"muster-edit", "muster-view"}) {
    cluster.Kubectl(
        {"create", "rolebinding", role, "-n", "default", std::string("--clusterrole=") + role, "--user=probe"});
  }
  cluster.Kubectl({"apply", "-n", "default", "-f", "-"},
                  json::Write(MakeWorkload("probe", {JobRole("r", 1)}, {.suspend = true})));
  EXPECT_TRUE(Eventually(20s, [&] { return PolicyNotInForce(cluster); }));
  cluster.Kubectl(
      {"delete", "-n", "default", "workloads.muster.dev/probe", "rolebinding/muster-edit", "rolebinding/muster-view"});
}

}  // namespace

const std::vector<RoleKind>& RoleKinds() {
  static const std::vector<RoleKind> kinds = {{"deployment", "apps", "deployments", DeploymentRole},
                                              {"replicaSet", "apps", "replicasets", ReplicaSetRole},
                                              {"statefulSet", "apps", "statefulsets", StatefulSetRole},
                                              {"job", "batch", "jobs", JobRoleOf}};
  return kinds;
}

bool IsPermitted(client::Api& admin, const std::string& user, const std::string& attributes_key,
                 json::Object attributes) {
  json::Array groups = {"system:authenticated"};
  if (user.starts_with("system:serviceaccount:")) {
    const size_t ns_at = std::string_view("system:serviceaccount:").size();
    groups.emplace_back("system:serviceaccounts");
    groups.emplace_back("system:serviceaccounts:" + user.substr(ns_at, user.find(':', ns_at) - ns_at));
  }
  const json::Value review =
      json::Object{{"apiVersion", "authorization.k8s.io/v1"},
                   {"kind", "SubjectAccessReview"},
                   {"spec", json::Object{{"user", user}, {"groups", groups}, {attributes_key, std::move(attributes)}}}};
  const auto answer = admin.Create(kAccessReviews, "", review);
  EXPECT_TRUE(answer.has_value()) << answer.error().message;
  return answer.has_value() && answer->object["status"]["allowed"].Bool();
}

void People::SetUp() {
  E2e::SetUp();
  if (IsSkipped() || HasFatalFailure()) return;
  if (!NeedsOwnCluster()) return;
  InstallOnce(cluster());
}

void People::Bind(const std::string& user, const std::string& role_kind, const std::string& role) {
  Create(kRoleBindings,
         json::Object{{"apiVersion", std::string(kRbac) + "/v1"},
                      {"kind", "RoleBinding"},
                      {"metadata", json::Object{{"name", user + "." + role}}},
                      {"roleRef", json::Object{{"apiGroup", kRbac}, {"kind", role_kind}, {"name", role}}},
                      {"subjects", json::Array{json::Object{{"apiGroup", kRbac}, {"kind", "User"}, {"name", user}}}}});
}

void People::Grant(const std::string& user, const std::string& role, const json::Array& rules) {
  const std::string name = user + "." + role;
  Create(kRoles, json::Object{{"apiVersion", std::string(kRbac) + "/v1"},
                              {"kind", "Role"},
                              {"metadata", json::Object{{"name", name}}},
                              {"rules", rules}});
  Bind(user, "Role", name);
}

void People::Let(const std::string& user, const std::string& role, const std::string& group,
                 const std::string& resource) {
  Grant(user, role,
        {json::Object{
            {"apiGroups", json::Array{group}}, {"resources", json::Array{resource}}, {"verbs", json::Array{"*"}}}});
  WaitUntilMay(user, "create", group, resource);
}

void People::WaitUntilMay(const std::string& user, const std::string& verb, const std::string& group,
                          const std::string& resource) {
  EXPECT_TRUE(Eventually(20s, [&] {
    const json::Object wanted{{"verb", verb}, {"group", group}, {"resource", resource}, {"namespace", ns()}};
    return IsPermitted(api(), user, "resourceAttributes", wanted) ? "" : user + " may not " + verb + " " + resource;
  }));
}

void People::LetWriteWorkloads(const std::string& user, const std::vector<RoleKind>& and_create) {
  json::Array rules = {json::Object{{"apiGroups", json::Array{"muster.dev"}},
                                    {"resources", json::Array{"workloads", "workloads/scale"}},
                                    {"verbs", json::Array{"*"}}}};
  for (const RoleKind& kind : and_create) {
    rules.emplace_back(json::Object{{"apiGroups", json::Array{kind.group}},
                                    {"resources", json::Array{kind.resource}},
                                    {"verbs", json::Array{"create"}}});
  }
  Grant(user, "workloads", rules);
  WaitUntilMay(user, "create", "muster.dev", "workloads");
}

void People::BindClusterRole(const std::string& user, const std::string& role) {
  Bind(user, "ClusterRole", role);
  // The built-in roles are put together in the background.
  WaitUntilMay(user, role.ends_with("view") ? "get" : "create", "muster.dev", "workloads");
}

void People::LetDoEverything(const std::string& user) {
  Grant(user, "everything",
        {json::Object{{"apiGroups", json::Array{"*"}}, {"resources", json::Array{"*"}}, {"verbs", json::Array{"*"}}}});
  WaitUntilMay(user, "update", "muster.dev", "podgroups");
}

CommandResult People::KubectlAs(const std::string& user, std::vector<std::string> arguments, const std::string& input) {
  arguments.insert(arguments.end(), {"-n", ns(), "--as", user});
  return cluster().Kubectl(std::move(arguments), input);
}

void People::Allowed(const std::string& user, const std::vector<std::string>& arguments, const std::string& input) {
  const CommandResult done = KubectlAs(user, arguments, input);
  EXPECT_EQ(done.exit_code, 0) << user << ": kubectl " << arguments.front() << ": " << done.Text();
}

void People::Refused(const std::vector<std::string>& saying, const std::string& user,
                     const std::vector<std::string>& arguments, const std::string& input) {
  const CommandResult done = KubectlAs(user, arguments, input);
  EXPECT_NE(done.exit_code, 0) << user << ": kubectl " << arguments.front() << " must be refused: " << done.Text();
  for (const std::string& text : saying) {
    EXPECT_NE(done.err.find(text), std::string::npos)
        << user << ": kubectl " << arguments.front() << " must say '" << text << "': " << done.Text();
  }
}

std::vector<std::string> People::RefusalOf(const RoleKind& kind, const std::string& user) const {
  return {
      "muster-workload-roles", "role r is a " + std::string(kind.field) + ", ",
      user + " may not create " + std::string(kind.resource) + "." + std::string(kind.group) + " in namespace " + ns(),
      "ask for that right there, or leave the role out"};
}

}  // namespace muster::e2e
