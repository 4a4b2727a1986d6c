// Programs that end-to-end tests run: commands to their end, and processes that go on. No shell anywhere: argv is argv.
// A process dies with the test program, however that ends; what a test starts is never found by name.
//
//   const CommandResult got = RunCommand({"/usr/bin/kubectl", "get", "pods"}, {.environment = {{"KUBECONFIG", file}}});
//   EXPECT_EQ(got.exit_code, 0) << got.Text();
#pragma once

#include <sys/types.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/time.h"

namespace muster::e2e {

using Environment = std::map<std::string, std::string>;  // over the test program's own

struct CommandResult {
  int exit_code = -1;  // 128 + signal when killed; -1 when it could not be run or was not done in time
  std::string out;
  std::string err;
  std::string Text() const;  // all three, for messages
};

struct CommandOptions {
  std::string input = {};
  Environment environment = {};
  Duration deadline = std::chrono::seconds(60);  // then it is killed
};

CommandResult RunCommand(const std::vector<std::string>& argv, const CommandOptions& options = {});

class Process {
 public:
  // Standard output and error are appended to log_path.
  Process(const std::vector<std::string>& argv, const Environment& environment, const std::string& log_path);
  // Kills it when it still runs.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void Signal(int signal);
  // Its exit code (128 + signal when killed), or nullopt when it has not ended by then.
  std::optional<int> Wait(Duration longest);
  bool Running() { return !Wait(Duration(0)).has_value(); }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  std::optional<int> exit_code_;
};

}  // namespace muster::e2e
