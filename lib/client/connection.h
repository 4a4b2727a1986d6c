// Where the API server is and how to be let in: what a kubeconfig, flags or a service account come down to.
// Layer: client. A plain value; secrets in it are never logged.
#pragma once

#include <string>
#include <vector>

#include "lib/base/time.h"

namespace muster::client {

// PEM text, or the file it stands in (read anew when it changes). Both empty: not given.
struct Pem {
  std::string text;
  std::string file;
  bool empty() const { return text.empty() && file.empty(); }
};

struct Connection {
  std::string server;         // "https://host:6443" or with a path; http only for tests and local proxies
  Pem certificate_authority;  // empty: the system's roots
  Pem client_certificate;
  Pem client_key;
  bool insecure_skip_tls_verify = false;
  std::string tls_server_name;  // verified instead of the host of `server`
  std::string proxy_url;        // "http://host:port"; empty: direct

  std::string token;       // used when there is no token_file
  std::string token_file;  // read anew when it changes and every minute (service account tokens rotate)
  std::string impersonate_user;
  std::string impersonate_uid;
  std::vector<std::string> impersonate_groups;

  std::string ns;               // the context's namespace; "default" when nothing says
  Duration request_timeout{0};  // 0: the transport's default
  std::string origin;           // for messages: `context "dev" of /home/u/.kube/config`, "the service account"
};

}  // namespace muster::client
