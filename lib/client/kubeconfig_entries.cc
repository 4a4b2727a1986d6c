#include "lib/client/kubeconfig_entries.h"

#include <string_view>
#include <utility>

#include "lib/client/base64.h"
#include "lib/client/files.h"
#include "lib/json/text.h"

namespace muster::client {
namespace {

constexpr std::string_view kExecGroup = "client.authentication.k8s.io/";

Error InvalidEntry(std::string message) { return MakeError(Code::kInvalid, std::move(message)); }

std::string Named(const std::string& kind, const std::string& name, const ConfigEntry& entry) {
  return kind + " \"" + name + "\" in " + entry.file;
}

// `field` (a path, seen from the file) or `field`-data (base64), not both.
Result<Pem> ReadPem(const ConfigEntry& entry, const std::string& field) {
  const std::string& data = entry.value[field + "-data"].Text();
  const std::string& path = entry.value[field].Text();
  if (data.empty()) return Pem{.text = "", .file = ResolveAgainst(entry.file, path)};
  if (!path.empty()) return InvalidEntry(entry.file + " has both " + field + " and " + field + "-data: keep one");
  const auto text = DecodeBase64(data);
  if (!text) return InvalidEntry(field + "-data in " + entry.file + " is not base64");
  return Pem{.text = *text, .file = ""};
}

Result<ExecCommand::Stdin> ReadStdinMode(const json::Value& exec, const std::string& api_version) {
  const std::string& mode = exec["interactiveMode"].Text();
  if (mode == "Never") return ExecCommand::Stdin::kNever;
  if (mode == "Always") return ExecCommand::Stdin::kAlways;
  const bool may_be_absent = api_version.ends_with("v1beta1");
  if (mode == "IfAvailable" || (mode.empty() && may_be_absent)) return ExecCommand::Stdin::kIfAvailable;
  return InvalidEntry("needs interactiveMode: Never, IfAvailable or Always");
}

Result<ExecCommand> ReadExec(const ConfigEntry& user, const std::string& name) {
  const json::Value& exec = user.value["exec"];
  ExecCommand command;
  command.origin = Named("user", name, user);
  const auto wrong = [&command](const std::string& what) {
    return InvalidEntry("exec of " + command.origin + " " + what);
  };
  command.command = exec["command"].Text();
  if (command.command.empty()) return wrong("names no command");
  if (command.command.find('/') != std::string::npos) command.command = ResolveAgainst(user.file, command.command);
  command.api_version = exec["apiVersion"].Text();
  if (command.api_version != std::string(kExecGroup) + "v1" &&
      command.api_version != std::string(kExecGroup) + "v1beta1") {
    return wrong("has apiVersion \"" + command.api_version +
                 "\", not client.authentication.k8s.io/v1 or v1beta1: update the command and this entry");
  }
  const auto mode = ReadStdinMode(exec, command.api_version);
  if (!mode) return wrong(mode.error().message);
  command.stdin_mode = *mode;
  for (const json::Value& argument : exec["args"].Items()) command.args.push_back(argument.Text());
  for (const json::Value& variable : exec["env"].Items()) {
    if (variable["name"].Text().empty()) return wrong("has an env entry without a name");
    command.environment.emplace_back(variable["name"].Text(), variable["value"].Text());
  }
  command.install_hint = exec["installHint"].Text();
  return command;
}

}  // namespace

Status ReadCluster(const ConfigEntry& cluster, const std::string& name, Connection& connection) {
  connection.server = cluster.value["server"].Text();
  TRY(connection.certificate_authority, ReadPem(cluster, "certificate-authority"));
  connection.insecure_skip_tls_verify = cluster.value["insecure-skip-tls-verify"].Bool();
  connection.tls_server_name = cluster.value["tls-server-name"].Text();
  connection.proxy_url = cluster.value["proxy-url"].Text();
  if (!connection.proxy_url.empty()) connection.proxy_origin = "proxy-url of " + Named("cluster", name, cluster);
  return Ok();
}

Status ReadUser(const ConfigEntry& user, const std::string& name, bool has_own_token, Connection& connection) {
  const json::Value& value = user.value;
  if (value.Has("auth-provider") && !has_own_token) {
    return InvalidEntry("auth-provider of " + Named("user", name, user) +
                        " is not supported: use a credentials command (exec), such as kubelogin, or a token");
  }
  TRY(connection.client_certificate, ReadPem(user, "client-certificate"));
  TRY(connection.client_key, ReadPem(user, "client-key"));
  connection.token = value["token"].Text();
  connection.token_file = ResolveAgainst(user.file, value["tokenFile"].Text());
  connection.username = value["username"].Text();
  connection.password = value["password"].Text();
  const bool has_login = !connection.username.empty() || !connection.password.empty();
  if (has_login && !connection.token.empty()) {
    return InvalidEntry(Named("user", name, user) + " has both token and username or password: keep one");
  }
  if (value.Has("exec")) {
    TRY(connection.exec, ReadExec(user, name));
  }
  connection.impersonate_user = value["as"].Text();
  connection.impersonate_uid = value["as-uid"].Text();
  for (const json::Value& group : value["as-groups"].Items()) connection.impersonate_groups.push_back(group.Text());
  for (const auto& [key, values] : value["as-user-extra"].Members()) {
    for (const json::Value& one : values.Items()) connection.impersonate_extra.emplace_back(key, one.Text());
  }
  return Ok();
}

Status FillClusterInfo(const ConfigEntry& cluster, const ConfigEntry& user, Connection& connection) {
  if (connection.exec.command.empty() || !user.value["exec"]["provideClusterInfo"].Bool()) return Ok();
  std::string authority = connection.certificate_authority.text;
  if (!connection.certificate_authority.file.empty()) {
    const auto text = ReadSmallFile(connection.certificate_authority.file);
    if (!text) return InvalidEntry("certificate-authority of " + connection.origin + ": " + text.error().message);
    authority = *text;
  }
  json::Object info{{"server", connection.server}};
  if (!connection.tls_server_name.empty()) info.Set("tls-server-name", connection.tls_server_name);
  if (connection.insecure_skip_tls_verify) info.Set("insecure-skip-tls-verify", true);
  if (!authority.empty()) info.Set("certificate-authority-data", EncodeBase64(authority));
  if (!connection.proxy_url.empty()) info.Set("proxy-url", connection.proxy_url);
  if (cluster.value["disable-compression"].Bool()) info.Set("disable-compression", true);
  for (const json::Value& extension : cluster.value["extensions"].Items()) {
    if (extension["name"].Text() == "client.authentication.k8s.io/exec") info.Set("config", extension["extension"]);
  }
  connection.exec.cluster_info = json::Write(std::move(info));
  return Ok();
}

}  // namespace muster::client
