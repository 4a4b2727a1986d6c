// An API server that does not serve ValidatingAdmissionPolicy, as before Kubernetes 1.30. The attacker may write
// Workloads and may create nothing else; the victim is whoever relies on RBAC for Jobs in that namespace.
#include <fstream>
#include <sstream>

#include "lib/base/strings.h"
#include "tests/e2e/support/people.h"

namespace muster::e2e {
namespace {

class NoPolicies : public People {
 protected:
  void TearDown() override {
    if (!settings_.empty()) Restart(settings_);
    People::TearDown();
  }

  // Takes the API away, as --runtime-config and the admission plugins of the API server do.
  void TakePoliciesAway() {
    std::stringstream text;
    text << std::ifstream(SettingsPath()).rdbuf();
    settings_ = text.str();
    std::string changed;
    const std::string resource = ",admissionregistration.k8s.io/v1/validatingadmissionpolic";
    for (const std::string& line : Split(settings_, '\n')) {
      std::string more;
      if (line.find("DISABLED_ADMISSION_PLUGINS=") != std::string::npos) {
        more = ",ValidatingAdmissionPolicy";
      } else if (line.find("RUNTIME_CONFIG=") != std::string::npos) {
        more = resource + "ies=false" + resource + "ybindings=false";
      }
      const size_t end = line.rfind('"');
      changed += (more.empty() || end == std::string::npos ? line : line.substr(0, end) + more + "\"") + "\n";
    }
    ASSERT_NE(changed.find("validatingadmissionpolicies=false"), std::string::npos) << changed;
    ASSERT_NE(changed.find(",ValidatingAdmissionPolicy"), std::string::npos) << changed;
    Restart(changed);
    ASSERT_TRUE(Eventually(20s, [&] {
      const CommandResult asked = cluster().Kubectl({"get", "validatingadmissionpolicies"});
      const bool gone = asked.err.find("NotFound") != std::string::npos ||  // kubectl remembers what was served
                        asked.err.find("server doesn't have a resource type") != std::string::npos;
      return gone ? "" : asked.Text();
    }));
  }

  CommandResult Check() { return Plugin({"check"}); }

 private:
  std::string SettingsPath() { return cluster().run_dir() + "/cluster.env"; }

  void Restart(const std::string& settings) {
    cluster().Component("stop", "kube-apiserver");
    std::ofstream(SettingsPath()) << settings;
    cluster().StartApiServer();
  }

  std::string settings_;  // as they were; "" when they have not been changed
};

TEST_F(NoPolicies, TheOperatorRefusesToRunUnlessAFlagAcceptsIt) {
  if (!NeedsOwnCluster()) return;
  AddNodes({.prefix = "nopolicy"});
  LetWriteWorkloads("mallory", {});
  const std::string attack = json::Write(MakeWorkload("attack", {JobRole("r", 1)}));
  Refused({"mallory may not create jobs.batch"}, "mallory", {"create", "-f", "-"}, attack);
  TakePoliciesAway();

  OperatorProcess refuses(cluster(), {.identity = "refuses"});  // one that ends with an error, as it should
  const std::optional<int> code = refuses.Wait(60s);
  EXPECT_EQ(code, 1) << refuses.LogTail(20);
  EXPECT_NE(refuses.LogTail(5).find("cannot start: this API server does not serve ValidatingAdmissionPolicy"),
            std::string::npos)
      << refuses.LogTail(20);
  EXPECT_NE(refuses.LogTail(5).find("--allow-missing-admission-policies"), std::string::npos);
  // Nothing is made for the attacker meanwhile: nobody admits the Workload.
  Allowed("mallory", {"create", "-f", "-"}, attack);
  EXPECT_TRUE(Stays(2s, [&] { return Get(api::kJobs, "attack-0-r").IsNull() ? "" : "there is a Job"; }));
  EXPECT_NE(Check().Text().find("serves no ValidatingAdmissionPolicy"), std::string::npos) << Check().Text();

  // What the flag accepts, so that this test shows why it is needed.
  OperatorProcess& accepts =
      StartOperator({.identity = "accepts", .more = {"--allow-missing-admission-policies=true"}});
  EXPECT_TRUE(Eventually(20s, [&] { return NotRunning("attack-0", 1); }));
  EXPECT_NE(accepts.LogTail(1000).find("Admission policies are not in force"), std::string::npos)
      << accepts.LogTail(20);
}

// Served, but not installed: the operator runs, because they can be installed while it does, and says so.
TEST_F(NoPolicies, ThatAreNotInstalledAreNamedInTheLog) {
  EXPECT_EQ(cluster().Kubectl({"delete", "validatingadmissionpolicybinding", "muster-workload-roles"}).exit_code, 0);
  OperatorProcess& op = StartOperator();
  EXPECT_TRUE(Eventually(20s, [&]() -> std::string {
    const std::string log = op.LogTail(1000);
    return log.find("muster-workload-roles has no binding that denies requests") == std::string::npos ? log : "";
  }));
  EXPECT_NE(Check().Text().find("muster-workload-roles has no binding"), std::string::npos) << Check().Text();
  const CommandResult again =
      cluster().Kubectl({"apply", "--server-side", "-f", std::string(MUSTER_SOURCE_DIR) + "/config/policy"});
  EXPECT_EQ(again.exit_code, 0) << again.Text();
  LetWriteWorkloads("mallory", {});
  EXPECT_TRUE(Eventually(20s, [&] {
    const CommandResult refused = KubectlAs("mallory", {"create", "--dry-run=server", "-f", "-"},
                                            json::Write(MakeWorkload("w", {JobRole("r", 1)})));
    return refused.exit_code != 0 ? "" : "the policy is not in force again";
  }));
}

// Why the operator cannot ask for the rights of whoever wrote a Workload: the API server does not record users.
TEST_F(NoPolicies, AWorkloadDoesNotSayWhoWroteIt) {
  LetWriteWorkloads("mallory", RoleKinds());
  Allowed("mallory", {"create", "-f", "-"}, json::Write(MakeWorkload("w", {JobRole("r", 1)}, {.suspend = true})));
  const CommandResult written = Kubectl({"get", "workloads.muster.dev", "w", "-o", "json", "--show-managed-fields"});
  EXPECT_NE(written.out.find("\"manager\": \"kubectl-create\""), std::string::npos) << written.Text();
  EXPECT_EQ(written.out.find("mallory"), std::string::npos) << written.Text();
}

}  // namespace
}  // namespace muster::e2e
