// Credentials from a command (exec of a user): asked when first needed, when they expire, and once when the server
// refuses them. Layer: client. Thread-safe: at most one run at a time, and who comes meanwhile takes its answer.
// The world comes in from outside, so that tests have their own.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "lib/client/child_process.h"
#include "lib/client/credentials.h"
#include "lib/client/exec_answer.h"

namespace muster::client {

struct ExecWorld {
  std::function<Result<ChildResult>(const ChildOptions&, const std::stop_token&)> run;
  std::function<Instant()> now;
  bool stdin_is_terminal = false;
  Duration deadline = std::chrono::seconds(60);
};
// request_timeout, when it is given, is also how long the command may take; else a minute, and five where a person may
// have to log in.
ExecWorld RealExecWorld(Duration request_timeout);

class ExecSource final : public CredentialSource {
 public:
  ExecSource(ExecCommand command, ExecWorld world) : command_(std::move(command)), world_(std::move(world)) {}
  Result<Credential> Current(std::stop_token stop) override;
  Result<bool> Refused(const Credential& credential, std::stop_token stop) override;

 private:
  // The command's answer; mutex_ is let go of while it runs.
  Status RunLocked(std::unique_lock<std::mutex>& lock, const std::stop_token& stop);
  Result<ExecAnswer> Ask(const std::stop_token& stop) const;
  Error Failure(const std::string& what) const;

  const ExecCommand command_;
  const ExecWorld world_;
  std::mutex mutex_;
  std::condition_variable_any ended_;
  bool running_ = false;
  std::optional<ExecAnswer> answer_;  // the last good one
  std::optional<Error> failure_;      // of the last run
  Instant failed_at_{};
  std::optional<Instant> refused_at_;  // when a refusal last made us run it
};

}  // namespace muster::client
