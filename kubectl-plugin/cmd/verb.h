// The table of verbs: each is one file, `cmd/<verb>.cc`, with one function. Layer: plugin cmd.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "kubectl-plugin/cmd/session.h"

namespace muster::plugin {

// Exit codes, the same for every verb that can give them.
enum Exit : int {
  kExitOk = 0,
  kExitError = 1,
  kExitNotHealthy = 2,  // status: not (yet) healthy; plan: does not fit
  kExitTimeout = 3,     // wait
  kExitFailed = 4,      // wait: it can no longer come true
  kExitInterrupted = 130,
};

// Which flags a verb takes besides those of the connection and --color.
enum Flag : uint32_t {
  kFlagAllNamespaces = 1U << 0U,
  kFlagSelector = 1U << 1U,
  kFlagOutput = 1U << 2U,
  kFlagWatch = 1U << 3U,
  kFlagNoHeaders = 1U << 4U,
  kFlagFoldNothing = 1U << 5U,
  kFlagDryRun = 1U << 6U,
  kFlagEvery = 1U << 7U,
  kFlagFiles = 1U << 8U,
  kFlagLive = 1U << 9U,
  kFlagWaitFor = 1U << 10U,
  kFlagTimeout = 1U << 11U,
  kFlagReplicas = 1U << 12U,
  kFlagNotes = 1U << 13U,
  kFlagClient = 1U << 14U,
};

struct Verb {
  std::string_view name;
  std::string_view arguments;  // "[NAME...]", for usage
  std::string_view summary;    // one line
  std::string_view details;    // lines for --help: what it does, exit codes, examples
  uint32_t flags = 0;
  std::string_view outputs;  // what -o takes: "json|yaml"; for help and for the refusal
  int (*run)(Session& session) = nullptr;
};

// In the order in which help lists them.
const std::vector<Verb>& Verbs();
const Verb* FindVerb(std::string_view name);

int RunGet(Session& session);
int RunStatus(Session& session);
int RunExplain(Session& session);
int RunSuspend(Session& session);
int RunResume(Session& session);
int RunVersion(Session& session);
int RunWait(Session& session);
int RunScale(Session& session);
int RunPlan(Session& session);
int RunTimeline(Session& session);
int RunCheck(Session& session);
int RunCompletion(Session& session);
int RunLint(Session& session);

}  // namespace muster::plugin
