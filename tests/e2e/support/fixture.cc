#include "tests/e2e/support/fixture.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <csignal>
#include <cstdio>

#include "lib/base/strings.h"
#include "lib/json/text.h"

namespace muster::e2e {
namespace {

// What Workloads bring into being, besides pods and groups, which are recorded.
constexpr api::Resource kOurs[] = {api::kControllerRevisions, api::kDeployments, api::kReplicaSets, api::kStatefulSets,
                                   api::kJobs};

std::string NamespaceName() {
  const ::testing::TestInfo& test = *::testing::UnitTest::GetInstance()->current_test_info();
  std::string name = "t-";
  for (const char c : std::string(test.name())) {
    const bool part = std::isalnum(static_cast<unsigned char>(c)) != 0;  // not the slash before a parameter's name
    if ((!part || std::isupper(static_cast<unsigned char>(c)) != 0) && name.back() != '-') name += '-';
    if (part) name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return name.substr(0, 48) + "-" + std::to_string(getpid());
}

}  // namespace

json::Value ConditionOf(const json::Value& object, const std::string& type) {
  for (const json::Value& condition : object["status"]["conditions"].Items()) {
    if (condition["type"].Text() == type) return condition;
  }
  return nullptr;
}

void PrintFigure(const std::string& what, const std::string& value) {
  std::printf("[  figure  ] %s: %s\n", what.c_str(), value.c_str());
  std::fflush(stdout);
}

void PrintFigure(const std::string& what, double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.2f", value);
  PrintFigure(what, text);
}

void E2e::SetUp() {
  ASSERT_EQ(cluster().broken(), "");
  if (!cluster().unusable().empty()) GTEST_SKIP() << cluster().unusable();
  ns_ = NamespaceName();
  const auto made = api().Create(
      kNamespaces, "",
      json::Object{{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", json::Object{{"name", ns_}}}});
  ASSERT_TRUE(made.has_value()) << made.error().message;
  seen_ = std::make_unique<Recorder>(cluster().transport(), ns_);
  ASSERT_TRUE(seen_->Start());
}

void E2e::TearDown() {
  if (seen_ == nullptr) return;
  CheckLaws();
  DeleteEverything();
  StopOperators();
  if (writes_lifted_) {
    const std::string file = std::string(MUSTER_SOURCE_DIR) + "/config/policy/operator-writes.yaml";
    EXPECT_EQ(cluster().Kubectl({"apply", "--server-side", "-f", file}).exit_code, 0);
    // Otherwise it could come into force after the next test has lifted it.
    EXPECT_TRUE(Eventually(20s, [&] { return TryToMakeGroup().exit_code != 0 ? "" : "a PodGroup may be made"; }));
  }
  seen_->Stop();
  (void)api().Delete(kNamespaces, {"", ns_}, {});
  for (const std::string& prefix : node_prefixes_) cluster().RemoveNodes(prefix);
  if (!HasFailure()) return;
  for (const auto& process : operators_) {
    std::printf("the last lines of operator %s:\n%s\n", process->identity().c_str(), process->LogTail(60).c_str());
  }
}

bool E2e::NeedsOwnCluster() {
  if (cluster().is_ours()) return true;
  [] { GTEST_SKIP() << "needs a cluster of its own: unset MUSTER_KUBECONFIG"; }();
  return false;
}

void E2e::CheckLaws() const {
  std::vector<std::string> broken = MembersWithoutAdmission(*seen_);
  for (const std::string& group : excused_) {
    std::erase_if(broken, [&](const std::string& line) { return line.starts_with("pod " + group); });
  }
  if (surplus_pods_) {
    std::erase_if(broken, [](const std::string& line) {
      return line.find(" was created ") == std::string::npos && line.ends_with("its group was Succeeded, not admitted");
    });
  }
  EXPECT_TRUE(broken.empty()) << "members without admission (I1):\n" << Join(broken, "\n");
}

std::string E2e::Remains() {
  std::vector<std::string> left;
  for (const api::PodGroup& group : seen_->groups.Live()) left.push_back("PodGroup " + group.meta.name);
  for (const api::Pod& pod : seen_->pods.Live()) {
    if (pod.IsMember()) left.push_back("Pod " + pod.meta.name);
  }
  if (!left.empty()) return "left behind: " + Join(left, ", ");
  for (const api::Resource& resource : kOurs) {
    for (const json::Value& object : List(resource)) {
      const json::Value& labels = object["metadata"]["labels"];
      const bool ours = labels.Has(api::kLabelWorkload) || resource == api::kControllerRevisions;
      const bool of_workload = object["metadata"]["ownerReferences"].At(0)["kind"].Text() == "Workload";
      if (ours && (labels.Has(api::kLabelWorkload) || of_workload)) {
        left.push_back(std::string(resource.kind) + " " + object["metadata"]["name"].Text());
      }
    }
  }
  return left.empty() ? "" : "left behind: " + Join(left, ", ");
}

void E2e::DeleteEverything() {
  for (const json::Value& workload : List(api::kWorkloads))
    Delete(api::kWorkloads, workload["metadata"]["name"].Text());
  EXPECT_TRUE(Eventually(30s, [this] { return Remains(); }));
  for (const api::Pod& pod : seen_->pods.Live()) {
    (void)api().Delete(api::kPods, pod.meta.key(), {.grace_seconds = 0});
  }
}

void E2e::StopOperators() {
  for (const auto& process : operators_) {
    if (!process->Running()) continue;
    process->Signal(SIGCONT);
    process->Signal(SIGTERM);
  }
  for (const auto& process : operators_) {
    const auto code = process->Wait(5s);
    EXPECT_TRUE(code.has_value()) << "operator " << process->identity() << " runs 5 s after SIGTERM";
    if (code && *code != 128 + SIGKILL) {
      EXPECT_EQ(*code, 0) << process->LogTail(20);
    }
  }
}

void E2e::LiftOperatorWrites() {
  writes_lifted_ = true;
  const CommandResult lifted =
      cluster().Kubectl({"delete", "validatingadmissionpolicybinding", "muster-operator-writes"});
  EXPECT_EQ(lifted.exit_code, 0) << lifted.Text();
  EXPECT_TRUE(Eventually(20s, [&] {
    const CommandResult tried = TryToMakeGroup();
    return tried.exit_code == 0 ? "" : tried.Text();
  }));
}

CommandResult E2e::TryToMakeGroup() {
  return Kubectl(
      {"create", "--dry-run=server", "-f", std::string(MUSTER_SOURCE_DIR) + "/tests/crds/accepted/group.yaml"});
}

OperatorProcess& E2e::LaunchOperator(const OperatorOptions& options) {
  operators_.push_back(std::make_unique<OperatorProcess>(cluster(), options));
  return *operators_.back();
}

OperatorProcess& E2e::StartOperator(const OperatorOptions& options) {
  OperatorProcess& process = LaunchOperator(options);
  EXPECT_TRUE(process.WaitLeading(30s));
  return process;
}

void E2e::AddNodes(const NodeShape& shape) {
  node_prefixes_.insert(shape.prefix);
  cluster().AddNodes(shape);
}

void E2e::RemoveNodes(const std::string& prefix) {
  node_prefixes_.erase(prefix);
  cluster().RemoveNodes(prefix);
}

void E2e::Apply(const json::Value& object) {
  const CommandResult done = cluster().Kubectl({"apply", "-n", ns_, "-f", "-"}, json::Write(object));
  EXPECT_EQ(done.exit_code, 0) << done.Text();
}

void E2e::Create(const api::Resource& resource, const json::Value& object) {
  const auto made = api().Create(resource, resource.namespaced ? ns_ : "", object);
  EXPECT_TRUE(made.has_value()) << made.error().message;
}

void E2e::Delete(const api::Resource& resource, const std::string& name) {
  const Status done = api().Delete(resource, {resource.namespaced ? ns_ : "", name}, {});
  EXPECT_TRUE(done.has_value() || done.error().code == Code::kNotFound) << done.error().message;
}

json::Value E2e::Get(const api::Resource& resource, const std::string& name) {
  auto got = api().Get(resource, {resource.namespaced ? ns_ : "", name});
  return got ? std::move(*got) : json::Value();
}

std::vector<json::Value> E2e::List(const api::Resource& resource) {
  const auto got = api().List(resource, ns_);
  EXPECT_TRUE(got.has_value()) << got.error().message;
  return got ? (*got)["items"].Items() : std::vector<json::Value>();
}

void E2e::Patch(const api::Resource& resource, const std::string& name, const json::Value& patch) {
  const auto done = api().MergePatch(resource, {resource.namespaced ? ns_ : "", name}, patch);
  EXPECT_TRUE(done.has_value()) << done.error().message;
}

CommandResult E2e::Kubectl(std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), {"-n", ns_});
  return cluster().Kubectl(std::move(arguments));
}

CommandResult E2e::Plugin(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "workload");
  arguments.insert(arguments.end(), {"-n", ns_});
  return cluster().Kubectl(std::move(arguments));
}

std::string E2e::NotRunning(const std::string& group, int64_t members) const {
  if (std::string problem = seen_->StateProblem(group, "Running"); !problem.empty()) return problem;
  return Differs("running members of " + group, seen_->RunningOf(group), members);
}

std::string E2e::ConditionProblem(const std::string& workload, const std::string& type, const std::string& wanted) {
  const json::Value condition = ConditionOf(Workload(workload), type);
  const std::string status = condition.IsNull() ? "absent" : condition["status"].Text();
  if (status == wanted) return {};
  return "condition " + type + " of " + workload + " is " + status + ", not " + wanted + ": " + json::Write(condition);
}

}  // namespace muster::e2e
