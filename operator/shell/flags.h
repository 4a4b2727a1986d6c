// The command line of the operator. Layer: operator/shell; CLI11 is seen by flags.cc alone. Pure but for DefaultFlags:
// arguments in, flags or an exit out, nothing is printed here.
//
//   const ParsedFlags parsed = ParseFlags({argv + 1, argv + argc}, MUSTER_VERSION, DefaultFlags());
//   if (parsed.exit) { print parsed.exit->out to stdout, ->err to stderr; return parsed.exit->code; }
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/time.h"
#include "lib/runtime/log_sink.h"

namespace muster::shell {

// All of them have a working default: the operator needs no flag to run. Names and meaning of kubeconfig, the two
// addresses, kube_api_*, workers and leader_elect stay as they are in every release.
struct OperatorFlags {
  std::string kubeconfig;                // "" : KUBECONFIG, ~/.kube/config or the pod's service account
  std::string context;                   // "" : the kubeconfig's current context
  std::string health_address = ":8081";  // "0": none
  std::string metrics_address = ":8080";
  bool metrics_authorization = true;                       // false: whoever reaches the address may read
  double kube_api_qps = 300;                               // requests per second on average, 1 to 10000
  int64_t kube_api_burst = 600;                            // requests at once, 1 to 100000
  int64_t workers = 16;                                    // objects reconciled at once per controller, 1 to 256
  Duration reservation_timeout = std::chrono::minutes(5);  // core::Policy, 5 s to 1 h
  Duration guard_after = std::chrono::minutes(5);          // placement::PlanPolicy, 5 s to 24 h
  Duration guard_time = std::chrono::minutes(30);          // the same
  bool leader_elect = true;
  std::string leader_elect_namespace = "muster-system";
  std::string leader_elect_identity;              // "": host name and a random part
  bool allow_missing_admission_policies = false;  // run where the API server does not serve them
  std::string node_pool_label;                    // "": explanations name nodes
  runtime::LogFormat log_format = runtime::LogFormat::kText;
  LogLevel log_level = LogLevel::kInfo;
  bool operator==(const OperatorFlags&) const = default;
};

// Instead of running: 0 with the text of --help or --version, 2 with an error that names flag, value and remedy.
struct FlagsExit {
  int code = 0;
  std::string out;
  std::string err;
};

struct ParsedFlags {
  OperatorFlags flags;
  std::optional<FlagsExit> exit;
};

// Text of others as it may reach a terminal: without control characters.
std::string Printable(std::string text);

// The defaults above, with the namespace of the pod's service account for the Lease when there is one.
OperatorFlags DefaultFlags();
// args: without the program's name. version: for --version, as "v0.1.0".
ParsedFlags ParseFlags(const std::vector<std::string>& args, std::string_view version, const OperatorFlags& defaults);

}  // namespace muster::shell
