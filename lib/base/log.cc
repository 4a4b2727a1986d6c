#include "lib/base/log.h"

#include <utility>

namespace muster {
namespace {

LogSink& Sink() {
  static LogSink sink;
  return sink;
}

void Emit(LogLevel level, std::string_view message, const LogFields& fields) {
  if (Sink()) Sink()(level, message, fields);
}

}  // namespace

void SetLogSink(LogSink sink) { Sink() = std::move(sink); }

void LogDebug(std::string_view message, const LogFields& fields) { Emit(LogLevel::kDebug, message, fields); }
void LogInfo(std::string_view message, const LogFields& fields) { Emit(LogLevel::kInfo, message, fields); }
void LogWarning(std::string_view message, const LogFields& fields) { Emit(LogLevel::kWarning, message, fields); }
void LogError(std::string_view message, const LogFields& fields) { Emit(LogLevel::kError, message, fields); }

}  // namespace muster
