// `wait` while what it waits for comes true: it returns no sooner, and what it has said holds when it returns.
#include <fstream>
#include <iterator>

#include "tests/e2e/support/fixture.h"

namespace muster::e2e {
namespace {

class Wait : public E2e {
 protected:
  // In the background; patient with a busy machine, and with every start of a slow group.
  std::unique_ptr<Process> StartWait(const std::string& name, const std::string& condition) {
    return std::make_unique<Process>(std::vector<std::string>{"kubectl", "workload", "wait", name, "--for=" + condition,
                                                              "--timeout=240s", "-n", ns()},
                                     cluster().ProgramEnvironment(), Log(condition));
  }
  std::string Log(const std::string& condition) { return cluster().run_dir() + "/log/wait-" + condition + "." + ns(); }
  std::string Said(const std::string& condition) {
    std::ifstream file(Log(condition));
    return {std::istreambuf_iterator<char>(file), {}};
  }
  // It ends well, and says so.
  void ExpectDone(Process& wait, const std::string& name, const std::string& condition, const std::string& words) {
    EXPECT_EQ(wait.Wait(260s), 0) << Said(condition);
    EXPECT_EQ(Said(condition), "workload.muster.dev/" + name + " " + words + "\n");
  }

  // What there is to say against it at this moment, by the API server's word.
  std::string NotRolledOut(const std::string& name, int64_t groups, const std::string& image, size_t pods) {
    const json::Value status = Workload(name)["status"];
    if (std::string problem = Differs("updated", status["updated"].Integer(), groups); !problem.empty()) return problem;
    for (const json::Value& group : List(api::kPodGroups)) {
      const std::string of = " of " + group["metadata"]["name"].Text();
      if (std::string problem = Differs("state" + of, group["status"]["state"].Text(), "Running"); !problem.empty())
        return problem;
      if (std::string problem =
              Differs("revision" + of, group["status"]["revision"].Text(), status["updateRevision"].Text());
          !problem.empty())
        return problem;
    }
    size_t ready = 0;
    for (const json::Value& pod : List(api::kPods)) {
      const bool is_new = pod["spec"]["containers"].At(0)["image"].Text() == image;
      ready += is_new && ConditionOf(pod, "Ready")["status"].Text() == "True" ? 1 : 0;
    }
    return Differs("ready pods of " + image, ready, pods);
  }
};

TEST_F(Wait, ForRolledOutReturnsWhenAllIsUpdatedAndNoSooner) {
  AddNodes({.prefix = "rolls", .capacity = "cpu=4"});
  StartOperator();
  // Each group takes its time, one after the other.
  const auto workload = [](const std::string& image) {
    const Members slow{.annotations = {{"ready-after", "2s"}}, .image = image};
    return MakeWorkload("w", {StatefulSetRole("s", 1, slow), DeploymentRole("d", 1, slow)}, {.replicas = 2});
  };
  Apply(workload("registry.example/app:1"));
  ASSERT_TRUE(Eventually(20s, [&] { return NotRolledOut("w", 2, "registry.example/app:1", 4); }));
  Apply(workload("registry.example/app:2"));
  const auto wait = StartWait("w", "rolled-out");  // before the operator may have seen the change
  ExpectDone(*wait, "w", "rolled-out", "is rolled out");
  EXPECT_EQ(NotRolledOut("w", 2, "registry.example/app:2", 4), "");
}

TEST_F(Wait, ForAdmittedReturnsWhenThereIsRoomAndForCompleteAtTheEnd) {
  StartOperator();
  Apply(MakeWorkload("w", {JobRole("j", 2, {.annotations = {{"finish-after", "3s"}}})}));
  const auto admitted = StartWait("w", "admitted");
  const auto complete = StartWait("w", "complete");
  ASSERT_TRUE(Eventually(10s, [&] { return Missing("w-0", "Waiting"); }));
  EXPECT_FALSE(admitted->Wait(2s).has_value()) << Said("admitted");
  AddNodes({.prefix = "admits", .capacity = "cpu=2"});
  ExpectDone(*admitted, "w", "admitted", "is admitted");
  EXPECT_EQ(Get(api::kPodGroups, "w-0")["status"]["attempt"].Integer(), 1);
  ExpectDone(*complete, "w", "complete", "is complete");
  EXPECT_EQ(Get(api::kPodGroups, "w-0")["status"]["state"].Text(), "Succeeded");
}

// kubectl apply && kubectl workload wait: what stands in the way was said of the spec before.
TEST_F(Wait, DoesNotGiveUpForWhatHasJustBeenMended) {
  AddNodes({.prefix = "mends", .capacity = "cpu=2"});
  StartOperator();
  json::Value broken = MakeWorkload("w", {JobRole("j", 1)});
  json::Value& pod = broken.Mutable("spec").Mutable("roles").MutableItems().at(0).Mutable("job").Mutable("spec");
  pod.Mutable("template").Mutable("spec").Set("dnsPolicy", "Nowhere");
  Apply(broken);
  ASSERT_TRUE(Eventually(10s, [&] { return ConditionProblem("w", "Stalled", "True"); }));
  EXPECT_EQ(Plugin({"wait", "w", "--timeout=60s"}).exit_code, 4);
  Apply(MakeWorkload("w", {JobRole("j", 1)}));
  const auto wait = StartWait("w", "ready");
  ExpectDone(*wait, "w", "ready", "is ready");
}

}  // namespace
}  // namespace muster::e2e
