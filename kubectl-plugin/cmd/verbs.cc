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
    "Shown is what the operator stored when it last looked; --live asks the same planner about the cluster as it is\n"
    "now, and takes the right to list nodes and pods.\n"
    "\n"
    "  kubectl workload explain train\n"
    "  kubectl workload explain podgroup/train-1 -o json";

constexpr std::string_view kAboutWait =
    "--for is ready (the default), admitted, complete or rolled-out. A failed or stalled workload ends it at once.\n"
    "Exit code: 0 it came true, 1 error, 3 timeout, 4 it cannot come true any more.\n"
    "\n"
    "  kubectl workload wait train --for=complete --timeout=30m";

constexpr std::string_view kAboutPlan =
    "Asks the operator's own planner about the cluster as it is now, behind every group that waits already. Takes the\n"
    "right to list nodes and pods. kube-scheduler chooses the nodes; what fits here fits however it chooses.\n"
    "Exit code: 0 fits, 1 error, 2 does not fit.\n"
    "\n"
    "  kubectl workload plan -f train.yaml";

constexpr std::string_view kAboutLint =
    "Every finding names file, line and field: unknown fields, types, bounds, the CRD's rules and what is usually "
    "wrong\n"
    "in pasted specs, which are checked by the types of Kubernetes 1.37. --dry-run=server asks the API server too, "
    "about\n"
    "the Workload and the objects that its roles would make. Notes say what Muster fills in or overrides.\n"
    "Exit code: 0 nothing found, 1 problems.\n"
    "\n"
    "  kubectl workload lint -f train.yaml\n"
    "  kubectl workload lint -f manifests/ -R --notes\n"
    "  helm template my-chart | kubectl workload lint -f -";

constexpr std::string_view kAboutCompletion =
    "Without SHELL: the program that kubectl (1.26 or newer) asks; it is put on PATH once, and kubectl's own "
    "completion\n"
    "then knows these words in every shell. SHELL is bash, zsh or fish: completion of kubectl-workload, where it is\n"
    "called by its own name.\n"
    "\n"
    "  kubectl workload completion > ~/.local/bin/kubectl_complete-workload\n"
    "  chmod +x ~/.local/bin/kubectl_complete-workload\n"
    "  source <(kubectl workload completion bash)\n"
    "  source <(kubectl workload completion zsh)\n"
    "  kubectl workload completion fish | source";

// "help" and "help VERB" are answered while the command line is parsed; this is for "-n x help".
int RunHelp(Session& session) {
  session.OutBytes(HelpText(session.world().program));
  return kExitOk;
}

std::vector<Verb> MakeVerbs() {
  constexpr uint32_t kLists = kFlagAllNamespaces | kFlagSelector | kFlagOutput | kFlagWatch;
  constexpr uint32_t kChanges = kFlagSelector | kFlagDryRun | kFlagEvery | kFlagOutput;
  constexpr std::string_view kDocuments = "json, yaml, name, jsonpath=TEMPLATE";
  return {
      {"get", "[NAME...]", "List workloads, one per line",
       "  kubectl workload get -A -o wide\n  kubectl workload get train -o jsonpath={.status.ready}",
       kLists | kFlagNoHeaders, "wide, json, yaml, name, jsonpath=TEMPLATE", RunGet},
      {"status", "[NAME...]", "Show a workload, its groups and roles as a tree", kExitsOfStatus,
       kLists | kFlagFoldNothing, kDocuments, RunStatus},
      {"explain", "NAME...", "Say why a group is not running and what would let it", kAboutExplain,
       kFlagOutput | kFlagLive, kDocuments, RunExplain},
      {"suspend", "NAME...", "Hold every group of a workload: its pods end, its place and volumes stay",
       "  kubectl workload suspend train --dry-run=server", kChanges, kDocuments, RunSuspend},
      {"resume", "NAME...", "Let a suspended workload run again", "  kubectl workload resume -l team=a", kChanges,
       kDocuments, RunResume},
      {"scale", "NAME... --replicas=N", "Change the number of groups of a workload",
       "  kubectl workload scale train --replicas=4", kChanges | kFlagReplicas, kDocuments, RunScale},
      {"wait", "NAME... --for=ready", "Wait until something is true of a workload", kAboutWait,
       kFlagAllNamespaces | kFlagSelector | kFlagWaitFor | kFlagTimeout | kFlagOutput, kDocuments, RunWait},
      {"plan", "-f FILE...", "Say whether a workload would fit now, and if not why; nothing is created", kAboutPlan,
       kFlagFiles | kFlagNotes | kFlagOutput, "json, yaml, jsonpath=TEMPLATE", RunPlan},
      {"lint", "-f FILE...", "Say what is wrong with a manifest, without a cluster", kAboutLint,
       kFlagFiles | kFlagNotes | kFlagDryRun | kFlagOutput, "json, yaml, jsonpath=TEMPLATE", RunLint},
      {"timeline", "NAME", "Show what happened when: events, conditions and revisions in one list",
       "Events are kept by the cluster for an hour or so; conditions tell their last change only.", kFlagOutput,
       "json, yaml, jsonpath=TEMPLATE", RunTimeline},
      {"check", "", "Check that the cluster, the CRDs and the operator are in order",
       "Each line that is not in order says how to mend it. Exit code: 1 when one FAILED; warnings are 0.", kFlagOutput,
       "json, yaml, jsonpath=TEMPLATE", RunCheck},
      {"completion", "[SHELL]", "Print the script that lets kubectl, or a shell, complete these words",
       kAboutCompletion, 0, "", RunCompletion},
      {"version", "", "Show the versions of this plugin, the CRDs, the operator and the server",
       "Works without an operator. Names what does not fit together.", kFlagOutput, "json, yaml, jsonpath=TEMPLATE",
       RunVersion},
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
