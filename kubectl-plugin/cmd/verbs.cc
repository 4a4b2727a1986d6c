#include <algorithm>

#include "kubectl-plugin/cmd/flags.h"
#include "kubectl-plugin/cmd/verb.h"

namespace muster::plugin {
namespace {

constexpr std::string_view kExitsOfStatus =
    "Without NAME: every workload of the namespace. -w redraws in place as things change.\n"
    "Exit code: 0 all healthy (running, or finished well), 1 error, 2 not (yet) healthy.\n"
    "\n"
    "  kubectl workload status train -w\n"
    "  kubectl workload status -A -o json";

constexpr std::string_view kAboutExplain =
    "NAME is a group (train-1) or a workload, of which every group that does not run is explained.\n"
    "Shown is what the operator stored when it last looked.\n"
    "\n"
    "  kubectl workload explain train\n"
    "  kubectl workload explain podgroup/train-1 -o json";

// "help" and "help VERB" are answered while the command line is parsed; this is for "-n x help".
int RunHelp(Session& session) {
  session.Out(HelpText(session.world().program));
  return kExitOk;
}

std::vector<Verb> MakeVerbs() {
  constexpr uint32_t kLists = kFlagAllNamespaces | kFlagSelector | kFlagOutput | kFlagWatch;
  constexpr uint32_t kChanges = kFlagSelector | kFlagDryRun | kFlagEvery;
  return {
      {"get", "[NAME...]", "List workloads, one per line",
       "  kubectl workload get -A -o wide\n  kubectl workload get train -o jsonpath={.status.ready}",
       kLists | kFlagNoHeaders, "wide, json, yaml, name, jsonpath=TEMPLATE", RunGet},
      {"status", "[NAME...]", "Show a workload, its groups and roles as a tree", kExitsOfStatus,
       kLists | kFlagFoldNothing, "json, yaml", RunStatus},
      {"explain", "NAME...", "Say why a group is not running and what would let it", kAboutExplain,
       kFlagOutput, "json, yaml", RunExplain},
      {"suspend", "NAME...", "Hold every group of a workload: its pods end, its place and volumes stay",
       "  kubectl workload suspend train --dry-run=server", kChanges, "", RunSuspend},
      {"resume", "NAME...", "Let a suspended workload run again", "  kubectl workload resume -l team=a", kChanges, "",
       RunResume},
      {"version", "", "Show the versions of this plugin, the CRDs, the operator and the server",
       "Works without an operator. Names what does not fit together.", kFlagOutput, "json, yaml", RunVersion},
      {"help", "[VERB]", "Say what a verb does", "", 0, "", RunHelp},
  };
}

}  // namespace

const std::vector<Verb>& Verbs() {
  static const std::vector<Verb> verbs = MakeVerbs();
  return verbs;
}

const Verb* FindVerb(std::string_view name) {
  const std::vector<Verb>& verbs = Verbs();
  const auto found = std::find_if(verbs.begin(), verbs.end(), [name](const Verb& verb) { return verb.name == name; });
  return found == verbs.end() ? nullptr : &*found;
}

}  // namespace muster::plugin
