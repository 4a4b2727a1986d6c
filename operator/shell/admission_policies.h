// Whether the API server keeps users from getting, through a Workload, what they may not create themselves. Layer:
// operator/shell. The operator cannot ask for the last writer of a Workload (managedFields names programs, not users),
// so it depends on the admission policies of config/policy, which the API server evaluates.
//
//   PolicyWatch policies(transport, {.allow_missing = flags.allow_missing_admission_policies});
//   TRY_VOID(policies.CheckBeforeActing(stop));   // an error: the operator must not run on this API server
//   policies.Report();                            // now and then: logs a warning while a policy is not in force
//
// Calls block while the API server is asked. Not thread-safe: one thread uses it.
#pragma once

#include <array>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "lib/client/api.h"

namespace muster::shell {

// The policies of config/policy; a test compares.
inline constexpr std::array<std::string_view, 6> kAdmissionPolicies{
    "muster-operator-bounds",      "muster-operator-writes", "muster-revision-writes",
    "muster-workload-autoscalers", "muster-workload-roles",  "muster-workload-scale"};

class PolicyWatch {
 public:
  struct Options {
    bool allow_missing = false;
    Duration retry = std::chrono::seconds(1);  // between two tries while the API server does not answer
  };

  // The transport must outlive this. One try for each question: the caller asks again.
  PolicyWatch(wire::Transport& transport, const Options& options)
      : api_(transport, {.read_deadline = Duration(0), .retry_after_tries = 0}), options_(options) {}

  // Waits until the API server says whether it serves ValidatingAdmissionPolicy. kInvalid, with what to do, when it
  // does not and that is not allowed; kCancelled when stopped.
  Status CheckBeforeActing(const std::stop_token& stop);

  // Logs a warning when a policy does not exist or no binding makes it deny. When missing policies are allowed, the
  // first call alone logs it.
  void Report();

 private:
  Result<bool> IsServed();
  // "muster-workload-roles does not exist": each policy that is not in force.
  Result<std::vector<std::string>> NotInForce();

  client::Api api_;
  const Options options_;
  bool served_ = true;
  bool reported_ = false;
};

}  // namespace muster::shell
