// What is no matter of room is mended as told: by the suggested change, the advice, or the blocker's own words.
#include "tests/e2e/remedies/troubles.h"
#include "lib/base/strings.h"

namespace muster::e2e {
namespace {

class Told : public Remedies, public ::testing::WithParamInterface<Trouble> {
 protected:
  void TearDown() override {
    if (GetParam().needs_own_cluster && cluster().is_ours()) cluster().Component("resume", "kube-scheduler");
    Remedies::TearDown();
    Delete(api::kPriorityClasses, "front-" + ns());
    Delete(api::kPriorityClasses, "late-" + ns());
  }
};

TEST_P(Told, Works) {
  const Trouble& trouble = GetParam();
  if (trouble.needs_own_cluster && !NeedsOwnCluster()) return;
  trouble.bring(*this);
  if (HasFatalFailure()) return;
  ASSERT_TRUE(Eventually(45s, [&] { return NotBlockedBy(trouble.blocker); }));
  Remedy said;
  if (!trouble.change.empty()) {
    const std::string text = Suggestion(trouble.change);
    const std::optional<Remedy> remedy = ReadRemedy(trouble.change, text);
    ASSERT_TRUE(remedy.has_value()) << "not understood: " << text << "\n" << told();
    said = *remedy;
    std::printf("[ remedy   ] %s\n", text.c_str());
  }
  if (!trouble.advice.empty()) {
    const std::string rest = Behind(trouble.advice);
    ASSERT_NE(rest, "") << told();
    std::printf("[ advice   ] %s%s\n", trouble.advice.c_str(), rest.c_str());
  }
  trouble.mend(*this, said);
  if (HasFatalFailure()) return;
  EXPECT_TRUE(Eventually(30s, [&] { return NotReady(); })) << told();
}

INSTANTIATE_TEST_SUITE_P(Remedies, Told, ::testing::ValuesIn(Troubles()),
                         [](const auto& parameter) { return parameter.param.name; });

// Not a blocker, but a question all the same: what is to be done with a group that has failed.
class Advice : public Remedies {};

TEST_F(Advice, OfAFailedGroupIsToDeleteItAndCreateItAnew) {
  AddNodes({.prefix = "failed"});
  StartOperator();
  json::Value role = JobRole("w", 1, {.annotations = {{"fail-after", "200ms"}}});
  role.Mutable("job").Mutable("spec").Set("backoffLimit", 0);
  Apply(MakeWorkload("g", {role}));
  std::string advice;
  ASSERT_TRUE(Eventually(20s, [&] {
    advice = Behind("A finished group is never run again.");
    return advice.empty() ? "no advice" : "";
  }));
  EXPECT_NE(advice.find("delete the workload and create it anew"), std::string::npos) << advice;
  // Corrected in place, it stays what it is.
  Apply(MakeWorkload("g", {JobRole("w", 1)}));
  EXPECT_TRUE(Stays(1500ms, [&] { return Missing("g-0", "Failed"); }));
  Must(Kubectl({"delete", "workloads.muster.dev", "g", "--cascade=foreground", "--timeout=30s"}));
  Apply(MakeWorkload("g", {JobRole("w", 1)}));
  EXPECT_TRUE(Eventually(15s, [&] { return NotReady(); }));
}

}  // namespace
}  // namespace muster::e2e
