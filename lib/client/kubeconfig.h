// From flags, environment and files to a Connection, by kubectl's rules. Layer: client. Reads files; the environment
// comes in as a value (ReadEnvironment asks the process for it). Nothing is written, no network.
//
// An explicit --kubeconfig replaces everything and must exist; else the files of KUBECONFIG, merged: per map key and
// for current-context the first file wins; files that do not exist are skipped, one that cannot be parsed is an error;
// relative paths resolve against their file. Else ~/.kube/config. Only when none of these gives anything: the pod's
// service account. What we do not support (auth-provider, socks5 proxies) is refused by name, never ignored.
// docs/kubeconfig.md says all of it.
#pragma once

#include <string>
#include <vector>

#include "lib/base/result.h"
#include "lib/client/connection.h"
#include "lib/client/kubeconfig_files.h"
#include "lib/client/proxy.h"

namespace muster::client {

// Flags; empty means not given.
struct ConfigOverrides {
  std::string kubeconfig = {};
  std::string context = {};
  std::string cluster = {};
  std::string user = {};
  std::string server = {};
  std::string token = {};
  std::string username = {};
  std::string password = {};
  std::string certificate_authority = {};
  std::string client_certificate = {};
  std::string client_key = {};
  std::string tls_server_name = {};
  bool insecure_skip_tls_verify = false;
  std::string proxy_url = {};
  std::string ns = {};
  std::string request_timeout = {};  // "30s", "1m30s", "30"; "0": none
  std::string impersonate_user = {};
  std::string impersonate_uid = {};
  std::vector<std::string> impersonate_groups = {};
  std::vector<std::string> impersonate_extra = {};  // "key=value"; keys may repeat
  bool stdin_is_taken = false;                      // by -f -: not for a credentials command
};

// What of the process's surroundings decides where the API server is.
struct Environment {
  std::string kubeconfig;    // $KUBECONFIG
  std::string home;          // $HOME
  std::string service_host;  // $KUBERNETES_SERVICE_HOST
  std::string service_port;  // $KUBERNETES_SERVICE_PORT
  std::string service_account_dir = "/var/run/secrets/kubernetes.io/serviceaccount";
  std::string pod_namespace = {};  // $POD_NAMESPACE
  ProxyVariables proxy = {};
};

Environment ReadEnvironment();

// The files that --kubeconfig, KUBECONFIG or the home folder name, merged; empty when there is none.
Result<MergedConfig> ReadConfig(const ConfigOverrides& overrides, const Environment& environment);

// Error messages are one line: what, in which file, and the remedy.
Result<Connection> LoadConnection(const ConfigOverrides& overrides, const Environment& environment);

}  // namespace muster::client
