// What /proc says of the processes that a benchmark looks at, and a child process of our own. Linux only.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "lib/base/result.h"
#include "lib/base/time.h"

namespace muster::bench {

// User and system time so far, of all its threads, in steps of 10 ms; 0 when it is gone.
double CpuSeconds(pid_t pid);
// VmHWM: the most it ever held; 0 when it is gone.
double PeakMiB(pid_t pid);
// VmRSS.
double ResidentMiB(pid_t pid);

// The programs of a test cluster by name ("etcd", ...), from the pid files of its run directory.
std::map<std::string, pid_t> ClusterProcesses(const std::string& run_dir);

// A program started by us, that dies with us.
class Child {
 public:
  // Output goes to `log` (appended), or nowhere when it is empty.
  static Result<Child> Start(const std::vector<std::string>& argv, const std::string& log);
  Child(Child&& other) noexcept : pid_(other.pid_) { other.pid_ = -1; }
  Child& operator=(Child&& other) noexcept;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();

  pid_t pid() const { return pid_; }
  // Waits for its end; the exit code, 128 + signal when killed.
  int Wait();
  // SIGTERM, then waits.
  int Terminate();

 private:
  explicit Child(pid_t pid) : pid_(pid) {}
  pid_t pid_ = -1;
};

}  // namespace muster::bench
