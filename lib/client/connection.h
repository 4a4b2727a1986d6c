// Where the API server is and how to be let in: what a kubeconfig, flags or a service account come down to.
// Layer: client. A plain value; secrets in it are never logged.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "lib/base/time.h"

namespace muster::client {

// PEM text, or the file it stands in (read anew when it changes). Both empty: not given.
struct Pem {
  std::string text;
  std::string file;
  bool empty() const { return text.empty() && file.empty(); }
};

// A command that answers with credentials: `exec` of a user, client.authentication.k8s.io.
struct ExecCommand {
  enum class Stdin { kNever, kIfAvailable, kAlways };  // interactiveMode

  std::string command;  // looked for in PATH unless it holds a "/"; empty: there is none
  std::vector<std::string> args;
  std::vector<std::pair<std::string, std::string>> environment;  // on top of ours
  std::string api_version;                                       // "client.authentication.k8s.io/v1"
  std::string install_hint;
  Stdin stdin_mode = Stdin::kIfAvailable;
  bool stdin_is_taken = false;  // we read it ourselves (-f -)
  std::string cluster_info;     // provideClusterInfo: the JSON text of spec.cluster; else empty
  std::string origin;           // for messages: `user "u" in /home/u/.kube/config`
};

struct Connection {
  std::string server;         // "https://host:6443" or with a path; http only for tests and local proxies
  Pem certificate_authority;  // empty: the system's roots
  Pem client_certificate;
  Pem client_key;
  bool insecure_skip_tls_verify = false;
  std::string tls_server_name;  // verified instead of the host of `server`
  std::string proxy_url;        // "http://host:port" or https; empty: direct
  std::string proxy_origin;     // for messages: `proxy-url of cluster "c" in ...`, "HTTPS_PROXY"

  std::string token;       // used when there is no token_file
  std::string token_file;  // read anew when it changes and every minute (service account tokens rotate)
  std::string username;    // HTTP basic authentication: API servers know it no more, what stands before them may
  std::string password;
  ExecCommand exec;  // only when there is no token, password or certificate
  std::string impersonate_user;
  std::string impersonate_uid;
  std::vector<std::string> impersonate_groups;
  std::vector<std::pair<std::string, std::string>> impersonate_extra;  // key and value; keys may repeat

  std::string ns;                  // the context's namespace; "default" when nothing says
  Duration request_timeout{0};     // 0: the transport's default
  std::string origin;              // for messages: `context "dev" of /home/u/.kube/config`, "the service account"
  bool server_overridden = false;  // by --server: then that is what to look at
};

}  // namespace muster::client
