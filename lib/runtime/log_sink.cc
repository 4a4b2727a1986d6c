#include "lib/runtime/log_sink.h"

#include <unistd.h>

#include <cerrno>

#include "lib/json/text.h"
#include "lib/json/value.h"
#include "lib/runtime/clock.h"

namespace muster::runtime {
namespace {

std::string_view LevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

char LevelLetter(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return 'D';
    case LogLevel::kInfo:
      return 'I';
    case LogLevel::kWarning:
      return 'W';
    case LogLevel::kError:
      return 'E';
  }
  return 'E';
}

// "1122 10:00:00.123000" in UTC, from "2026-11-22T10:00:00.123000Z".
std::string KlogTime(Instant wall) {
  const std::string text = FormatMicroTime(wall);
  return text.substr(5, 2) + text.substr(8, 2) + " " + text.substr(11, 15);
}

// As JSON text, so that a line break or an escape sequence in a value cannot forge a line.
std::string Quote(std::string_view text) { return json::Write(json::Value(text)); }

std::string FormatText(Instant wall, LogLevel level, std::string_view message, const LogFields& fields) {
  std::string line(1, LevelLetter(level));
  line += KlogTime(wall) + "] " + Quote(message);
  for (const LogField& field : fields) line += " " + field.key + "=" + Quote(field.value);
  return line + "\n";
}

std::string FormatJson(Instant wall, LogLevel level, std::string_view message, const LogFields& fields) {
  json::Object line{{"ts", wall.time_since_epoch().count()}, {"level", LevelName(level)}, {"msg", message}};
  for (const LogField& field : fields) line.Set(field.key, field.value);
  return json::Write(std::move(line)) + "\n";
}

void WriteWhole(std::string_view line) {
  while (!line.empty()) {
    const ssize_t written = write(STDERR_FILENO, line.data(), line.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // nowhere to complain
    line.remove_prefix(static_cast<size_t>(written));
  }
}

}  // namespace

std::string FormatLogLine(LogFormat format, Instant wall, LogLevel level, std::string_view message,
                          const LogFields& fields) {
  return format == LogFormat::kJson ? FormatJson(wall, level, message, fields)
                                    : FormatText(wall, level, message, fields);
}

LogSink MakeStderrSink(LogOptions options) {
  return [options](LogLevel level, std::string_view message, const LogFields& fields) {
    if (level < options.least) return;
    WriteWhole(FormatLogLine(options.format, RealClock().Wall(), level, message, fields));
  };
}

}  // namespace muster::runtime
