#include "tests/bench/processes.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

namespace muster::bench {
namespace {

constexpr int kCannotRun = 127;

std::string ProcFile(pid_t pid, const char* name) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/" + name);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

double StatusMiB(pid_t pid, const std::string& field) {
  std::istringstream lines(ProcFile(pid, "status"));
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(field + ":")) continue;
    return std::stod(line.substr(field.size() + 1)) / 1024;  // it is in KiB
  }
  return 0;
}

// In the child, between fork and exec: only what may be called there.
[[noreturn]] void Become(const std::vector<char*>& argv, pid_t parent, int log) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(kCannotRun);
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  execv(argv[0], argv.data());
  _exit(kCannotRun);
}

}  // namespace

double CpuSeconds(pid_t pid) {
  const std::string stat = ProcFile(pid, "stat");
  const size_t name_end = stat.rfind(") ");
  if (name_end == std::string::npos) return 0;
  std::istringstream fields(stat.substr(name_end + 2));  // from field 3; utime and stime are 14 and 15
  std::string skipped;
  for (int i = 3; i < 14; ++i) fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double PeakMiB(pid_t pid) { return StatusMiB(pid, "VmHWM"); }
double ResidentMiB(pid_t pid) { return StatusMiB(pid, "VmRSS"); }

std::map<std::string, pid_t> ClusterProcesses(const std::string& run_dir) {
  std::map<std::string, pid_t> found;
  for (const char* name : {"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok"}) {
    std::ifstream file(std::filesystem::path(run_dir) / "pid" / name);
    if (pid_t pid = 0; file >> pid) found[name] = pid;
  }
  return found;
}

Result<Child> Child::Start(const std::vector<std::string>& argv, const std::string& log) {
  std::vector<char*> pointers;
  for (const std::string& argument : argv) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  const char* path = log.empty() ? "/dev/null" : log.c_str();
  const int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) Become(pointers, parent, file);
  close(file);
  if (pid < 0) return MakeError(Code::kInternal, "cannot start " + argv.front());
  return Child(pid);
}

Child& Child::operator=(Child&& other) noexcept {
  std::swap(pid_, other.pid_);
  return *this;
}

Child::~Child() {
  if (pid_ > 0) Terminate();
}

int Child::Wait() {
  int status = 0;
  while (pid_ > 0 && waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
  pid_ = -1;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int Child::Terminate() {
  kill(pid_, SIGTERM);
  return Wait();
}

}  // namespace muster::bench
