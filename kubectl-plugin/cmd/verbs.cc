#include <algorithm>

#include "kubectl-plugin/cmd/flags.h"
#include "kubectl-plugin/cmd/verb.h"

namespace muster::plugin {
namespace {

constexpr std::string_view kExitsOfStatus =
    "Without NAME it shows all workloads of the namespace. -w keeps the output up to date in place.\n"
    "Exit code: 0 all are healthy (running or succeeded), 1 error, 2 not (yet) healthy.\n"
    "\n"
    "  kubectl workload status train -w\n"
    "  kubectl workload status -A -o json";

constexpr std::string_view kAboutExplain =
    "NAME is a group (train-1) or a workload; of a workload, every group that is not running is explained.\n"
    "The answer is the one that the operator stored at its last decision. --live asks the same planner about the\n"
    "current state of the cluster and needs the right to list nodes and pods.\n"
    "\n"
    "  kubectl workload explain train\n"
    "  kubectl workload explain podgroup/train-1 -o json";

constexpr std::string_view kAboutWait =
    "--for is ready (the default), admitted, complete or rolled-out. The wait ends at once when a workload has failed\n"
    "or is stalled.\n"
    "Exit code: 0 the condition is true, 1 error, 3 timeout, 4 the condition can no longer become true.\n"
    "\n"
    "  kubectl workload wait train --for=complete --timeout=30m";

constexpr std::string_view kAboutPlan =
    "Asks the operator's planner about the current state of the cluster, behind all groups that are already waiting.\n"
    "It needs the right to list nodes and pods. kube-scheduler chooses the nodes; the answer holds for any choice.\n"
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
    "Without SHELL it prints the program that kubectl (1.26 or newer) runs to complete \"kubectl workload\"; put it "
    "on\n"
    "PATH once. SHELL is bash, zsh or fish and prints a completion script for kubectl-workload, for use without\n"
    "kubectl.\n"
    "\n"
    "  kubectl workload completion > ~/.local/bin/kubectl_complete-workload\n"
    "  chmod +x ~/.local/bin/kubectl_complete-workload\n"
    "  source <(kubectl workload completion bash)\n"
    "  source <(kubectl workload completion zsh)\n"
    "  kubectl workload completion fish | source";

// "help" and "help VERB" are handled while the command line is parsed; this is for "-n x help".
int RunHelp(Session& session) {
  session.OutBytes(HelpText(session.world().program));
  return kExitOk;
}

std::vector<Verb> MakeVerbs() {
  constexpr uint32_t kLists = kFlagAllNamespaces | kFlagSelector | kFlagOutput | kFlagWatch;
  constexpr uint32_t kChanges = kFlagSelector | kFlagDryRun | kFlagEvery | kFlagOutput;
  constexpr std::string_view kDocuments = "json, yaml, name, jsonpath=TEMPLATE";
  return {
      {"get", "[podgroups] [NAME...]", "List workloads or groups, one per line",
       "Without NAME it lists all workloads of the namespace, or all groups with podgroups (pg). The table has the "
       "columns\n"
       "of kubectl get. A row is cut at the right edge of the terminal; -o wide prints it whole.\n"
       "\n"
       "  kubectl workload get -A -o wide\n"
       "  kubectl workload get podgroups -l team=vision\n"
       "  kubectl workload get train -o jsonpath={.status.ready}",
       kLists | kFlagNoHeaders, "wide, json, yaml, name, jsonpath=TEMPLATE", RunGet},
      {"status", "[NAME...]", "Show a workload, its groups and roles as a tree", kExitsOfStatus,
       kLists | kFlagFoldNothing, kDocuments, RunStatus},
      {"explain", "NAME...", "Explain why a group is not running and what would let it run", kAboutExplain,
       kFlagOutput | kFlagLive, kDocuments, RunExplain},
      {"suspend", "NAME...", "Stop all pods of a workload and keep its objects and volumes",
       "  kubectl workload suspend train --dry-run=server", kChanges, kDocuments, RunSuspend},
      {"resume", "NAME...", "Run a suspended workload again", "  kubectl workload resume -l team=a", kChanges,
       kDocuments, RunResume},
      {"scale", "NAME... --replicas=N", "Change the number of groups of a workload",
       "  kubectl workload scale train --replicas=4", kChanges | kFlagReplicas, kDocuments, RunScale},
      {"wait", "NAME... --for=ready", "Wait until a workload is ready, admitted, complete or rolled out", kAboutWait,
       kFlagAllNamespaces | kFlagSelector | kFlagWaitFor | kFlagTimeout | kFlagOutput, kDocuments, RunWait},
      {"plan", "-f FILE...", "Check whether a workload would fit now, without creating it", kAboutPlan,
       kFlagFiles | kFlagNotes | kFlagOutput, "json, yaml, jsonpath=TEMPLATE", RunPlan},
      {"lint", "-f FILE...", "Check a manifest without a cluster", kAboutLint,
       kFlagFiles | kFlagNotes | kFlagDryRun | kFlagOutput, "json, yaml, jsonpath=TEMPLATE", RunLint},
      {"timeline", "NAME", "Show what happened and when: events, conditions and revisions in one list",
       "The cluster keeps events for about an hour. Of a condition only the last change is known. Rows with the age "
       "\"now\"\n"
       "show the current state of what is not healthy.",
       kFlagOutput, "json, yaml, jsonpath=TEMPLATE", RunTimeline},
      {"check", "", "Check that the cluster, the CRDs and the operator are in order",
       "Each line that reports a problem says how to fix it. Exit code: 1 when a line FAILED; 0 with warnings.",
       kFlagOutput, "json, yaml, jsonpath=TEMPLATE", RunCheck},
      {"completion", "[SHELL]", "Print a completion script for kubectl or a shell", kAboutCompletion, 0, "",
       RunCompletion},
      {"version", "", "Show the versions of this plugin, the CRDs, the operator and Kubernetes",
       "It reports versions that do not work together, and works without an operator. --client asks no server.",
       kFlagOutput | kFlagClient, "json, yaml, jsonpath=TEMPLATE", RunVersion},
      {"help", "[VERB]", "Describe a verb and its flags", "", 0, "", RunHelp},
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
