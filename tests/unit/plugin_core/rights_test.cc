// Rights read out of roles and bindings; and what check says when they, the policies or the releases are not in order.
#include "kubectl-plugin/core/rights.h"

#include <gtest/gtest.h>

#include "kubectl-plugin/core/installation_checks.h"
#include "lib/base/strings.h"
#include "lib/json/text.h"

namespace muster::plugin {
namespace {

const api::Key kAccount{"muster-system", "muster-operator"};

json::Array Parsed(std::string_view text) {
  const Result<json::Value> value = json::Parse(text);
  EXPECT_TRUE(value.has_value()) << text;
  return value.has_value() ? value->Items() : json::Array();
}

json::Value Role(const std::string& rules) {
  const Result<json::Value> value = json::Parse(R"({"rules": [)" + rules + "]}");
  EXPECT_TRUE(value.has_value()) << rules;
  return value.value_or(json::Value());
}

TEST(Rights, AreBoundByNameByUserAndByGroup) {
  struct Case {
    const char* subject;
    bool bound;
  };
  for (const Case& c : {
           Case{R"({"kind": "ServiceAccount", "name": "muster-operator", "namespace": "muster-system"})", true},
           Case{R"({"kind": "ServiceAccount", "name": "muster-operator", "namespace": "other"})", false},
           Case{R"({"kind": "ServiceAccount", "name": "other", "namespace": "muster-system"})", false},
           Case{R"({"kind": "User", "name": "system:serviceaccount:muster-system:muster-operator"})", true},
           Case{R"({"kind": "User", "name": "muster-operator"})", false},
           Case{R"({"kind": "Group", "name": "system:serviceaccounts"})", true},
           Case{R"({"kind": "Group", "name": "system:serviceaccounts:muster-system"})", true},
           Case{R"({"kind": "Group", "name": "system:serviceaccounts:other"})", false},
           Case{R"({"kind": "Group", "name": "system:masters"})", false},
       }) {
    const std::string binding = std::string(R"([{"roleRef": {"kind": "ClusterRole", "name": "r"}, "subjects": [)") +
                                R"({"kind": "User", "name": "alice"},)" + c.subject + "]}]";
    const std::vector<RoleRef> roles = RolesBoundTo(kAccount, Parsed(binding));
    EXPECT_EQ(!roles.empty(), c.bound) << c.subject;
    for (const RoleRef& role : roles) EXPECT_EQ(role, (RoleRef{"ClusterRole", "r"}));
  }
}

TEST(Rights, ThatAreMissingAreNamedByVerbAndResource) {
  const json::Value wanted = Role(R"(
      {"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["get", "patch"]},
      {"apiGroups": [""], "resources": ["pods", "nodes"], "verbs": ["list"]},
      {"apiGroups": ["muster.dev"], "resources": ["workloads/status"], "verbs": ["update"]},
      {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "resourceNames": ["l"], "verbs": ["update"]})");
  struct Case {
    const char* granted;
    const char* missing;
  };
  for (const Case& c : {
           Case{R"({"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]})", ""},
           Case{"",
                "get, patch jobs.batch|list pods|list nodes|update workloads/status.muster.dev|"
                "update leases.coordination.k8s.io l"},
           Case{R"({"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["get"]},
                   {"apiGroups": ["", "coordination.k8s.io"], "resources": ["*"], "verbs": ["list", "update"]},
                   {"apiGroups": ["muster.dev"], "resources": ["workloads"], "verbs": ["*"]})",
                "patch jobs.batch|update workloads/status.muster.dev"},
           Case{R"({"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["*"]},
                   {"apiGroups": [""], "resources": ["pods"], "resourceNames": ["p"], "verbs": ["list"]},
                   {"apiGroups": [""], "resources": ["nodes"], "verbs": ["list"]},
                   {"apiGroups": ["muster.dev"], "resources": ["*/status"], "verbs": ["update"]},
                   {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "resourceNames": ["l"],
                    "verbs": ["update"]})",
                "list pods"},
       }) {
    EXPECT_EQ(Join(MissingRights(wanted, {Role(c.granted)}), "|"), c.missing) << c.granted;
  }
  const json::Array two{Role(R"({"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["get"]})"),
                        Role(R"({"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["patch"]})")};
  EXPECT_EQ(MissingRights(wanted, two).front(), "list pods") << "roles add up";
}

// As every cluster has it; and one of the operator's own, where it is bound.
json::Array Bindings(bool bound) {
  json::Array bindings = Parsed(R"([{"roleRef": {"kind": "ClusterRole", "name": "system:basic-user"},
                                     "subjects": [{"kind": "Group", "name": "system:authenticated"}]}])");
  if (!bound) return bindings;
  bindings.push_back(Parsed(R"([{"roleRef": {"kind": "ClusterRole", "name": "muster-operator"}, "subjects": [
      {"kind": "ServiceAccount", "name": "muster-operator", "namespace": "muster-system"}]}])")
                         .front());
  return bindings;
}

RightsInput Rights(json::Array cluster_roles, bool bound = true) {
  json::Value wanted = Role(R"({"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["patch"]})");
  wanted.Set("kind", "ClusterRole");
  return {.service_account = kAccount,
          .cluster_bindings = Bindings(bound),
          .bindings = json::Array(),
          .cluster_roles = std::move(cluster_roles),
          .roles = json::Array(),
          .wanted = {wanted}};
}

TEST(CheckRights, GradesWhatItFinds) {
  const json::Value all = Role(R"({"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]})");
  EXPECT_EQ(CheckRights(Rights({all}), true).grade, Grade::kOk);
  const Check lacking = CheckRights(Rights({Role("")}), true);
  EXPECT_EQ(lacking.grade, Grade::kFailed);
  EXPECT_EQ(lacking.what, "ServiceAccount muster-system/muster-operator may not: patch jobs.batch");
  EXPECT_EQ(lacking.remedy, "kubectl apply --server-side -f config/rbac/");
  EXPECT_EQ(CheckRights(Rights({}, false), false).grade, Grade::kFailed);
  EXPECT_EQ(CheckRights(Rights({}, false), true).grade, Grade::kWarning) << "its rights come from elsewhere";
  EXPECT_EQ(CheckRights(Rights({all}, false), true).grade, Grade::kOk) << "by way of a group";
  // A ClusterRole that a RoleBinding names holds in that namespace alone.
  RightsInput local = Rights({});
  local.roles = json::Array{all};
  EXPECT_EQ(CheckRights(local, true).grade, Grade::kFailed);
  local.wanted.front().Set("kind", "Role");
  EXPECT_EQ(CheckRights(local, true).grade, Grade::kOk);
  RightsInput unseen = Rights({all});
  unseen.cluster_bindings = MakeError(Code::kForbidden, "no right to list them");
  const Check unknown = CheckRights(unseen, true);
  EXPECT_EQ(unknown.grade, Grade::kWarning);
  EXPECT_EQ(unknown.remedy, "no right to list them");
}

TEST(CheckPolicies, NamesEachThatIsMissingOrBoundToNothing) {
  const std::vector<std::string> wanted{"muster-workload-roles", "muster-workload-scale", "muster-operator-writes"};
  json::Array policies, bindings;
  for (const std::string& name : wanted) {
    policies.push_back(json::Object{{"metadata", json::Object{{"name", name}}}});
    bindings.push_back(
        json::Object{{"metadata", json::Object{{"name", "any"}}},
                     {"spec", json::Object{{"policyName", name}, {"validationActions", json::Array{"Deny"}}}}});
  }
  EXPECT_EQ(CheckPolicies(policies, bindings, wanted).grade, Grade::kOk);
  bindings[0].Mutable("spec").Set("validationActions", json::Array{"Audit"});
  policies.erase(policies.begin() + 2);
  const Check check = CheckPolicies(policies, bindings, wanted);
  EXPECT_EQ(check.grade, Grade::kWarning);
  EXPECT_EQ(check.what,
            "admission policies: muster-workload-roles has no binding that denies requests; muster-operator-writes "
            "does not exist");
  EXPECT_NE(check.remedy.find("kubectl apply --server-side -f config/policy/"), std::string::npos);
  EXPECT_EQ(CheckPolicies(MakeError(Code::kForbidden, "no"), bindings, wanted).grade, Grade::kWarning);
  const Check old = CheckPolicies(MakeError(Code::kNotFound, "404"), MakeError(Code::kNotFound, "404"), wanted);
  EXPECT_NE(old.what.find("serves no ValidatingAdmissionPolicy"), std::string::npos);
}

TEST(Versions, OfTheCrdsGoWithTheOperatorOrThePlugin) {
  struct Case {
    const char* plugin;
    const char* crds;
    const char* op;
    const char* said;  // of the first sentence, its beginning
  };
  for (const Case& c : {
           Case{"v0.1.0", "v0.1.0", "v0.1.0", ""},
           Case{"v0.1.0", "v0.1.4", "v0.1.2", ""},
           Case{"v0.1.0", "", "v0.1.0", ""},
           Case{"v0.1.0", "v0.2.0", "", "The CRDs have version v0.2.0, this plugin v0.1.0"},
           Case{"v0.1.0", "v0.1.0", "v0.2.0", "The CRDs have version v0.1.0, the operator v0.2.0"},
           Case{"v0.1.0", "v0.2.0", "v0.2.0", "This plugin is older than the operator"},
           Case{"v0.1.0", "nonsense", "v0.1.0", ""},
       }) {
    Versions versions;
    versions.plugin = c.plugin;
    versions.crd_release = c.crds;
    versions.operator_version = c.op;
    const std::vector<std::string> skew = SkewOf(versions);
    EXPECT_EQ(skew.empty(), std::string(c.said).empty()) << Join(skew, "\n");
    EXPECT_TRUE(Join(skew, " ").starts_with(c.said)) << Join(skew, " ");
    EXPECT_EQ(CheckVersions(versions).grade, skew.empty() ? Grade::kOk : Grade::kWarning);
  }
}

}  // namespace
}  // namespace muster::plugin
