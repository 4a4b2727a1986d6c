// CLI11 splits the arguments and renders the help; every value is bound as text and read here, so that each error names
// the flag, the value and what would be right.
#include "operator/shell/flags.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <functional>
#include <utility>

#include "lib/base/strings.h"
#include "operator/shell/listen_socket.h"

namespace muster::shell {
namespace {

constexpr const char* kServiceAccountNamespace = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";
constexpr int kUsageError = 2;

// Reads a value into flags; the error says what would be right.
using ReadValue = std::function<Status(const std::string& value, OperatorFlags& flags)>;

struct FlagSpec {
  std::string name;  // "--workers"
  std::string type;  // as --help shows it: "N"
  std::string help;
  ReadValue read;
  bool is_switch = false;  // may stand without a value, which is then "true"
};

Status Wrong(std::string remedy) { return MakeError(Code::kInvalid, std::move(remedy)); }

ReadValue Text(std::string OperatorFlags::*field) {
  return [field](const std::string& value, OperatorFlags& flags) {
    flags.*field = value;
    return Ok();
  };
}

ReadValue Integer(int64_t OperatorFlags::*field, int64_t least, int64_t most) {
  return [=](const std::string& value, OperatorFlags& flags) -> Status {
    if (ParseInteger(value, flags.*field) && flags.*field >= least && flags.*field <= most) return Ok();
    return Wrong("must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  };
}

ReadValue Rate(double OperatorFlags::*field, int64_t least, int64_t most) {
  return [=](const std::string& value, OperatorFlags& flags) -> Status {
    double number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    const bool is_number = error == std::errc() && end == value.data() + value.size() && std::isfinite(number);
    if (!is_number || number < static_cast<double>(least) || number > static_cast<double>(most)) {
      return Wrong("must be a number from " + std::to_string(least) + " to " + std::to_string(most));
    }
    flags.*field = number;
    return Ok();
  };
}

// "90s", "5m", "1h30m": whole numbers with the units h, m and s. nullopt: it is not one.
std::optional<Duration> ParseDuration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  Duration all{0};
  while (!text.empty()) {
    const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    int64_t number = 0;
    constexpr int64_t kMost = 1'000'000;
    if (digits == text.size() || !ParseInteger(text.substr(0, digits), number) || number > kMost) return std::nullopt;
    const char unit = text[digits];
    if (unit != 'h' && unit != 'm' && unit != 's') return std::nullopt;
    all += std::chrono::seconds(number) * (unit == 'h' ? 3600 : unit == 'm' ? 60 : 1);
    text.remove_prefix(digits + 1);
  }
  return all;
}

// `range` is least and most in words: "5s to 1h".
ReadValue Time(Duration OperatorFlags::*field, Duration least, Duration most, const std::string& range) {
  return [=](const std::string& value, OperatorFlags& flags) -> Status {
    const std::optional<Duration> time = ParseDuration(value);
    if (!time || *time < least || *time > most) return Wrong("must be a time from " + range + ", such as 90s or 5m");
    flags.*field = *time;
    return Ok();
  };
}

ReadValue Address(std::string OperatorFlags::*field) {
  return [field](const std::string& value, OperatorFlags& flags) -> Status {
    if (!ParseListenAddress(value).has_value()) {
      return Wrong("must be [host]:port, such as :8080 or 127.0.0.1:8080, or 0 to disable");
    }
    flags.*field = value;
    return Ok();
  };
}

// DNS-1123 label, as a namespace's name must be.
Status ReadNamespace(const std::string& value, OperatorFlags& flags) {
  const auto inner = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  const bool good = !value.empty() && value.size() <= 63 && std::all_of(value.begin(), value.end(), inner) &&
                    value.front() != '-' && value.back() != '-';
  if (!good) return Wrong("must be the name of a namespace: at most 63 of a-z, 0-9 and -, such as muster-system");
  flags.leader_elect_namespace = value;
  return Ok();
}

// A qualified name: [DNS subdomain/]name.
Status ReadNodePoolLabel(const std::string& value, OperatorFlags& flags) {
  const auto alphanumeric = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
  };
  const auto in_name = [&](char c) { return alphanumeric(c) || c == '-' || c == '_' || c == '.'; };
  const auto in_prefix = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  };
  const auto is = [&](std::string_view text, size_t longest, const auto& inner) {
    return !text.empty() && text.size() <= longest && std::all_of(text.begin(), text.end(), inner) &&
           alphanumeric(text.front()) && alphanumeric(text.back());
  };
  const std::string_view text = value;
  const size_t slash = text.find('/');
  const bool has_prefix = slash != std::string_view::npos;
  if ((has_prefix && !is(text.substr(0, slash), 253, in_prefix)) ||
      !is(has_prefix ? text.substr(slash + 1) : text, 63, in_name)) {
    return Wrong("must be the key of a label, such as cloud.google.com/gke-nodepool");
  }
  flags.node_pool_label = value;
  return Ok();
}

ReadValue Switch(bool OperatorFlags::*field) {
  return [field](const std::string& value, OperatorFlags& flags) -> Status {
    if (value != "true" && value != "false") return Wrong("must be true or false");
    flags.*field = value == "true";
    return Ok();
  };
}

Status ReadLogFormat(const std::string& value, OperatorFlags& flags) {
  if (value != "text" && value != "json") return Wrong("must be text or json");
  flags.log_format = value == "json" ? runtime::LogFormat::kJson : runtime::LogFormat::kText;
  return Ok();
}

Status ReadLogLevel(const std::string& value, OperatorFlags& flags) {
  constexpr std::pair<std::string_view, LogLevel> kLevels[] = {{"debug", LogLevel::kDebug},
                                                               {"info", LogLevel::kInfo},
                                                               {"warning", LogLevel::kWarning},
                                                               {"error", LogLevel::kError}};
  for (const auto& [name, level] : kLevels) {
    if (value != name) continue;
    flags.log_level = level;
    return Ok();
  }
  return Wrong("must be debug, info, warning or error");
}

std::vector<FlagSpec> Specs(const OperatorFlags& defaults) {
  using F = OperatorFlags;
  return {
      {"--kubeconfig", "FILE", "kubeconfig file. Default: $KUBECONFIG, else ~/.kube/config, else the service account",
       Text(&F::kubeconfig)},
      {"--context", "NAME", "context of the kubeconfig. Default: its current-context", Text(&F::context)},
      {"--health-address", "[HOST]:PORT", "serve /healthz and /readyz here; 0 disables. Default: :8081",
       Address(&F::health_address)},
      {"--metrics-address", "[HOST]:PORT", "serve /metrics here; 0 disables. Default: :8080",
       Address(&F::metrics_address)},
      {"--metrics-authorization", "true|false",
       "who reads /metrics needs a token with the right to get that path; false: nobody needs one. Default: true",
       Switch(&F::metrics_authorization), true},
      {"--kube-api-qps", "N", "requests to the API server per second, on average, 1 to 10000. Default: 300",
       Rate(&F::kube_api_qps, 1, 10'000)},
      {"--kube-api-burst", "N", "requests to the API server at once above that rate, 1 to 100000. Default: 600",
       Integer(&F::kube_api_burst, 1, 100'000)},
      {"--workers", "N", "objects that each controller reconciles at once, 1 to 256. Default: 16",
       Integer(&F::workers, 1, 256)},
      {"--reservation-timeout", "TIME",
       "how long room is reserved for an admitted group whose pods do not use it, 5s to 1h. Default: 5m",
       Time(&F::reservation_timeout, std::chrono::seconds(5), std::chrono::hours(1), "5s to 1h")},
      {"--guard-after", "TIME",
       "how long a group waits before smaller groups no longer pass it at its expense, 5s to 24h. Default: 5m",
       Time(&F::guard_after, std::chrono::seconds(5), std::chrono::hours(24), "5s to 24h")},
      {"--guard-time", "TIME",
       "how long groups of other namespaces are held back for one that has waited long, 5s to 24h. Default: 30m",
       Time(&F::guard_time, std::chrono::seconds(5), std::chrono::hours(24), "5s to 24h")},
      {"--leader-elect", "true|false",
       "act only while holding the Lease; false: always act, for a single copy. Default: true",
       Switch(&F::leader_elect), true},
      {"--leader-elect-namespace", "NAMESPACE",
       "namespace of the Lease. Default: the pod's, else muster-system; here " + defaults.leader_elect_namespace,
       ReadNamespace},
      {"--leader-elect-identity", "NAME", "holder's name in the Lease, unique. Default: host name and a random part",
       Text(&F::leader_elect_identity)},
      {"--allow-missing-admission-policies", "true|false",
       "run where the API server does not serve ValidatingAdmissionPolicy (before Kubernetes 1.30). Default: false",
       Switch(&F::allow_missing_admission_policies), true},
      {"--node-pool-label", "LABEL",
       "status and events name the value of this node label, such as cloud.google.com/gke-nodepool, instead of nodes. "
       "Default: nodes are named",
       ReadNodePoolLabel},
      {"--log-format", "text|json", "form of the log lines on standard error. Default: text", ReadLogFormat},
      {"--log-level", "LEVEL", "least level logged: debug, info, warning or error. Default: info", ReadLogLevel},
  };
}

FlagsExit UsageError(const std::string& message) {
  return {.code = kUsageError, .err = "muster-operator: " + Printable(message) + "\nSee muster-operator --help\n"};
}

// The flag that begins as what was typed, or that it begins as; else all there are.
std::string Unknown(const std::string& argument, const std::vector<FlagSpec>& specs) {
  if (!argument.starts_with("-")) return "unknown argument \"" + argument + "\": there are flags alone";
  const std::string name = argument.substr(0, argument.find('='));
  std::vector<std::string> near;
  std::vector<std::string> all;
  for (const FlagSpec& spec : specs) {
    if (name.size() > 3 && (spec.name.starts_with(name) || name.starts_with(spec.name))) near.push_back(spec.name);
    all.push_back(spec.name);
  }
  return "unknown flag \"" + argument +
         "\": " + (near.empty() ? "there are " + Join(all, ", ") : "did you mean " + Join(near, " or ") + "?");
}

bool IsBool(std::string_view value) { return value == "true" || value == "false"; }

// "--workers 4" as "--workers=4", so that a value may begin with '-' (but not with "--": that is the next flag), a bare
// switch as "--leader-elect=true", and a flag whose value is missing as "--workers=".
std::vector<std::string> Joined(const std::vector<std::string>& args, const std::vector<FlagSpec>& specs) {
  std::vector<std::string> joined;
  for (size_t i = 0; i < args.size(); ++i) {
    const auto spec = std::find_if(specs.begin(), specs.end(), [&](const FlagSpec& s) { return s.name == args[i]; });
    const bool takes_next = i + 1 < args.size() && !args[i + 1].empty() && !args[i + 1].starts_with("--");
    const bool is_bare = spec != specs.end() && spec->is_switch && !(takes_next && IsBool(args[i + 1]));
    if (is_bare) {
      joined.push_back(args[i] + "=true");
    } else if (spec != specs.end()) {
      joined.push_back(args[i] + "=" + (takes_next ? args[i + 1] : ""));
      if (takes_next) ++i;
    } else {
      joined.push_back(args[i]);
    }
  }
  return joined;
}

// Puts the value given for each flag (the last one wins) into values, "" where none is; or says why to exit.
std::optional<FlagsExit> ParseArguments(std::vector<std::string> args, std::string_view version,
                                        const std::vector<FlagSpec>& specs, std::vector<std::string>& values) try {
  CLI::App app("Runs groups of pods all at once or not at all. It needs no flag to run.", "muster-operator");
  app.get_formatter()->column_width(52);
  app.set_version_flag("--version", "muster-operator " + std::string(version), "print the version and exit");
  app.allow_extras();
  for (const FlagSpec& spec : specs) {  // before CLI11 takes the next flag for the value
    if (std::find(args.begin(), args.end(), spec.name + "=") != args.end()) {
      return UsageError(spec.name + " needs a value");
    }
  }
  for (size_t i = 0; i < specs.size(); ++i) {
    app.add_option(specs[i].name, values[i], specs[i].help)
        ->type_name(specs[i].type)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  }
  std::reverse(args.begin(), args.end());  // the order that CLI11 takes a vector in
  try {
    app.parse(std::move(args));
  } catch (const CLI::CallForHelp&) {
    return FlagsExit{.out = app.help()};
  } catch (const CLI::CallForVersion& e) {
    return FlagsExit{.out = std::string(e.what()) + "\n"};
  }
  if (const std::vector<std::string> unknown = app.remaining(); !unknown.empty()) {
    return UsageError(Unknown(unknown.front(), specs));
  }
  return std::nullopt;
} catch (const CLI::Error&) {
  return UsageError("--help and --version take no value: leave it out");  // of all others the values are read here
}

}  // namespace

std::string Printable(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = '?';
  }
  return text;
}

OperatorFlags DefaultFlags() {
  OperatorFlags flags;
  std::ifstream file(kServiceAccountNamespace);
  std::string name;
  if (file >> name) flags.leader_elect_namespace = name;
  return flags;
}

ParsedFlags ParseFlags(const std::vector<std::string>& args, std::string_view version, const OperatorFlags& defaults) {
  const std::vector<FlagSpec> specs = Specs(defaults);
  std::vector<std::string> values(specs.size());
  ParsedFlags parsed{.flags = defaults, .exit = ParseArguments(Joined(args, specs), version, specs, values)};
  for (size_t i = 0; i < specs.size() && !parsed.exit; ++i) {
    if (values[i].empty()) continue;
    const Status read = specs[i].read(values[i], parsed.flags);
    if (!read.has_value()) parsed.exit = UsageError(specs[i].name + " " + values[i] + ": " + read.error().message);
  }
  return parsed;
}

}  // namespace muster::shell
