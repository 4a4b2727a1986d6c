// An HTTP proxy on loopback: CONNECT to wherever it is told, or to where its map leads; a request for a whole URL it
// answers itself. Test support. Its requests() are what it was asked.
//
//   ConnectProxy proxy({.ways = {{"api.example:443", server.port()}}});
//   connection.proxy_url = proxy.Url();
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/support/raw_http_server.h"

namespace muster::testing {

class ConnectProxy {
 public:
  struct Options {
    std::map<std::string, int> ways = {};  // "host:port" to a port on loopback; others as they are, on loopback
    std::string authorization = {};        // demanded as Proxy-Authorization; empty: none
    int status = 200;                      // of its answer to CONNECT
  };

  ConnectProxy() : ConnectProxy(Options()) {}
  explicit ConnectProxy(Options options);

  int port() const { return server_.port(); }
  std::string Url() const { return server_.Url(); }
  // "CONNECT api.example:443", in their order.
  std::vector<std::string> asked() const;

 private:
  void Serve(RawConnection& connection) const;

  const Options options_;
  RawHttpServer server_;
};

}  // namespace muster::testing
