// Certificates, key and trust for connections to the API server. Layer: client; internal to transport*.cc.
// Thread-safe. Parsed once and shared by all connections (cpprestsdk makes a new SSL_CTX for each); files are looked at
// again when a connection is made, so that rotated certificates are taken up.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "lib/base/result.h"
#include "lib/client/connection.h"
#include "lib/client/transport_trust.h"

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace muster::client {

class TlsMaterial {
 public:
  // kInvalid, one line for the user, when a certificate or key cannot be read or they do not belong together.
  // `host` is what the server's certificate must be for.
  static Result<std::shared_ptr<TlsMaterial>> Load(const Connection& connection, const std::string& host);
  virtual ~TlsMaterial() = default;

  // Sets up one connection's context: only our CA trusted (the system's roots when none is given), host name verified,
  // client certificate, TLS 1.2 at least.
  virtual void Apply(ssl_ctx_st* context) = 0;
  // Why the last handshake failed to verify the server, nullopt when none did; taken, not kept.
  virtual std::optional<Mistrust> TakeMistrust() = 0;
  // What the peer last said against our client certificate, in TLS: a part of a sentence that begins with the peer; ""
  // when nothing. Taken, not kept.
  virtual std::string TakeRefusal() = 0;
  // "client-certificate of ... expired at ...; renew it" when it has, by our clock; else "".
  virtual std::string OwnExpiry() = 0;
};

}  // namespace muster::client
