#include "lib/client/kubeconfig.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <utility>

#include "lib/base/strings.h"
#include "lib/client/files.h"
#include "lib/client/go_duration.h"
#include "lib/client/kubeconfig_entries.h"
#include "lib/client/kubeconfig_files.h"

namespace muster::client {
namespace {

constexpr size_t kNamesShown = 8;
constexpr Duration kNoTimeout = std::chrono::hours(24);

Error Invalid(std::string message) { return MakeError(Code::kInvalid, std::move(message)); }

std::string Getenv(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string GetenvEither(const char* name, const char* other) {
  const std::string value = Getenv(name);
  return value.empty() ? Getenv(other) : value;
}

std::string NamesOf(const std::map<std::string, ConfigEntry>& entries) {
  std::vector<std::string> names;
  for (const auto& [name, entry] : entries) {
    if (names.size() == kNamesShown) return Join(names, ", ") + ", ...";
    names.push_back(name.empty() ? "one without a name" : name);
  }
  return names.empty() ? "none" : Join(names, ", ");
}

enum class Absent { kIsAnError, kIsEmpty };

// The entry of that name, or an error that lists what there is. As in kubectl, an entry without a name has the name "",
// and it is used where no name is given; if there is none, the result is an empty entry.
Result<ConfigEntry> FindEntry(const std::map<std::string, ConfigEntry>& entries, const std::string& kind,
                              const std::string& name, const MergedConfig& config, Absent absent) {
  const auto found = entries.find(name);
  if (found != entries.end()) return found->second;
  if (name.empty() || absent == Absent::kIsEmpty) return ConfigEntry();
  return Invalid("no " + kind + " \"" + name + "\" in " + Join(config.files, ", ") + "; there is: " + NamesOf(entries));
}

void Override(std::string& value, const std::string& by) {
  if (!by.empty()) value = by;
}

void OverridePem(Pem& pem, const std::string& file) {
  if (!file.empty()) pem = Pem{.file = file};
}

// A flag that says where or whom to trust makes what the file says of that void, as with kubectl.
void OverrideTrust(const ConfigOverrides& overrides, Connection& connection) {
  Override(connection.server, overrides.server);
  connection.server_overridden = !overrides.server.empty();
  if (!overrides.server.empty() || !overrides.tls_server_name.empty()) {
    connection.tls_server_name = overrides.tls_server_name;
  }
  if (!overrides.certificate_authority.empty() || overrides.insecure_skip_tls_verify) {
    connection.certificate_authority = Pem{.text = "", .file = overrides.certificate_authority};
    connection.insecure_skip_tls_verify = overrides.insecure_skip_tls_verify;
  }
  if (overrides.proxy_url.empty()) return;
  connection.proxy_url = overrides.proxy_url;
  connection.proxy_origin = "--proxy-url";
}

// As kubectl has it: the flags' keys replace the file's of the same name.
Status OverrideExtra(const std::vector<std::string>& flags, Connection& connection) {
  std::vector<std::pair<std::string, std::string>> extra;
  for (const std::string& flag : flags) {
    const size_t end = flag.find('=');
    if (end == std::string::npos || end == 0) {
      return Invalid("--as-user-extra \"" + flag + "\" is no key=value: write it like --as-user-extra scopes=view");
    }
    extra.emplace_back(flag.substr(0, end), flag.substr(end + 1));
  }
  std::erase_if(connection.impersonate_extra, [&extra](const auto& from_file) {
    return std::any_of(extra.begin(), extra.end(), [&](const auto& given) { return given.first == from_file.first; });
  });
  connection.impersonate_extra.insert(connection.impersonate_extra.end(), extra.begin(), extra.end());
  return Ok();
}

// A token does not make the file's tokenFile void: to kubectl, what stands in that goes before any other token.
Status OverrideIdentity(const ConfigOverrides& overrides, Connection& connection) {
  OverridePem(connection.client_certificate, overrides.client_certificate);
  OverridePem(connection.client_key, overrides.client_key);
  Override(connection.token, overrides.token);
  Override(connection.username, overrides.username);
  Override(connection.password, overrides.password);
  connection.exec.stdin_is_taken = overrides.stdin_is_taken;
  Override(connection.impersonate_user, overrides.impersonate_user);
  Override(connection.impersonate_uid, overrides.impersonate_uid);
  if (!overrides.impersonate_groups.empty()) connection.impersonate_groups = overrides.impersonate_groups;
  return OverrideExtra(overrides.impersonate_extra, connection);
}

Status ApplyOverrides(const ConfigOverrides& overrides, Connection& connection) {
  OverrideTrust(overrides, connection);
  TRY_VOID(OverrideIdentity(overrides, connection));
  Override(connection.ns, overrides.ns);
  if (overrides.request_timeout.empty()) return Ok();
  const auto timeout = ParseTimeout(overrides.request_timeout);
  if (!timeout) {
    return Invalid("--request-timeout \"" + overrides.request_timeout + "\" is no duration: write it like 30s or 1m");
  }
  connection.request_timeout = *timeout == Duration(0) ? kNoTimeout : *timeout;
  return Ok();
}

Status Validate(const Connection& connection) {
  if (connection.server.empty()) {
    return Invalid(connection.origin + " names no server: set clusters[].cluster.server");
  }
  if (connection.insecure_skip_tls_verify && !connection.certificate_authority.empty()) {
    return Invalid(connection.origin + " has both certificate-authority and insecure-skip-tls-verify: keep one");
  }
  const bool impersonates_part = !connection.impersonate_uid.empty() || !connection.impersonate_groups.empty() ||
                                 !connection.impersonate_extra.empty();
  if (impersonates_part && connection.impersonate_user.empty()) {
    return Invalid(connection.origin +
                   " impersonates a group, uid or extra but no user: name the user too (as, or --as)");
  }
  if (connection.ns.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != std::string::npos) {
    return Invalid("\"" + connection.ns + "\" is no name of a namespace: give one like team-a with -n");
  }
  if (connection.proxy_url.empty()) return Ok();
  TRY([[maybe_unused]] const ProxyAddress proxy, ParseProxy(connection.proxy_url, connection.proxy_origin));
  return Ok();
}

// An address without a scheme is plain HTTP, as with kubectl, and over plain HTTP no credential is shown.
void SettleServer(Connection& connection) {
  std::string& server = connection.server;
  if (!server.empty() && server.find("://") == std::string::npos) server.insert(0, "http://");
  if (!server.starts_with("http://")) return;
  for (std::string* secret : {&connection.token, &connection.token_file, &connection.username, &connection.password}) {
    secret->clear();
  }
  connection.client_certificate = {};
  connection.client_key = {};
  connection.exec = {};
}

// A command is asked only when nothing else says who we are; half of something else does not.
Status SettleIdentity(Connection& connection) {
  const bool has_token = !connection.token.empty() || !connection.token_file.empty();
  const bool has_login = !connection.username.empty() || (!connection.token.empty() && !connection.password.empty());
  if (has_token && has_login) {
    return Invalid(connection.origin + ", with the flags, has both a token and a username or password: keep one");
  }
  const bool has_other = has_token || !connection.username.empty() || !connection.client_certificate.empty();
  if (has_other) connection.exec = {};
  if (!has_other && connection.exec.command.empty()) {
    if (connection.password.empty()) return Ok();
    return Invalid(connection.origin + " has a password but no username: put it there too");
  }
  if (connection.username.empty()) connection.password.clear();
  if (connection.client_certificate.empty()) connection.client_key = {};
  return Ok();
}

void SettleProxy(const ProxyVariables& variables, Connection& connection) {
  if (!connection.proxy_url.empty()) return;
  connection.proxy_url = ProxyFor(connection.server, variables);
  if (connection.proxy_url.empty()) return;
  connection.proxy_origin = connection.server.starts_with("https") ? "HTTPS_PROXY" : "HTTP_PROXY";
  connection.proxy_origin += " of the environment";
}

bool RunsInCluster(const Environment& environment) {
  return !environment.service_host.empty() && !environment.service_port.empty() &&
         !FileStamp(environment.service_account_dir + "/token").empty();
}

std::string PodNamespace(const Environment& environment) {
  if (!environment.pod_namespace.empty()) return environment.pod_namespace;
  std::string ns = ReadSmallFile(environment.service_account_dir + "/namespace").value_or("");
  while (!ns.empty() && ns.back() <= ' ') ns.pop_back();
  return ns;
}

// For messages.
std::string OriginOf(const std::string& context_name, const ConfigEntry& context) {
  if (!context_name.empty()) return "context \"" + context_name + "\" of " + context.file;
  return context.file.empty() ? "the command line" : "the context without a name of " + context.file;
}

Result<Connection> FromConfig(const MergedConfig& config, const ConfigOverrides& overrides,
                              const Environment& environment) {
  const std::string context_name = overrides.context.empty() ? config.current_context : overrides.context;
  TRY(const ConfigEntry context, FindEntry(config.contexts, "context", context_name, config, Absent::kIsAnError));
  std::string cluster_name = context.value["cluster"].Text();
  std::string user_name = context.value["user"].Text();
  Override(cluster_name, overrides.cluster);
  Override(user_name, overrides.user);
  // What only the context names may be missing where flags say all that is needed.
  const bool has_server = overrides.cluster.empty() && !overrides.server.empty();
  const bool has_identity =
      !overrides.token.empty() || !overrides.username.empty() || !overrides.client_certificate.empty();
  const Absent cluster_absent = has_server ? Absent::kIsEmpty : Absent::kIsAnError;
  const Absent user_absent = overrides.user.empty() && has_identity ? Absent::kIsEmpty : Absent::kIsAnError;
  TRY(const ConfigEntry cluster, FindEntry(config.clusters, "cluster", cluster_name, config, cluster_absent));
  TRY(const ConfigEntry user, FindEntry(config.users, "user", user_name, config, user_absent));

  Connection connection;
  connection.origin = OriginOf(context_name, context);
  TRY_VOID(ReadCluster(cluster, cluster_name, connection));
  TRY_VOID(ReadUser(user, user_name, !overrides.token.empty(), connection));
  connection.ns = context.value["namespace"].Text();
  TRY_VOID(ApplyOverrides(overrides, connection));
  if (connection.server.empty() && context_name.empty() && !config.empty()) {
    const std::string files = Join(config.files, ", ");
    if (config.contexts.empty()) return Invalid("no context in " + files + ": add one, or give --server or --cluster");
    return Invalid("no current-context in " + files + ": give --context, one of: " + NamesOf(config.contexts));
  }
  SettleServer(connection);
  TRY_VOID(SettleIdentity(connection));
  TRY_VOID(FillClusterInfo(cluster, user, connection));
  SettleProxy(environment.proxy, connection);
  TRY_VOID(Validate(connection));
  if (connection.ns.empty() && RunsInCluster(environment)) connection.ns = PodNamespace(environment);
  if (connection.ns.empty()) connection.ns = "default";
  return connection;
}

Result<Connection> FromServiceAccount(const ConfigOverrides& overrides, const Environment& environment) {
  const std::string& dir = environment.service_account_dir;
  // cpprestsdk cannot connect to an IPv6 address as such; every cluster has this name for it.
  const bool v6 = environment.service_host.find(':') != std::string::npos;
  const std::string host = v6 ? "kubernetes.default.svc" : environment.service_host;
  Connection connection;
  connection.server = "https://" + host + ":" + environment.service_port;
  connection.certificate_authority.file = dir + "/ca.crt";
  connection.token_file = dir + "/token";
  connection.origin = "the service account in " + dir;
  connection.ns = PodNamespace(environment);
  TRY_VOID(ApplyOverrides(overrides, connection));
  if (!overrides.token.empty()) connection.token_file.clear();  // unlike a user's, as kubectl has it
  SettleServer(connection);
  TRY_VOID(SettleIdentity(connection));
  SettleProxy(environment.proxy, connection);
  TRY_VOID(Validate(connection));
  if (connection.ns.empty()) connection.ns = "default";
  return connection;
}

}  // namespace

Result<MergedConfig> ReadConfig(const ConfigOverrides& overrides, const Environment& environment) {
  if (!overrides.kubeconfig.empty())
    return ReadConfigFiles({overrides.kubeconfig}, Missing::kIsAnError, "--kubeconfig");
  if (!environment.kubeconfig.empty()) {
    return ReadConfigFiles(Split(environment.kubeconfig, ':'), Missing::kIsSkipped, "KUBECONFIG");
  }
  if (environment.home.empty()) return MergedConfig();
  return ReadConfigFiles({environment.home + "/.kube/config"}, Missing::kIsSkipped, "its rights");
}

Environment ReadEnvironment() {
  return {.kubeconfig = Getenv("KUBECONFIG"),
          .home = Getenv("HOME"),
          .service_host = Getenv("KUBERNETES_SERVICE_HOST"),
          .service_port = Getenv("KUBERNETES_SERVICE_PORT"),
          .pod_namespace = Getenv("POD_NAMESPACE"),
          .proxy = {.https_proxy = GetenvEither("HTTPS_PROXY", "https_proxy"),
                    .http_proxy = GetenvEither("HTTP_PROXY", "http_proxy"),
                    .no_proxy = GetenvEither("NO_PROXY", "no_proxy")}};
}

Result<Connection> LoadConnection(const ConfigOverrides& overrides, const Environment& environment) {
  TRY(const MergedConfig config, ReadConfig(overrides, environment));
  const bool nothing = config.empty() && overrides.server.empty() && overrides.context.empty() &&
                       overrides.cluster.empty() && overrides.user.empty() && overrides.kubeconfig.empty();
  if (!nothing) return FromConfig(config, overrides, environment);
  if (RunsInCluster(environment)) return FromServiceAccount(overrides, environment);
  return Invalid("no cluster is configured: give --kubeconfig, set KUBECONFIG, or write ~/.kube/config");
}

}  // namespace muster::client
