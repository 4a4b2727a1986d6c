#include "lib/client/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <map>
#include <optional>
#include <system_error>

extern char** environ;

namespace muster::client {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kPollMs = 5;
constexpr auto kReapLongest = std::chrono::seconds(1);

class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  ~File() { Close(); }
  File(const File&) = delete;
  int get() const { return fd_; }
  void Close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
};

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> EnvironmentWith(const std::vector<std::pair<std::string, std::string>>& changes) {
  std::map<std::string, std::string> merged;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const size_t equals = text.find('=');
    if (equals != std::string::npos) merged.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  for (const auto& [name, value] : changes) merged[name] = value;
  std::vector<std::string> entries;
  entries.reserve(merged.size());
  for (const auto& [name, value] : merged) entries.emplace_back(name).append("=").append(value);
  return entries;
}

// posix_spawn's two lists of what the child is to be like.
class SpawnPlan {
 public:
  SpawnPlan(int output, bool hand_on_stdin, bool own_group) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
    if (!hand_on_stdin) posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    // Boost opens its sockets without close-on-exec: nobody else is to have our connections.
    posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    sigset_t none, ours;
    sigemptyset(&none);
    sigemptyset(&ours);
    for (const int signal : {SIGINT, SIGTERM, SIGPIPE, SIGHUP, SIGQUIT, SIGCHLD, SIGWINCH}) sigaddset(&ours, signal);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &ours);
    short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    if (own_group) flags = static_cast<short>(flags | POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(&attributes_, flags);
  }
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;

  posix_spawn_file_actions_t* actions() { return &actions_; }
  posix_spawnattr_t* attributes() { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

class Child {
 public:
  Child(pid_t pid, bool own_group) : pid_(pid), own_group_(own_group) {}

  // 128 + n for signal n. Somebody else's handling of SIGCHLD may have taken the code: then what was written decides.
  std::optional<int> Ended() const {
    int status = 0;
    const pid_t ended = ::waitpid(pid_, &status, WNOHANG);
    if (ended == 0 || (ended < 0 && errno == EINTR)) return std::nullopt;
    if (ended < 0) return 0;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }

  void Kill() const {
    ::kill(own_group_ ? -pid_ : pid_, SIGKILL);
    const auto longest = Clock::now() + kReapLongest;
    while (!Ended() && Clock::now() < longest) ::poll(nullptr, 0, kPollMs);
  }

  // What it left behind: nobody waits for that.
  void KillRest() const {
    if (own_group_) ::kill(-pid_, SIGKILL);
  }

 private:
  const pid_t pid_;
  const bool own_group_;
};

// What has come so far; false when there is too much of it.
bool Drain(File& pipe, std::string& output, size_t bytes_max) {
  std::array<char, 16384> piece{};
  while (pipe.get() >= 0) {
    const ssize_t got = ::read(pipe.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return true;
    if (got <= 0) {
      pipe.Close();
      return true;
    }
    output.append(piece.data(), static_cast<size_t>(got));
    if (output.size() > bytes_max) return false;
  }
  return true;
}

Result<ChildResult> Await(const Child& child, File& pipe, const ChildOptions& options, const std::stop_token& stop) {
  const auto deadline = Clock::now() + options.deadline;
  ChildResult result;
  for (;;) {
    pollfd readable{.fd = pipe.get(), .events = POLLIN, .revents = 0};
    ::poll(&readable, 1, kPollMs);
    const std::optional<int> ended = child.Ended();  // before the last drain, so that nothing is missed
    if (!Drain(pipe, result.output, options.output_bytes_max)) {
      child.Kill();
      return MakeError(Code::kDecode, "wrote more than " + std::to_string(options.output_bytes_max) + " bytes");
    }
    if (ended) {
      child.KillRest();
      result.exit_code = *ended;
      return result;
    }
    if (stop.stop_requested()) {
      child.Kill();
      return MakeError(Code::kCancelled, "stopping");
    }
    if (Clock::now() >= deadline) {
      child.Kill();
      const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(options.deadline).count();
      return MakeError(Code::kTimeout, "did not end within " + std::to_string(seconds) + " s");
    }
  }
}

Error CannotRun(int error) {
  const bool absent = error == ENOENT || error == ENOTDIR;
  return MakeError(absent ? Code::kNotFound : Code::kInvalid,
                   "cannot be run: " + std::generic_category().message(error));
}

}  // namespace

Result<ChildResult> RunChild(const ChildOptions& options, const std::stop_token& stop) {
  if (stop.stop_requested()) return MakeError(Code::kCancelled, "stopping");
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return CannotRun(errno);
  File reading(ends[0]);
  File writing(ends[1]);
  ::fcntl(reading.get(), F_SETFL, O_NONBLOCK);

  const bool person = options.hand_on_stdin || ::isatty(STDERR_FILENO) == 1;
  SpawnPlan plan(writing.get(), options.hand_on_stdin, !person);
  std::vector<std::string> arguments = options.arguments;
  std::vector<std::string> environment = EnvironmentWith(options.environment);
  const std::vector<char*> argument_pointers = Pointers(arguments);
  const std::vector<char*> environment_pointers = Pointers(environment);
  pid_t pid = 0;
  const int error = ::posix_spawnp(&pid, arguments.front().c_str(), plan.actions(), plan.attributes(),
                                   argument_pointers.data(), environment_pointers.data());
  if (error != 0) return CannotRun(error);
  writing.Close();
  return Await(Child(pid, !person), reading, options, stop);
}

}  // namespace muster::client
