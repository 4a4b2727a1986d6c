#include "kubectl-plugin/core/checks.h"

#include <algorithm>
#include <utility>

#include "kubectl-plugin/core/health.h"
#include "kubectl-plugin/core/ingest.h"
#include "kubectl-plugin/core/installation_checks.h"
#include "lib/base/strings.h"

namespace muster::plugin {
namespace {

constexpr int64_t kOldestMinor = 27;

Check Unknown(std::string what, const Error& error) {
  return {Grade::kWarning, std::move(what) + " could not be read", error.message};
}

Check CheckServer(const Result<json::Value>& server) {
  if (!server.has_value()) return Unknown("the version of Kubernetes", server.error());
  const std::string version = (*server)["gitVersion"].Text();
  const std::vector<std::string> parts = Split(version, '.');
  int64_t minor = 0;
  if (parts.size() > 1 && ParseInteger(parts[1], minor) && minor < kOldestMinor) {
    return {Grade::kFailed, "Kubernetes " + version + " is too old", "Muster needs 1.27 or newer"};
  }
  return {Grade::kOk, "Kubernetes " + version + " answers", ""};
}

bool IsEstablished(const json::Value& crd) {
  for (const json::Value& condition : crd["status"]["conditions"].Items()) {
    if (condition["type"].Text() == "Established") return condition["status"].Text() == "True";
  }
  return false;
}

Check CheckCrd(const std::string& name, const Result<json::Value>& crd) {
  if (!crd.has_value() && crd.error().code == Code::kNotFound) {
    return {Grade::kFailed, "the CRD " + name + " is not installed", "kubectl apply --server-side -f crds/"};
  }
  if (!crd.has_value()) return Unknown("the CRD " + name, crd.error());
  const std::vector<std::string> served = ServedVersions(*crd);
  const std::string wanted(api::kWorkloads.version);
  if (std::find(served.begin(), served.end(), wanted) == served.end()) {
    return {Grade::kFailed, "the CRD " + name + " does not serve " + wanted,
            "apply the crds/ of this plugin's release"};
  }
  if (!IsEstablished(*crd)) {
    return {Grade::kFailed, "the CRD " + name + " is not established", "for the reason: kubectl describe crd " + name};
  }
  return {Grade::kOk, "CRD " + name + " serves " + wanted, ""};
}

// Who holds the lease, and since when it has not been renewed; empty when nobody holds it freshly.
std::string FreshHolder(const Result<json::Value>& lease, Instant now) {
  if (!lease.has_value()) return "";
  const json::Value& spec = (*lease)["spec"];
  const auto renewed = ParseTime(spec["renewTime"].Text());
  const Duration length = std::chrono::seconds(spec["leaseDurationSeconds"].Integer(15));
  if (!renewed || now - *renewed > length) return "";
  return spec["holderIdentity"].Text();
}

Check CheckOperator(const CheckInput& input, Instant now) {
  const std::string holder = FreshHolder(input.lease, now);
  if (!holder.empty()) return {Grade::kOk, "the operator acts: " + holder + " holds the lease", ""};
  if (!input.lease.has_value() && input.lease.error().code == Code::kForbidden) {
    return Unknown("the operator's lease", input.lease.error());
  }
  const std::string& ns = input.lease_namespace;
  const bool runs_there = input.deployment.has_value() && (*input.deployment)["metadata"]["namespace"].Text() == ns;
  if (!runs_there && !input.lease_namespace_object.has_value() &&
      input.lease_namespace_object.error().code == Code::kNotFound) {
    return {
        Grade::kFailed,
        "no operator acts: namespace " + ns + " does not exist, and without its lease there an operator does nothing",
        "install it: kubectl apply --server-side -f config/install.yaml; for an operator that runs elsewhere: "
        "kubectl create namespace " +
            ns + ", or start it with --leader-elect-namespace"};
  }
  if (input.deployment.has_value()) {
    const int64_t ready = (*input.deployment)["status"]["readyReplicas"].Integer();
    return {Grade::kFailed,
            "no operator acts: nobody renews the lease muster-operator in " + ns + "; " + Count(ready, "pod") +
                " of its Deployment ready",
            "kubectl logs -n muster-system deployment/muster-operator"};
  }
  return {Grade::kFailed, "no operator acts: nobody holds the lease muster-operator in " + ns,
          "install it: kubectl apply --server-side -f config/install.yaml"};
}

}  // namespace

std::string LeaseNamespaceOf(const Result<json::Value>& deployment, const std::string& otherwise) {
  if (!deployment.has_value()) return otherwise;
  constexpr std::string_view kFlag = "--leader-elect-namespace";
  for (const json::Value& container : (*deployment)["spec"]["template"]["spec"]["containers"].Items()) {
    const json::Array& args = container["args"].Items();
    for (size_t i = 0; i < args.size(); ++i) {
      const std::string& arg = args[i].Text();
      if (arg == kFlag && i + 1 < args.size()) return args[i + 1].Text();
      if (arg.starts_with(std::string(kFlag) + "=")) return arg.substr(kFlag.size() + 1);
    }
  }
  return otherwise;
}

namespace {

Versions VersionsOf(const CheckInput& input) {
  Versions versions;
  versions.plugin = input.plugin_version;
  if (input.deployment.has_value()) versions.operator_version = ReleaseOf(*input.deployment);
  if (input.workload_crd.has_value()) {
    versions.crd_versions = ServedVersions(*input.workload_crd);
    versions.crd_release = ReleaseLabel(*input.workload_crd);
  }
  return versions;
}

bool IsReadyNode(const json::Value& node) {
  if (node["spec"]["unschedulable"].Bool()) return false;
  for (const json::Value& condition : node["status"]["conditions"].Items()) {
    if (condition["type"].Text() == "Ready") return condition["status"].Text() == "True";
  }
  return false;
}

Check CheckNodes(const Result<json::Array>& nodes) {
  if (!nodes.has_value()) return Unknown("the nodes", nodes.error());
  const auto ready = std::count_if(nodes->begin(), nodes->end(), IsReadyNode);
  const std::string text =
      std::to_string(ready) + " of " + Count(static_cast<int64_t>(nodes->size()), "node") + " are ready for pods";
  if (ready == 0) return {Grade::kFailed, text, "no pod can run; see kubectl get nodes"};
  return {Grade::kOk, text, ""};
}

Check CheckWorkloads(const Result<json::Array>& documents) {
  if (!documents.has_value()) return Unknown("the workloads", documents.error());
  std::vector<std::string> broken, unseen;
  for (const json::Value& document : *documents) {
    const Result<api::Workload> workload = WorkloadFrom(document);
    if (!workload.has_value()) continue;
    const Verdict verdict = JudgeByStatus(*workload);
    if (verdict.health == Health::kBroken) broken.push_back(workload->meta.key().Text());
    if (verdict.word == "Pending") unseen.push_back(workload->meta.key().Text());
  }
  const std::string all = Count(static_cast<int64_t>(documents->size()), "workload");
  const std::vector<std::string>& named = broken.empty() ? unseen : broken;
  if (named.empty()) return {Grade::kOk, all + ", none stalled or failed", ""};
  const std::string text = std::to_string(named.size()) + " of " + all +
                           (broken.empty() ? " not read by an operator yet: " : " stalled or failed: ") +
                           Shorten(Join(named, ", "), 120);
  return {Grade::kWarning, text, "kubectl workload status -A; kubectl workload explain NAME"};
}

}  // namespace

std::vector<Check> RunChecks(const CheckInput& input, Instant now) {
  std::vector<Check> checks{CheckServer(input.server)};
  checks.push_back(CheckCrd("workloads.muster.dev", input.workload_crd));
  checks.push_back(CheckCrd("podgroups.muster.dev", input.podgroup_crd));
  checks.push_back(CheckOperator(input, now));
  checks.push_back(CheckRights(input.rights, !FreshHolder(input.lease, now).empty()));
  checks.push_back(CheckPolicies(input.policies, input.policy_bindings, input.wanted_policies));
  checks.push_back(CheckVersions(VersionsOf(input)));
  checks.push_back(CheckNodes(input.nodes));
  if (checks[1].grade != Grade::kFailed) checks.push_back(CheckWorkloads(input.workloads));
  return checks;
}

bool AnyFailed(const std::vector<Check>& checks) {
  return std::any_of(checks.begin(), checks.end(), [](const Check& check) { return check.grade == Grade::kFailed; });
}

namespace {

std::string_view GradeName(Grade grade) {
  switch (grade) {
    case Grade::kOk:
      return "ok";
    case Grade::kWarning:
      return "warning";
    case Grade::kFailed:
      return "FAILED";
  }
  return "FAILED";
}

}  // namespace

Page RenderChecks(const std::vector<Check>& checks) {
  Page page;
  for (const Check& check : checks) {
    const Tone tone =
        check.grade == Grade::kOk ? Tone::kGood : (check.grade == Grade::kWarning ? Tone::kBusy : Tone::kBad);
    std::string word(GradeName(check.grade));
    word.resize(9, ' ');
    page.push_back({{std::move(word), tone}, {check.what}});
    if (!check.remedy.empty()) page.push_back({{"         "}, {check.remedy}});
  }
  return page;
}

json::Value ChecksJson(const std::vector<Check>& checks) {
  json::Array items;
  for (const Check& check : checks) {
    items.push_back(
        json::Object{{"result", GradeName(check.grade)}, {"message", check.what}, {"remedy", check.remedy}});
  }
  return json::Object{{"apiVersion", "cli.muster.dev/v1alpha1"}, {"kind", "CheckList"}, {"items", std::move(items)}};
}

}  // namespace muster::plugin
