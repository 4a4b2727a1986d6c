// One cpprestsdk client: requests out, Exchanges filled. Layer: client; internal to transport*.cc, and free of
// cpprestsdk's headers so that only transport_http.cc pays for them.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/result.h"
#include "lib/client/connection.h"
#include "lib/client/exchange.h"
#include "lib/client/transport_tls.h"

namespace muster::client {

// The parts of Connection::server.
struct ServerAddress {
  bool tls = true;
  std::string host;  // a name or an IPv4 address
  int port = 443;
  std::string path;  // "" or "/k8s/clusters/c-1", without a "/" at the end
  std::string Url() const;
  std::string HostPort() const;
};
// kInvalid, naming what is wrong with it.
Result<ServerAddress> ParseServerAddress(const std::string& server);

struct Outgoing {
  std::string_view method;
  std::string target;  // percent-encoded path and query, below the server's own path
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

class HttpClient {
 public:
  static Result<std::shared_ptr<HttpClient>> Create(const Connection& connection, const ServerAddress& address,
                                                    std::shared_ptr<TlsMaterial> tls);
  virtual ~HttpClient() = default;
  // Sends and returns at once; the exchange's Ended comes in any case. Never throws.
  virtual void Start(std::shared_ptr<Exchange> exchange, Outgoing outgoing) = 0;
};

}  // namespace muster::client
