// The way to an https:// proxy for cpprestsdk, which only knows http:// ones: a listener on loopback whose connections
// are carried, byte for byte, over TLS to the proxy. Layer: client; internal to transport*.cc. Thread-safe; a thread
// for the listener and one for each connection, all ended by the destructor.
//
// The proxy is trusted by the CAs that the server is (as in Go), under its own name. It is never shown our client
// certificate, so that who else on this machine finds the listener gets no more than a connection to the proxy.
#pragma once

#include <memory>
#include <string>

#include "lib/base/result.h"
#include "lib/client/connection.h"
#include "lib/client/proxy.h"

namespace muster::client {

class ProxyRelay {
 public:
  static Result<std::shared_ptr<ProxyRelay>> Start(const Connection& connection, const ProxyAddress& proxy);
  virtual ~ProxyRelay() = default;

  virtual int port() const = 0;
  // Why the proxy was last not reached, "" when it was; taken, not kept.
  virtual std::string TakeError() = 0;
};

}  // namespace muster::client
