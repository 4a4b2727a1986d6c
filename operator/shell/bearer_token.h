// What can be said of a bearer token without asking anybody. Layer: operator/shell. Pure.
#pragma once

#include <string_view>

#include "lib/base/time.h"

namespace muster::shell {

// Whether it can be a valid token: made of the characters that RFC 6750 allows and, where it has the three parts of a
// JSON Web Token (as those of ServiceAccounts), readable and not expired. Nothing is verified: that is the API
// server's.
bool IsPlausibleToken(std::string_view token, Instant wall);

}  // namespace muster::shell
