#include "kubectl-plugin/core/stop_cause.h"

#include <optional>

#include "lib/base/strings.h"

namespace muster::plugin {
namespace {

struct Known {
  std::string_view words;
  std::string_view cure;  // with NAMESPACE and EDIT
};

// The first whose words occur decides.
constexpr Known kKnown[] = {
    {"violates PodSecurity",
     "Waiting cannot help: namespace NAMESPACE enforces a Pod Security level that these pods violate. Change their "
     "securityContext (EDIT), or the label pod-security.kubernetes.io/enforce of the namespace."},
    {"exceeded quota",
     "Waiting helps only if other pods in namespace NAMESPACE give back their share of the quota (kubectl describe "
     "resourcequota -n NAMESPACE). Otherwise raise the quota, or request less (EDIT)."},
    {"failed quota",
     "Waiting cannot help: a quota of namespace NAMESPACE requires that every container states what it requests. Add "
     "the requests or limits that are named (EDIT), or have a LimitRange give defaults."},
    {"usage per Container", "LIMITRANGE"},
    {"usage per Pod", "LIMITRANGE"},
    {"limit to request ratio", "LIMITRANGE"},
    {"serviceaccount ",
     "Waiting cannot help until the ServiceAccount exists in namespace NAMESPACE: create it, or name another (EDIT)."},
    {"denied the request", "POLICY"},
    {"ValidatingAdmissionPolicy", "POLICY"},
    {"SchedulingGated",
     "Waiting helps only if whoever owns the gate removes it within seconds: a group keeps no room for pods that "
     "kube-scheduler may not place. Take the gate out of the template (EDIT), or find out what adds it."},
    {"free ports", "PORTS"},
    {"pod anti-affinity rules", "APART"},
    {"persistentvolumeclaim ",
     "Waiting cannot help until the PersistentVolumeClaim exists in namespace NAMESPACE: create it, or name another "
     "(EDIT)."},
    {"unbound immediate PersistentVolumeClaims",
     "Waiting helps only if its volumes are bound: kubectl get persistentvolumeclaims -n NAMESPACE, then kubectl "
     "describe the one that is Pending."},
    {"volume node affinity conflict",
     "Waiting helps only if there is room on the nodes that can reach its volumes; a volume never moves."},
};

// Of "0/3 nodes are available": 3.
std::optional<int64_t> NodesIn(std::string_view words) {
  const size_t end = words.find(" nodes are available");
  if (end == std::string_view::npos) return std::nullopt;
  const size_t slash = words.rfind('/', end);
  int64_t nodes = 0;
  if (slash == std::string_view::npos || !ParseInteger(words.substr(slash + 1, end - slash - 1), nodes)) {
    return std::nullopt;
  }
  return nodes;
}

std::string Replaced(std::string text, std::string_view what, const std::string& with) {
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
  return text;
}

// Members that cannot share a node: `rule` says why, `instead` what to do other than adding nodes.
std::string OneOnEachNode(const StopCause& cause, const std::string& rule, const std::string& instead) {
  const std::optional<int64_t> nodes = NodesIn(cause.words);
  const bool never = nodes && *nodes < cause.members_max;
  return (never ? "Waiting cannot help, with " + Count(*nodes, "node") + " for " + Count(cause.members_max, "member") +
                      ": "
                : std::string("Waiting helps only if pods go that are in the way: ")) +
         rule + ". Add nodes, have fewer members, or " + instead + " (EDIT).";
}

}  // namespace

std::string CureOf(const StopCause& cause) {
  std::string cure;
  for (const Known& known : kKnown) {
    if (cause.words.find(known.words) == std::string_view::npos) continue;
    cure = known.cure;
    break;
  }
  if (cure == "LIMITRANGE") {
    cure =
        "Waiting cannot help: a LimitRange of namespace NAMESPACE forbids these requests or limits (kubectl describe "
        "limitrange -n NAMESPACE). Change them (EDIT), or the LimitRange.";
  } else if (cure == "POLICY") {
    cure =
        "Waiting cannot help while this policy refuses the pods. Change what it objects to (EDIT), or have the policy "
        "changed.";
  } else if (cure == "PORTS") {
    cure = OneOnEachNode(cause, "pods with the same host port cannot share a node", "do without the host port");
  } else if (cure == "APART") {
    cure =
        OneOnEachNode(cause, "pods that the anti-affinity keeps apart cannot share a node", "relax the anti-affinity");
  }
  return Replaced(Replaced(std::move(cure), "NAMESPACE", cause.ns), "EDIT", cause.edit);
}

}  // namespace muster::plugin
