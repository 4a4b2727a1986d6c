#include "lib/client/kubeconfig.h"

#include <array>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "lib/base/strings.h"
#include "lib/client/base64.h"
#include "lib/client/files.h"
#include "lib/client/go_duration.h"
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

std::string NamesOf(const std::map<std::string, ConfigEntry>& entries) {
  std::vector<std::string> names;
  for (const auto& [name, entry] : entries) {
    if (names.size() == kNamesShown) return Join(names, ", ") + ", ...";
    names.push_back(name);
  }
  return names.empty() ? "none" : Join(names, ", ");
}

// The entry of that name, an empty one when no name is asked for, or an error that says what there is.
Result<ConfigEntry> FindEntry(const std::map<std::string, ConfigEntry>& entries, const std::string& kind,
                              const std::string& name, const MergedConfig& config) {
  if (name.empty()) return ConfigEntry();
  const auto found = entries.find(name);
  if (found != entries.end()) return found->second;
  return Invalid("no " + kind + " \"" + name + "\" in " + Join(config.files, ", ") + "; there is: " + NamesOf(entries));
}

// What we would have to do differently if it were set, and cannot yet.
Status RefuseUnsupported(const ConfigEntry& entry, const std::string& what, const std::vector<std::string_view>& fields,
                         const std::string& remedy) {
  for (const std::string_view field : fields) {
    if (!entry.value.Has(field)) continue;
    return Invalid(std::string(field) + " of " + what + " in " + entry.file + " is not supported: " + remedy);
  }
  return Ok();
}

// `field`-data (base64) before `field` (a path, seen from the file).
Result<Pem> ReadPem(const ConfigEntry& entry, const std::string& field) {
  const std::string& data = entry.value[field + "-data"].Text();
  if (data.empty()) return Pem{.file = ResolveAgainst(entry.file, entry.value[field].Text())};
  const auto text = DecodeBase64(data);
  if (!text) return Invalid(field + "-data in " + entry.file + " is not base64");
  return Pem{.text = *text};
}

Status ReadCluster(const ConfigEntry& cluster, const std::string& name, Connection& connection) {
  connection.server = cluster.value["server"].Text();
  TRY(connection.certificate_authority, ReadPem(cluster, "certificate-authority"));
  connection.insecure_skip_tls_verify = cluster.value["insecure-skip-tls-verify"].Bool();
  connection.tls_server_name = cluster.value["tls-server-name"].Text();
  connection.proxy_url = cluster.value["proxy-url"].Text();
  const bool http_proxy = connection.proxy_url.empty() || connection.proxy_url.starts_with("http://");
  if (http_proxy) return Ok();
  return RefuseUnsupported(cluster, "cluster \"" + name + "\"", {"proxy-url"}, "only http:// proxies are");
}

Status ReadUser(const ConfigEntry& user, const std::string& name, const ConfigOverrides& overrides,
                Connection& connection) {
  if (overrides.token.empty()) {
    TRY_VOID(RefuseUnsupported(user, "user \"" + name + "\"", {"exec", "auth-provider", "username", "password"},
                               "give a token (--token, token, tokenFile) or a client certificate"));
  }
  TRY_VOID(RefuseUnsupported(user, "user \"" + name + "\"", {"as-user-extra"}, "impersonate by as, as-uid, as-groups"));
  TRY(connection.client_certificate, ReadPem(user, "client-certificate"));
  TRY(connection.client_key, ReadPem(user, "client-key"));
  connection.token = user.value["token"].Text();
  connection.token_file = ResolveAgainst(user.file, user.value["tokenFile"].Text());
  connection.impersonate_user = user.value["as"].Text();
  connection.impersonate_uid = user.value["as-uid"].Text();
  for (const json::Value& group : user.value["as-groups"].Items()) {
    connection.impersonate_groups.push_back(group.Text());
  }
  return Ok();
}

void Override(std::string& value, const std::string& by) {
  if (!by.empty()) value = by;
}

void OverridePem(Pem& pem, const std::string& file) {
  if (!file.empty()) pem = Pem{.file = file};
}

Status ApplyOverrides(const ConfigOverrides& overrides, Connection& connection) {
  Override(connection.server, overrides.server);
  Override(connection.tls_server_name, overrides.tls_server_name);
  Override(connection.ns, overrides.ns);
  OverridePem(connection.certificate_authority, overrides.certificate_authority);
  OverridePem(connection.client_certificate, overrides.client_certificate);
  OverridePem(connection.client_key, overrides.client_key);
  if (overrides.insecure_skip_tls_verify) {
    connection.insecure_skip_tls_verify = true;
    if (overrides.certificate_authority.empty()) connection.certificate_authority = {};
  }
  if (!overrides.token.empty()) {
    connection.token = overrides.token;
    connection.token_file.clear();
  }
  if (!overrides.impersonate_user.empty()) {
    connection.impersonate_user = overrides.impersonate_user;
    connection.impersonate_uid.clear();
    connection.impersonate_groups.clear();
  }
  Override(connection.impersonate_uid, overrides.impersonate_uid);
  if (!overrides.impersonate_groups.empty()) connection.impersonate_groups = overrides.impersonate_groups;
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
    return Invalid(connection.origin + " names no server: set clusters[].cluster.server or give --server");
  }
  if (connection.insecure_skip_tls_verify && !connection.certificate_authority.empty()) {
    return Invalid(connection.origin + " has both certificate-authority and insecure-skip-tls-verify: keep one");
  }
  const bool impersonates_part = !connection.impersonate_uid.empty() || !connection.impersonate_groups.empty();
  if (impersonates_part && connection.impersonate_user.empty()) {
    return Invalid(connection.origin + " impersonates a group or uid but no user: give --as too");
  }
  return Ok();
}

Result<Connection> FromConfig(const MergedConfig& config, const ConfigOverrides& overrides) {
  const std::string context_name = overrides.context.empty() ? config.current_context : overrides.context;
  TRY(const ConfigEntry context, FindEntry(config.contexts, "context", context_name, config));
  std::string cluster_name = context.value["cluster"].Text();
  std::string user_name = context.value["user"].Text();
  Override(cluster_name, overrides.cluster);
  Override(user_name, overrides.user);
  TRY(const ConfigEntry cluster, FindEntry(config.clusters, "cluster", cluster_name, config));
  TRY(const ConfigEntry user, FindEntry(config.users, "user", user_name, config));

  Connection connection;
  connection.origin = context_name.empty() ? "the command line" : "context \"" + context_name + "\" of " + context.file;
  TRY_VOID(ReadCluster(cluster, cluster_name, connection));
  TRY_VOID(ReadUser(user, user_name, overrides, connection));
  connection.ns = context.value["namespace"].Text();
  TRY_VOID(ApplyOverrides(overrides, connection));
  if (connection.server.empty() && context_name.empty() && !config.empty()) {
    return Invalid("no current-context in " + Join(config.files, ", ") +
                   ": give --context, one of: " + NamesOf(config.contexts));
  }
  TRY_VOID(Validate(connection));
  if (connection.ns.empty()) connection.ns = "default";
  return connection;
}

bool RunsInCluster(const Environment& environment) {
  return !environment.service_host.empty() && !environment.service_port.empty() &&
         !FileStamp(environment.service_account_dir + "/token").empty();
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
  if (const auto ns = ReadSmallFile(dir + "/namespace")) connection.ns = *ns;
  while (!connection.ns.empty() && connection.ns.back() <= ' ') connection.ns.pop_back();
  TRY_VOID(ApplyOverrides(overrides, connection));
  TRY_VOID(Validate(connection));
  if (connection.ns.empty()) connection.ns = "default";
  return connection;
}

Result<MergedConfig> ReadFiles(const ConfigOverrides& overrides, const Environment& environment) {
  if (!overrides.kubeconfig.empty()) return ReadConfigFiles({overrides.kubeconfig}, Missing::kIsAnError);
  if (!environment.kubeconfig.empty()) {
    return ReadConfigFiles(Split(environment.kubeconfig, ':'), Missing::kIsSkipped);
  }
  if (environment.home.empty()) return MergedConfig();
  return ReadConfigFiles({environment.home + "/.kube/config"}, Missing::kIsSkipped);
}

}  // namespace

Environment ReadEnvironment() {
  return {.kubeconfig = Getenv("KUBECONFIG"),
          .home = Getenv("HOME"),
          .service_host = Getenv("KUBERNETES_SERVICE_HOST"),
          .service_port = Getenv("KUBERNETES_SERVICE_PORT")};
}

Result<Connection> LoadConnection(const ConfigOverrides& overrides, const Environment& environment) {
  TRY(const MergedConfig config, ReadFiles(overrides, environment));
  const bool nothing = config.empty() && overrides.server.empty() && overrides.context.empty() &&
                       overrides.cluster.empty() && overrides.user.empty() && overrides.kubeconfig.empty();
  if (!nothing) return FromConfig(config, overrides);
  if (RunsInCluster(environment)) return FromServiceAccount(overrides, environment);
  return Invalid("no cluster is configured: give --kubeconfig or --server, set KUBECONFIG, or write ~/.kube/config");
}

}  // namespace muster::client
