// Candidates for shell completion, as kubectl asks for them. Layer: plugin cmd.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kubectl-plugin/cmd/session.h"

namespace muster::plugin {

// Hidden verbs. The first is for kubectl's scripts, some of which put the answer into the command line as it is; the
// second for our own scripts (completion_scripts.h), which quote it.
inline constexpr std::string_view kCompleteVerb = "__complete";
inline constexpr std::string_view kCompleteQuotingVerb = "__complete-quoting";

// Whether the caller quotes what is offered before it puts it into a command line.
enum class Quoting { kNone, kByCaller };

// kubectl runs `kubectl_complete-workload WORDS...`, the last word being the one under the cursor (maybe empty), which
// runs `kubectl-workload __complete WORDS...`. Prints candidates one per line ("NAME", "NAME\tWHAT IT IS"), then
// cobra's directive: ":0" the shell may complete file names, ":4" it must not, ":6" nor put a space behind. Of
// --flag=VALUE the candidates are values. With Quoting::kNone it leaves out what a shell would not read as it is: a
// kubeconfig can name a context "$(reboot)". Never fails.
int RunComplete(World& world, const std::vector<std::string>& words, Quoting quoting);

}  // namespace muster::plugin
