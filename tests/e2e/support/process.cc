#include "tests/e2e/support/process.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "tests/e2e/support/eventually.h"

extern char** environ;

namespace muster::e2e {
namespace {

constexpr int kCannotRun = 127;

struct Files {
  int in = -1;
  int out = -1;
  int err = -1;
};

std::vector<std::string> Merged(const Environment& changes) {
  std::vector<std::string> entries;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (!changes.contains(text.substr(0, text.find('=')))) entries.push_back(text);
  }
  for (const auto& [name, value] : changes) entries.push_back(name + "=" + value);
  return entries;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// Between fork and exec only what may be called there: other threads of ours may have held locks.
pid_t Spawn(std::vector<std::string> argv, const Environment& environment, const Files& files) {
  std::vector<std::string> entries = Merged(environment);
  const std::vector<char*> arguments = Pointers(argv);
  const std::vector<char*> variables = Pointers(entries);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid != 0) return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(kCannotRun);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  dup2(files.in, STDIN_FILENO);
  dup2(files.out, STDOUT_FILENO);
  dup2(files.err, STDERR_FILENO);
  execvpe(arguments[0], arguments.data(), variables.data());
  _exit(kCannotRun);
}

int ExitCodeOf(int status) { return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status); }

std::optional<int> WaitFor(pid_t pid, Duration longest) {
  constexpr auto kPoll = std::chrono::milliseconds(2);
  BusyClock clock;
  while (true) {
    int status = 0;
    const pid_t ended = waitpid(pid, &status, WNOHANG);
    if (ended == pid) return ExitCodeOf(status);
    if (ended < 0) return -1;
    if (clock.Elapsed() >= longest) return std::nullopt;
    std::this_thread::sleep_for(kPoll);
  }
}

std::string ReadAll(int file) {
  std::string text;
  std::string chunk(65536, '\0');
  lseek(file, 0, SEEK_SET);
  for (ssize_t got = 0; (got = read(file, chunk.data(), chunk.size())) > 0;) {
    text.append(chunk, 0, static_cast<size_t>(got));
  }
  return text;
}

int MemoryFile(const char* name, const std::string& content = {}) {
  const int file = memfd_create(name, MFD_CLOEXEC);
  for (size_t at = 0; at < content.size();) {
    const ssize_t put = write(file, content.data() + at, content.size() - at);
    if (put <= 0) break;
    at += static_cast<size_t>(put);
  }
  lseek(file, 0, SEEK_SET);
  return file;
}

}  // namespace

std::string CommandResult::Text() const {
  return "exit code " + std::to_string(exit_code) + "\nstdout:\n" + out + "\nstderr:\n" + err;
}

CommandResult RunCommand(const std::vector<std::string>& argv, const CommandOptions& options) {
  const Files files{MemoryFile("stdin", options.input), MemoryFile("stdout"), MemoryFile("stderr")};
  CommandResult result;
  const pid_t pid = Spawn(argv, options.environment, files);
  if (pid > 0) {
    std::optional<int> code = WaitFor(pid, options.deadline);
    if (!code) {
      kill(pid, SIGKILL);
      WaitFor(pid, std::chrono::seconds(10));
    }
    result.exit_code = code.value_or(-1);
  }
  result.out = ReadAll(files.out);
  result.err = ReadAll(files.err);
  for (const int file : {files.in, files.out, files.err}) close(file);
  return result;
}

Process::Process(const std::vector<std::string>& argv, const Environment& environment, const std::string& log_path) {
  const int log = open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  pid_ = Spawn(argv, environment, {nothing, log, log});
  close(log);
  close(nothing);
}

Process::~Process() {
  if (!Running()) return;
  Signal(SIGKILL);
  Wait(std::chrono::seconds(10));
}

void Process::Signal(int signal) {
  if (!exit_code_ && pid_ > 0) kill(pid_, signal);
}

std::optional<int> Process::Wait(Duration longest) {
  if (!exit_code_) exit_code_ = pid_ > 0 ? WaitFor(pid_, longest) : -1;
  return exit_code_;
}

}  // namespace muster::e2e
