// One run of another program: its standard output, within a deadline. Layer: client. Safe from any thread: the child is
// made by posix_spawn, so that nothing of ours runs between fork and exec.
//
// The child has our environment and standard error, ours as its standard input only if asked for, default signals, and
// no other file of ours. Where no person sits at a terminal it leads a process group, and what is left of that is ended
// with it; at a terminal it stays in our group, so that Ctrl-C reaches it.
#pragma once

#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "lib/base/result.h"
#include "lib/base/time.h"

namespace muster::client {

struct ChildOptions {
  std::vector<std::string> arguments;                            // the program first: in PATH unless it holds a "/"
  std::vector<std::pair<std::string, std::string>> environment;  // the last of a name wins, also over ours
  bool hand_on_stdin = false;                                    // else it reads nothing
  Duration deadline = std::chrono::seconds(60);
  size_t output_bytes_max = 1UL << 20U;
};

struct ChildResult {
  int exit_code = 0;  // 128 + n when signal n ended it
  std::string output;
};

// kNotFound: there is no such program; kInvalid: it cannot be run; kTimeout: ended by us at the deadline; kDecode:
// ended by us because it wrote too much; kCancelled. The message is a part of a sentence that begins with the program's
// name.
Result<ChildResult> RunChild(const ChildOptions& options, const std::stop_token& stop);

}  // namespace muster::client
