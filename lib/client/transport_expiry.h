// Why the API server may not have accepted our credentials: what has expired by our own clock. Layer: client; internal
// to transport*.cc and its tests. Pure.
#pragma once

#include <optional>
#include <string>

#include "lib/base/time.h"
#include "lib/client/connection.h"
#include "lib/client/credentials.h"

namespace muster::client {

// notAfter of the first certificate in the PEM text; nullopt when there is none.
std::optional<Instant> CertificateExpiry(const std::string& pem);
// The exp claim of a bearer token that is a JWT (its signature is not looked at); nullopt when it is none.
std::optional<Instant> TokenExpiry(const std::string& authorization);

// What of the credential has expired, and what to do: "the token of context "dev" of /x: it expired at ...: put ...".
// nullopt when nothing has. `pem`: the certificate that was shown.
std::optional<std::string> WhyRefused(const Connection& connection, const Credential& credential,
                                      const std::string& pem, Instant now);

}  // namespace muster::client
