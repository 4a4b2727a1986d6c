#include "operator/shell/admission_policies.h"

#include <algorithm>

#include "lib/base/log.h"
#include "lib/base/strings.h"
#include "lib/json/text.h"
#include "lib/runtime/watch_loop.h"

namespace muster::shell {
namespace {

constexpr const char* kGroupVersion = "/apis/admissionregistration.k8s.io/v1";
constexpr api::Resource kPolicies{"admissionregistration.k8s.io", "v1", "validatingadmissionpolicies",
                                  "ValidatingAdmissionPolicy", false};
constexpr api::Resource kPolicyBindings{"admissionregistration.k8s.io", "v1", "validatingadmissionpolicybindings",
                                        "ValidatingAdmissionPolicyBinding", false};
constexpr const char* kConsequence =
    "anyone who may create Workloads gets Jobs, Deployments, StatefulSets and ReplicaSets without the right to create "
    "them";

bool Denies(const json::Value& binding, std::string_view policy) {
  if (binding["spec"]["policyName"].Text() != policy) return false;
  const json::Array& actions = binding["spec"]["validationActions"].Items();
  return std::any_of(actions.begin(), actions.end(), [](const json::Value& action) { return action.Text() == "Deny"; });
}

Error NotServed() {
  return MakeError(Code::kInvalid,
                   std::string("this API server does not serve ValidatingAdmissionPolicy of "
                               "admissionregistration.k8s.io/v1 (Kubernetes 1.30 and newer do), and without it ") +
                       kConsequence +
                       "; upgrade Kubernetes, or let only those create Workloads who may create all of these and start "
                       "the operator with --allow-missing-admission-policies");
}

}  // namespace

// Discovery is open to every account that the API server knows.
Result<bool> PolicyWatch::IsServed() {
  TRY(const wire::Response answer, api_.Exchange({.method = wire::Method::kGet, .path = kGroupVersion}));
  if (answer.status == 404) return false;
  if (answer.status != 200) {
    return MakeError(Code::kUnavailable, std::string(kGroupVersion) + ": HTTP status " + std::to_string(answer.status));
  }
  TRY(const json::Value found, json::Parse(answer.body));
  const json::Array& resources = found["resources"].Items();
  return std::any_of(resources.begin(), resources.end(),
                     [](const json::Value& one) { return one["name"].Text() == kPolicies.plural; });
}

Status PolicyWatch::CheckBeforeActing(const std::stop_token& stop) {
  bool told = false;
  while (true) {
    const Result<bool> served = IsServed();
    if (served.has_value()) {
      served_ = *served;
      break;
    }
    if (!told)
      LogWarning("Cannot ask for ValidatingAdmissionPolicy; trying again", {{"error", served.error().message}});
    told = true;
    if (!runtime::SleepFor(options_.retry, stop)) return MakeError(Code::kCancelled, "stopping");
  }
  if (!served_ && !options_.allow_missing) return NotServed();
  return Ok();
}

Result<std::vector<std::string>> PolicyWatch::NotInForce() {
  TRY(const json::Value policies, api_.List(kPolicies, ""));
  TRY(const json::Value bindings, api_.List(kPolicyBindings, ""));
  std::vector<std::string> missing;
  for (const std::string_view name : kAdmissionPolicies) {
    const json::Array& all = policies["items"].Items();
    const json::Array& bound = bindings["items"].Items();
    if (std::none_of(all.begin(), all.end(),
                     [&](const json::Value& p) { return p["metadata"]["name"].Text() == name; })) {
      missing.push_back(std::string(name) + " does not exist");
    } else if (std::none_of(bound.begin(), bound.end(), [&](const json::Value& b) { return Denies(b, name); })) {
      missing.push_back(std::string(name) + " has no binding that denies requests");
    }
  }
  return missing;
}

void PolicyWatch::Report() {
  if (reported_ && options_.allow_missing) return;
  reported_ = true;
  const char* const message = "Admission policies are not in force";
  if (!served_) {
    LogWarning(message, {{"missing", "ValidatingAdmissionPolicy is not served"}, {"consequence", kConsequence}});
    return;
  }
  const Result<std::vector<std::string>> missing = NotInForce();
  if (!missing.has_value()) {
    LogWarning("Cannot read the admission policies", {{"error", missing.error().message}});
  } else if (!missing->empty()) {
    LogWarning(message, {{"missing", Join(*missing, ", ")},
                         {"consequence", kConsequence},
                         {"remedy", "kubectl apply --server-side -f config/policy/"}});
  }
}

}  // namespace muster::shell
