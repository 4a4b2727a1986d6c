#include "operator/shell/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>

namespace muster::shell {
namespace {

std::string ReadAll(const char* path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

int64_t CountOpenFds() {
  std::error_code error;
  int64_t count = 0;
  std::filesystem::directory_iterator entry("/proc/self/fd", error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) ++count;
  return count > 0 ? count - 1 : 0;  // one is the listing itself
}

int64_t MaxFds() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return 0;
  return static_cast<int64_t>(limit.rlim_cur);
}

}  // namespace

std::optional<ProcessSample> ParseProcessStat(std::string_view stat, const ClockBase& base) {
  // The second field is the program's name in parentheses and may hold anything, parentheses too: the rest starts
  // after the last one.
  const size_t name_end = stat.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  std::istringstream rest{std::string(stat.substr(name_end + 1))};
  std::string state;
  rest >> state;  // field 3
  constexpr int kFirst = 4, kUserTime = 14, kSystemTime = 15, kThreads = 20, kStart = 22, kVirtual = 23, kResident = 24;
  int64_t field[kResident + 1] = {};
  for (int i = kFirst; i <= kResident; ++i) {
    if (!(rest >> field[i])) return std::nullopt;
  }
  const auto seconds = [&](int64_t ticks) {
    return static_cast<double>(ticks) / static_cast<double>(base.ticks_per_second);
  };
  ProcessSample sample;
  sample.cpu_seconds = seconds(field[kUserTime] + field[kSystemTime]);
  sample.start_time_seconds = base.boot_time_seconds + seconds(field[kStart]);
  sample.threads = field[kThreads];
  sample.virtual_bytes = field[kVirtual];
  sample.resident_bytes = field[kResident] * base.page_bytes;
  return sample;
}

std::optional<double> ParseBootTime(std::string_view proc_stat) {
  const size_t at = proc_stat.find("\nbtime ");
  if (at == std::string_view::npos) return std::nullopt;
  std::istringstream rest{std::string(proc_stat.substr(at + 7, 24))};
  double seconds = 0;
  if (!(rest >> seconds)) return std::nullopt;
  return seconds;
}

std::optional<ProcessSample> ReadProcess() {
  // The boot time is read once: the kernel recomputes it from the wall clock, and a start time must not wander.
  static const double boot_time = ParseBootTime(ReadAll("/proc/stat")).value_or(0);
  const ClockBase base{sysconf(_SC_CLK_TCK), sysconf(_SC_PAGESIZE), boot_time};
  std::optional<ProcessSample> sample = ParseProcessStat(ReadAll("/proc/self/stat"), base);
  if (!sample) return std::nullopt;
  sample->open_fds = CountOpenFds();
  sample->max_fds = MaxFds();
  return sample;
}

}  // namespace muster::shell
