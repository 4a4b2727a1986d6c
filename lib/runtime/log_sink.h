// Where log lines go: standard error, as klog-like text or as JSON lines. Layer: runtime. The sink is thread-safe: each
// line is written with one write(2), so lines never mix.
//
//   SetLogSink(MakeStderrSink({.format = LogFormat::kJson, .least = LogLevel::kInfo}));
#pragma once

#include <string>
#include <string_view>

#include "lib/base/log.h"
#include "lib/base/time.h"

namespace muster::runtime {

enum class LogFormat { kText, kJson };

struct LogOptions {
  LogFormat format = LogFormat::kText;
  LogLevel least = LogLevel::kInfo;
};

LogSink MakeStderrSink(LogOptions options);

// One line with its end. Text: `I1122 10:00:00.123000] "Admitted" podGroup="ml/train-0"`;
// JSON: {"ts":1795255200123,"level":"info","msg":"Admitted","podGroup":"ml/train-0"} as Kubernetes' components write.
std::string FormatLogLine(LogFormat format, Instant wall, LogLevel level, std::string_view message,
                          const LogFields& fields);

}  // namespace muster::runtime
