// What /proc says of this process, for the process_* metrics. Layer: operator/shell. Linux only; the parsing is pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace muster::shell {

struct ProcessSample {
  double cpu_seconds = 0;         // user and system, since the start
  double start_time_seconds = 0;  // since the epoch
  int64_t threads = 0;
  int64_t virtual_bytes = 0;
  int64_t resident_bytes = 0;
  int64_t open_fds = 0;
  int64_t max_fds = 0;
};

struct ClockBase {
  int64_t ticks_per_second = 100;
  int64_t page_bytes = 4096;
  double boot_time_seconds = 0;  // since the epoch
};

// The fields of /proc/<pid>/stat (proc(5)) that a sample holds; fds are left zero. nullopt when the line is not that.
std::optional<ProcessSample> ParseProcessStat(std::string_view stat, const ClockBase& base);
// The "btime" line of /proc/stat.
std::optional<double> ParseBootTime(std::string_view proc_stat);

// This process now; nullopt where /proc cannot be read.
std::optional<ProcessSample> ReadProcess();

}  // namespace muster::shell
