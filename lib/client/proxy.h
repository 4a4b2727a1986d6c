// Which proxy leads to the API server, by the rules of Go's net/http, which are kubectl's. Layer: client. Pure: the
// variables come in as a value.
//
// A cluster's proxy-url is used for whatever host. Else HTTPS_PROXY (HTTP_PROXY for http servers), unless the host is
// localhost or a loopback address, or NO_PROXY names it: a list of `*`, addresses, CIDR ranges and domains, the last
// with all below them (".a.b" and "*.a.b": only those below), addresses and domains with a port if wanted.
#pragma once

#include <string>

#include "lib/base/result.h"

namespace muster::client {

// HTTPS_PROXY, HTTP_PROXY and NO_PROXY, or their lower-case forms.
struct ProxyVariables {
  std::string https_proxy;
  std::string http_proxy;
  std::string no_proxy;
};

// The proxy's URL for `server`, a URL; "" for none.
std::string ProxyFor(const std::string& server, const ProxyVariables& variables);

struct ProxyAddress {
  bool tls = false;  // an https:// proxy
  std::string host;
  int port = 80;
  std::string user;
  std::string password;
  std::string HostPort() const { return host + ":" + std::to_string(port); }
};

// kInvalid when it is none we can speak with; `origin` says where it stands. The message never holds the password.
Result<ProxyAddress> ParseProxy(const std::string& url, const std::string& origin);

}  // namespace muster::client
