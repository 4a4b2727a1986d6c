// check against the installation that config/ makes, whole and with parts of it lost; and what is said of a server that
// does not answer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <set>
#include <sstream>

#include "kubectl-plugin/cmd/embedded.h"
#include "kubectl-plugin/core/versions.h"
#include "lib/base/strings.h"
#include "lib/client/yaml.h"
#include "tests/scenario/plugin/support/plugin_run.h"

namespace muster::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::vector<json::Value> DocumentsOf(const std::string& path) {
  const std::ifstream file(std::string(MUSTER_SOURCE_DIR) + "/" + path);
  std::stringstream text;
  text << file.rdbuf();
  const auto documents = client::ParseYamlDocuments(text.str());
  EXPECT_TRUE(documents.has_value()) << path;
  return documents.value_or(std::vector<json::Value>());
}

class Check : public ::testing::Test {
 protected:
  // config/install.yaml, but for the objects that `left_out` names as KIND/NAME; and an operator that acts.
  void Install(const std::set<std::string>& left_out = {}) {
    size_t left = left_out.size();
    for (json::Value document : DocumentsOf("config/install.yaml")) {
      const std::string name = document["kind"].Text() + "/" + document["metadata"]["name"].Text();
      if (left_out.contains(name)) {
        --left;
        continue;
      }
      if (document["kind"].Text() == "CustomResourceDefinition") {
        const json::Value established = json::Object{{"type", "Established"}, {"status", "True"}};
        document.Set("status", json::Object{{"conditions", json::Array{established}}});
      }
      cluster_->Add(std::move(document));
    }
    EXPECT_EQ(left, 0U) << "config/install.yaml has not all of them";
    for (const json::Value& document : DocumentsOf("tests/scenario/plugin/given/cluster.yaml")) {
      if (document["kind"].Text() != "CustomResourceDefinition") cluster_->Add(document);
    }
  }

  PluginRun Run(std::string_view command = "check") {
    PluginSetting setting;
    setting.now = ParseTime("2026-11-22T10:14:00Z").value();
    return RunPlugin(*cluster_, SplitCommand(command), setting);
  }

  std::unique_ptr<MemoryCluster> cluster_ = std::make_unique<MemoryCluster>();
};

TEST_F(Check, FindsNothingWrongWithWhatIsInstalled) {
  Install();
  const PluginRun run = Run();
  EXPECT_EQ(run.exit, 0) << run.out;
  for (const std::string& line : Split(run.out, '\n')) EXPECT_TRUE(line.empty() || line.starts_with("ok ")) << run.out;
  EXPECT_THAT(run.out,
              HasSubstr("ServiceAccount muster-system/muster-operator has the rights that the operator needs"));
  EXPECT_THAT(run.out, HasSubstr("the admission policies exist and are bound"));
  EXPECT_THAT(run.out, HasSubstr("plugin v0.1.0, CRDs v0.1.0 and operator v0.1.0"));
}

TEST_F(Check, FindsWhatWasLost) {
  struct Case {
    std::set<std::string> left_out;
    int exit;
    const char* said;
  };
  for (const Case& c : {
           Case{{"ClusterRole/muster-operator"}, 1, "may not: get, list, watch workloads.muster.dev; "},
           Case{{"ClusterRoleBinding/muster-operator"}, 1, "may not: get, list, watch workloads.muster.dev; "},
           Case{{"RoleBinding/muster-leader-election"}, 1, "may not: create leases.coordination.k8s.io; get, update "},
           Case{{"ClusterRoleBinding/muster-operator", "RoleBinding/muster-leader-election"},
                0,
                "no role is bound to ServiceAccount muster-system/muster-operator, but an operator is active"},
           Case{{"ValidatingAdmissionPolicy/muster-workload-scale"}, 0, "muster-workload-scale does not exist"},
           Case{{"ValidatingAdmissionPolicyBinding/muster-operator-writes"},
                0,
                "muster-operator-writes has no binding that denies"},
       }) {
    cluster_ = std::make_unique<MemoryCluster>();
    Install(c.left_out);
    const PluginRun run = Run();
    EXPECT_EQ(run.exit, c.exit) << run.out;
    EXPECT_THAT(run.out, HasSubstr(c.said));
  }
}

TEST_F(Check, NamesTheRightThatARoleHasLost) {
  Install();
  json::Value role = *cluster_->Find("ClusterRole", "muster-operator");
  json::Array rules = role["rules"].Items();
  std::erase_if(rules, [](const json::Value& rule) { return rule["apiGroups"].At(0).Text() == "batch"; });
  cluster_->MergeInto("ClusterRole", "muster-operator", json::Object{{"rules", rules}});
  EXPECT_THAT(Run().out,
              HasSubstr("may not: get, list, watch, create, patch, delete jobs.batch\n         kubectl apply "
                        "--server-side -f config/rbac/\n"));
}

TEST_F(Check, WithoutTheRightToLookSaysSo) {
  Install();
  cluster_->Refuse("/apis/rbac.authorization.k8s.io", 403, "Forbidden", "you may not list roles");
  cluster_->Refuse("/apis/admissionregistration.k8s.io", 404, "", "");
  const PluginRun run = Run();
  EXPECT_EQ(run.exit, 0) << run.out;
  EXPECT_THAT(run.out, HasSubstr("warning  the rights of ServiceAccount muster-system/muster-operator could not be "
                                 "read\n         Error from server (Forbidden): you may not list roles\n"));
  EXPECT_THAT(run.out, HasSubstr("this Kubernetes serves no ValidatingAdmissionPolicy"));
}

TEST_F(Check, KnowsEveryPolicyThatIsInstalled) {
  size_t policies = 0;
  for (const json::Value& document : DocumentsOf("config/install.yaml")) {
    if (document["kind"].Text() != "ValidatingAdmissionPolicy") continue;
    ++policies;
    const std::string name = document["metadata"]["name"].Text();
    cluster_ = std::make_unique<MemoryCluster>();
    Install({"ValidatingAdmissionPolicy/" + name});
    EXPECT_THAT(Run().out, HasSubstr("admission policies: " + name + " does not exist\n"));
  }
  EXPECT_GE(policies, 3U);
}

// The release is told once, in CMakeLists.txt.
TEST_F(Check, CrdsBearTheReleaseOfThePlugin) {
  for (const std::string_view text : {plugin::WorkloadCrdText(), plugin::PodGroupCrdText()}) {
    const Result<json::Value> crd = client::ParseYaml(text);
    ASSERT_TRUE(crd.has_value());
    EXPECT_EQ(plugin::ReleaseLabel(*crd), MUSTER_RELEASE);
  }
}

TEST_F(Check, AServerThatDoesNotAnswerIsOneLine) {
  for (const Error& error : {MakeError(Code::kUnavailable, "connection refused"), MakeError(Code::kTimeout, ""),
                             MakeError(Code::kUnauthorized, "the token has expired")}) {
    cluster_->Break(error);
    for (const char* command : {"check", "version", "check -o json"}) {
      const PluginRun run = Run(command);
      EXPECT_EQ(run.exit, 1) << command;
      EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << command << ": " << run.err;
      EXPECT_EQ(run.out, std::string_view(command) == "version" ? "Plugin      v0.1.0\n" : "") << command;
    }
  }
}

TEST_F(Check, AServerThatIsNoApiServerIsOneLine) {
  cluster_->Refuse("/", 404, "", "");
  for (const char* command : {"check", "version"}) {
    const PluginRun run = Run(command);
    EXPECT_EQ(run.exit, 1) << command;
    EXPECT_EQ(
        run.err,
        "error: https://cluster.example:6443 (context \"dev\") does not serve /version: is this an API server or a "
        "proxy in front of it? see --server and --context\n");
  }
}

}  // namespace
}  // namespace muster::testing
