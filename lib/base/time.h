// Instants and durations, and Kubernetes' text form of them. Layer: base. Pure: nothing here asks what time it is;
// the time is handed in (runtime::Clock owns the clock).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace muster {

using Duration = std::chrono::milliseconds;
using Instant = std::chrono::sys_time<Duration>;  // UTC

// "2026-11-22T10:00:00Z" (metav1.Time: whole seconds; the fraction is cut).
std::string FormatTime(Instant instant);
// "2026-11-22T10:00:00.123000Z" (metav1.MicroTime: exactly six decimals, or the API server answers 400).
std::string FormatMicroTime(Instant instant);
// RFC 3339 with optional fraction and offset; nullopt when it is not that.
std::optional<Instant> ParseTime(std::string_view text);
// Age as kubectl prints it: "12s", "3m20s", "5h", "2d3h"; negative is "0s".
std::string FormatAge(Duration age);

}  // namespace muster
