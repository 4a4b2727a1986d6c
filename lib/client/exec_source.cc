#include "lib/client/exec_source.h"

#include <unistd.h>

#include <utility>

#include "lib/base/strings.h"

namespace muster::client {
namespace {

// A command that fails is not run for every request again: many ask at once.
constexpr auto kFailurePause = std::chrono::seconds(1);
// Nor is one whose answers the server refuses.
constexpr auto kRefusalPause = std::chrono::seconds(5);
constexpr auto kDeadline = std::chrono::seconds(60);
constexpr auto kPersonsDeadline = std::chrono::minutes(5);
constexpr size_t kHintShown = 400;

}  // namespace

ExecWorld RealExecWorld(Duration request_timeout) {
  const bool terminal = ::isatty(STDIN_FILENO) == 1;
  Duration deadline = terminal || ::isatty(STDERR_FILENO) == 1 ? Duration(kPersonsDeadline) : Duration(kDeadline);
  if (request_timeout > Duration(0) && request_timeout < deadline) deadline = request_timeout;
  return {.run = RunChild,
          .now = [] { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); },
          .stdin_is_terminal = terminal,
          .deadline = deadline};
}

Error ExecSource::Failure(const std::string& what) const {
  return MakeError(Code::kUnauthorized,
                   "the credentials command " + command_.command + " (exec of " + command_.origin + ") " + what);
}

Result<ExecAnswer> ExecSource::Ask(const std::stop_token& stop) const {
  const bool wants_stdin = command_.stdin_mode != ExecCommand::Stdin::kNever;
  const bool interactive = wants_stdin && world_.stdin_is_terminal && !command_.stdin_is_taken;
  if (command_.stdin_mode == ExecCommand::Stdin::kAlways && !interactive) {
    return Failure(command_.stdin_is_taken ? "needs standard input, which -f - reads: name a file instead"
                                           : "needs a terminal as standard input (interactiveMode Always)");
  }
  ChildOptions options{.arguments = {command_.command},
                       .environment = command_.environment,
                       .hand_on_stdin = interactive,
                       .deadline = world_.deadline};
  options.arguments.insert(options.arguments.end(), command_.args.begin(), command_.args.end());
  options.environment.emplace_back("KUBERNETES_EXEC_INFO", BuildExecInfo(command_, interactive));
  const Result<ChildResult> run = world_.run(options, stop);
  if (!run) {
    const Error& error = run.error();
    if (error.code == Code::kCancelled) return error;
    if (error.code == Code::kTimeout) {
      return Failure(error.message + ": run it by hand to see what it waits for");
    }
    std::string remedy = error.code == Code::kNotFound ? ": install it, or correct its path" : "";
    if (error.code == Code::kNotFound && !command_.install_hint.empty()) {
      remedy += "; " + Shorten(command_.install_hint, kHintShown);
    }
    return Failure(error.message + remedy);
  }
  if (run->exit_code != 0) {
    return Failure("failed with exit code " + std::to_string(run->exit_code) + ": run it by hand to see why");
  }
  Result<ExecAnswer> answer = ParseExecAnswer(run->output, command_.api_version);
  if (!answer) return Failure(answer.error().message);
  return answer;
}

Status ExecSource::RunLocked(std::unique_lock<std::mutex>& lock, const std::stop_token& stop) {
  running_ = true;
  lock.unlock();
  Result<ExecAnswer> answer = Ask(stop);
  lock.lock();
  running_ = false;
  ended_.notify_all();
  if (answer) {
    answer_ = std::move(*answer);
    failure_.reset();
    return Ok();
  }
  if (answer.error().code == Code::kCancelled) return answer.error();  // that caller's affair
  failure_ = answer.error();
  failed_at_ = world_.now();
  return *failure_;
}

Result<Credential> ExecSource::Current(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  ended_.wait(lock, stop, [this] { return !running_; });
  if (stop.stop_requested()) return MakeError(Code::kCancelled, "stopping");
  const Instant now = world_.now();
  if (answer_ && (!answer_->expires || now < *answer_->expires)) return answer_->credential;
  if (failure_ && now - failed_at_ < kFailurePause && now >= failed_at_) return *failure_;
  TRY_VOID(RunLocked(lock, stop));
  return answer_->credential;
}

Result<bool> ExecSource::Refused(const Credential& credential, std::stop_token stop) {
  std::unique_lock lock(mutex_);
  ended_.wait(lock, stop, [this] { return !running_; });
  if (stop.stop_requested()) return MakeError(Code::kCancelled, "stopping");
  if (!answer_ || answer_->credential != credential) return true;
  const Instant now = world_.now();
  if (refused_at_ && now - *refused_at_ < kRefusalPause && now >= *refused_at_) return false;
  refused_at_ = now;
  TRY_VOID(RunLocked(lock, stop));
  return answer_->credential != credential;
}

}  // namespace muster::client
