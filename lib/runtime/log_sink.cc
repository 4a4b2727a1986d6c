#include "lib/runtime/log_sink.h"

#include <unistd.h>

#include <algorithm>
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

// How many bytes the UTF-8 sequence at the start of the text has; 0 when it is none (RFC 3629: no overlong forms, no
// surrogates).
size_t SequenceLength(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  const size_t length = first < 0x80                     ? 1
                        : first >= 0xC2 && first <= 0xDF ? 2
                        : (first & 0xF0U) == 0xE0        ? 3
                        : first >= 0xF0 && first <= 0xF4 ? 4
                                                         : 0;
  if (length == 0 || text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return 0;
  }
  if (first == 0xE0 && byte(1) < 0xA0) return 0;
  if (first == 0xED && byte(1) > 0x9F) return 0;
  if (first == 0xF0 && byte(1) < 0x90) return 0;
  if (first == 0xF4 && byte(1) > 0x8F) return 0;
  return length;
}

// What others say may not be UTF-8, which no JSON is: such bytes become U+FFFD.
std::string Valid(std::string_view text) {
  std::string valid;
  while (!text.empty()) {
    const size_t length = SequenceLength(text);
    if (length == 0) {
      valid += "\xEF\xBF\xBD";
    } else {
      valid += text.substr(0, length);
    }
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  return valid;
}

// JSON allows DEL, the control characters of C1 and the line separators of Unicode as they are; a terminal or a program
// that reads lines may obey them. They occur within strings alone.
std::string Escaped(std::string_view json) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (size_t i = 0; i < json.size(); ++i) {
    const auto c = static_cast<unsigned char>(json[i]);
    const unsigned char next = i + 1 < json.size() ? static_cast<unsigned char>(json[i + 1]) : 0;
    if (c == 0x7F) {
      out += "\\u007F";
    } else if (c == 0xC2 && next >= 0x80 && next <= 0x9F) {
      out += std::string("\\u00") + kHex[next >> 4U] + kHex[next & 0xFU];
      ++i;
    } else if (json.substr(i, 3) == "\xE2\x80\xA8" || json.substr(i, 3) == "\xE2\x80\xA9") {
      out += json[i + 2] == '\xA8' ? "\\u2028" : "\\u2029";
      i += 2;
    } else {
      out += json[i];
    }
  }
  return out;
}

// As JSON text, so that a line break or an escape sequence in a value cannot forge a line.
std::string Quote(std::string_view text) { return Escaped(json::Write(json::Value(Valid(text)))); }

std::string FormatText(Instant wall, LogLevel level, std::string_view message, const LogFields& fields) {
  std::string line(1, LevelLetter(level));
  line += KlogTime(wall) + "] " + Quote(message);
  for (const LogField& field : fields) line += " " + field.key + "=" + Quote(field.value);
  return line + "\n";
}

std::string FormatJson(Instant wall, LogLevel level, std::string_view message, const LogFields& fields) {
  json::Object line{{"ts", wall.time_since_epoch().count()}, {"level", LevelName(level)}, {"msg", Valid(message)}};
  for (const LogField& field : fields) line.Set(field.key, Valid(field.value));
  return Escaped(json::Write(std::move(line))) + "\n";
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
