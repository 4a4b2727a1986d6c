// Why the API server may not have accepted our credentials: what has expired by our own clock. Layer: client; internal
// to transport*.cc and its tests. Pure.
#pragma once

#include <optional>
#include <string>

#include "lib/base/time.h"

namespace muster::client {

// notAfter of the first certificate in the PEM text; nullopt when there is none.
std::optional<Instant> CertificateExpiry(const std::string& pem);
// The exp claim of a bearer token that is a JWT (its signature is not looked at); nullopt when it is none.
std::optional<Instant> TokenExpiry(const std::string& authorization);

}  // namespace muster::client
