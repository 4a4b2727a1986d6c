// A namespace beside the test's own, which the attacker has no rights in, and a group that should run there.
#pragma once

#include <string>

#include "lib/api/pod_group.h"
#include "tests/e2e/support/people.h"

namespace muster::e2e {

class Victim {
 public:
  // Sorts behind the test's own namespace, so that it is last wherever names decide.
  Victim(Cluster& cluster, const std::string& attacked_from) : cluster_(cluster), ns_("zz-" + attacked_from) {
    const CommandResult made = cluster_.Kubectl({"create", "namespace", ns_});
    EXPECT_EQ(made.exit_code, 0) << made.Text();
  }
  ~Victim() { cluster_.Kubectl({"delete", "namespace", ns_, "--wait=false"}); }
  Victim(const Victim&) = delete;
  Victim& operator=(const Victim&) = delete;

  // A Workload "victim" of one group of two pods.
  void Submit() {
    const json::Value workload = MakeWorkload("victim", {JobRole("j", 2, {.cpu = "100m"})});
    const CommandResult made = cluster_.Kubectl({"create", "-n", ns_, "-f", "-"}, json::Write(workload));
    EXPECT_EQ(made.exit_code, 0) << made.Text();
  }
  json::Value Group() {
    auto group = cluster_.admin().Get(api::kPodGroups, {ns_, "victim-0"});
    return group.has_value() ? std::move(*group) : json::Value();
  }
  bool IsAdmitted() {
    return api::IsTrue(api::DecodeConditions(Group()["status"]["conditions"]), api::condition::kAdmitted);
  }
  // For Eventually.
  std::string NotRunning() {
    const std::string state = Group()["status"]["state"].Text();
    return state == "Running" ? "" : "the victim's group is " + (state.empty() ? "not there" : state);
  }

 private:
  Cluster& cluster_;
  const std::string ns_;
};

}  // namespace muster::e2e
