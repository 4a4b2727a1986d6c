// Structured log lines. Layer: base. The sink (set once by main, before threads start) adds the time and writes text
// or JSON; with no sink nothing is logged, as in unit tests. Safe from any thread if the sink is.
//
//   LogInfo("Admitted", {{"podGroup", "ml/train-0"}, {"attempt", "1"}});
//
// Messages are capitalised, without a final period, and constant: what varies goes into fields. Never log a token,
// a header or a request body.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace muster {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

struct LogField {
  std::string key;
  std::string value;
};
using LogFields = std::vector<LogField>;
using LogSink = std::function<void(LogLevel, std::string_view message, const LogFields&)>;

void SetLogSink(LogSink sink);

void LogDebug(std::string_view message, const LogFields& fields = {});
void LogInfo(std::string_view message, const LogFields& fields = {});
void LogWarning(std::string_view message, const LogFields& fields = {});
void LogError(std::string_view message, const LogFields& fields = {});

}  // namespace muster
