// Durations as Go's time.ParseDuration reads them, and kubectl's --request-timeout. Layer: client. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "lib/base/time.h"

namespace muster::client {

// "300ms", "1.5h", "2h45m", "0"; nullopt for anything else and for what does not fit.
std::optional<Duration> ParseGoDuration(std::string_view text);
// The same, or a whole number of seconds.
std::optional<Duration> ParseTimeout(std::string_view text);

}  // namespace muster::client
