// Attacks on the room of the cluster: a tenant with the built-in role `edit` in a namespace of his own, and a victim in
// the namespace of the test.
#pragma once

#include <string>
#include <vector>

#include "lib/json/text.h"
#include "tests/e2e/support/people.h"

namespace muster::e2e {

class AttackOnRoom : public People {
 protected:
  void SetUp() override {
    People::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    theirs_ = ns() + "-mallory";
    AsAdmin({"create", "namespace", theirs_});
    AsAdmin({"create", "rolebinding", "mallory", "--clusterrole=edit", "--user=mallory", "-n", theirs_});
    ASSERT_TRUE(Eventually(20s, [&] {
      const json::Object wanted{
          {"verb", "create"}, {"group", "muster.dev"}, {"resource", "workloads"}, {"namespace", theirs_}};
      return IsPermitted(api(), "mallory", "resourceAttributes", wanted) ? "" : "mallory may not create Workloads";
    }));
  }
  void TearDown() override {
    if (!theirs_.empty()) {
      // While the operator runs, so that nothing of his holds room in the next test.
      AsAdmin({"delete", "workloads.muster.dev", "--all", "-n", theirs_, "--cascade=foreground", "--timeout=60s"});
      AsAdmin({"delete", "namespace", theirs_, "--wait=false"});
    }
    People::TearDown();
  }

  const std::string& theirs() const { return theirs_; }
  // kubectl as the attacker, in his namespace; must succeed.
  void AsMallory(std::vector<std::string> arguments, const std::string& input = {}) {
    arguments.insert(arguments.end(), {"-n", theirs_, "--as", "mallory"});
    AsAdmin(std::move(arguments), input);
  }
  void AsAdmin(std::vector<std::string> arguments, const std::string& input = {}) {
    const CommandResult result = cluster().Kubectl(std::move(arguments), input);
    ASSERT_EQ(result.exit_code, 0) << result.Text();
  }
  // Of the attacker's PodGroup, "" when it does not exist: "True" when it is admitted.
  std::string IsAdmitted(const std::string& group) {
    return cluster()
        .Kubectl({"get", "podgroups.muster.dev", group, "-n", theirs_, "-o",
                  R"(jsonpath={.status.conditions[?(@.type=="Admitted")].status})"})
        .out;
  }
  std::string NotAdmitted(const std::string& group) {
    return IsAdmitted(group) == "True" ? "" : group + " is not admitted";
  }

 private:
  std::string theirs_;
};

}  // namespace muster::e2e
