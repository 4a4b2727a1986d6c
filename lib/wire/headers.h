// What HTTP itself needs said and read: the request target, Retry-After, Warning. Layer: wire. Pure and total.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/time.h"
#include "lib/wire/http.h"

namespace muster::wire {

std::string_view MethodName(Method method);  // "GET"

// Path and query, percent-encoded: what stands between method and version on the wire. Path segments must not hold a
// "/" of their own (no Kubernetes name does).
std::string EncodeTarget(const Request& request);

// Seconds, as the API server sends them, at most one hour; nullopt for anything else (dates too).
std::optional<Duration> ParseRetryAfter(std::string_view value);

// The texts of one or more warnings `299 - "text"`, separated by commas (RFC 7234 5.5), unescaped. What does not parse
// is left out.
std::vector<std::string> ParseWarnings(std::string_view value);

}  // namespace muster::wire
