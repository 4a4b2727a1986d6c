#include "lib/api/pod.h"

#include <algorithm>

#include "lib/api/pod_spec.h"
#include "lib/base/strings.h"

namespace muster::api {
namespace {

constexpr size_t kProblemBytes = 240;

PodPhase PhaseOf(const std::string& name) {
  if (name == "Running") return PodPhase::kRunning;
  if (name == "Succeeded") return PodPhase::kSucceeded;
  if (name == "Failed") return PodPhase::kFailed;
  return name.empty() || name == "Pending" ? PodPhase::kPending : PodPhase::kUnknown;
}

// A pod that is being resized in place holds the greater of what is wanted and what the kubelet has given it; so does
// kube-scheduler count it (resource.PodRequests with UseStatusResources).
void AddAllocated(const json::Value& status, const json::Value& spec, Resources& requests) {
  if (spec["resources"].IsObject()) return;  // pod-level resources stand for the containers'
  Resources allocated;
  bool any = false;
  for (const json::Value& container : status["containerStatuses"].Items()) {
    Resources own = DecodeResources(container["allocatedResources"]);
    own.TakeMax(DecodeResources(container["resources"]["requests"]));
    any = any || !own.empty();
    allocated.Add(own);
  }
  if (!any) return;
  for (const json::Value& container : status["initContainerStatuses"].Items()) {
    if (container["state"].Has("running")) allocated.Add(DecodeResources(container["allocatedResources"]));
  }
  allocated.Add(DecodeResources(spec["overhead"]));
  requests.TakeMax(allocated);
}

// The DaemonSet controller binds a pod to its node by a required node affinity for the node's name.
std::string NodeInAffinity(const json::Value& spec) {
  const json::Value& required =
      spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"];
  for (const json::Value& term : required.Items()) {
    for (const json::Value& field : term["matchFields"].Items()) {
      const json::Array& values = field["values"].Items();
      if (field["key"].Text() == "metadata.name" && field["operator"].Text() == "In" && values.size() == 1) {
        return values.front().Text();
      }
    }
  }
  return {};
}

void DecodeDaemon(const json::Value& spec, Pod& pod) {
  if (!pod.meta.owner) return;
  // The mirror of a static pod is owned by its node.
  pod.comes_with_node = pod.meta.owner->kind == "DaemonSet" || pod.meta.owner->kind == "Node";
  if (!pod.comes_with_node || pod.IsBound()) return;
  pod.node_name = NodeInAffinity(spec);
  pod.awaits_node = !pod.node_name.empty();
}

std::string WithMessage(const std::string& reason, const std::string& message) {
  if (message.empty()) return reason;
  return reason.empty() ? message : reason + ": " + message;
}

// "container c: ImagePullBackOff: ..."; empty when the container is well.
std::string ProblemOf(const json::Value& container) {
  const json::Value& waiting = container["state"]["waiting"];
  const json::Value& ended = container["state"]["terminated"];
  std::string text;
  if (ended.IsObject() && ended["exitCode"].Integer() != 0) {
    text = WithMessage(ended["reason"].Text(), ended["message"].Text()) + " (exit code " +
           std::to_string(ended["exitCode"].Integer()) + ")";
  } else if (waiting.IsObject()) {
    const std::string& reason = waiting["reason"].Text();
    if (reason.empty() || reason == "ContainerCreating" || reason == "PodInitializing") return "";
    text = WithMessage(reason, waiting["message"].Text());
  }
  return text.empty() ? text : "container " + container["name"].Text() + ": " + text;
}

std::string ContainerProblem(const json::Value& status) {
  for (const std::string_view list : {"initContainerStatuses", "containerStatuses"}) {
    for (const json::Value& container : status[list].Items()) {
      if (std::string text = ProblemOf(container); !text.empty()) return text;
    }
  }
  return status["phase"].Text() == "Failed" ? WithMessage(status["reason"].Text(), status["message"].Text()) : "";
}

void DecodeMember(const json::Value& spec, const json::Value& status, Pod& pod) {
  for (const json::Value& condition : status["conditions"].Items()) {
    if (condition["type"].Text() != "PodScheduled" || condition["status"].Text() != "False") continue;
    pod.unschedulable = true;
    pod.problem = WithMessage(condition["reason"].Text(), condition["message"].Text());
  }
  std::vector<std::string> gates;
  for (const json::Value& gate : spec["schedulingGates"].Items()) gates.push_back(gate["name"].Text());
  pod.gated = !gates.empty();
  if (pod.gated) pod.problem = "SchedulingGated: " + Join(gates, ", ");
  if (pod.problem.empty()) pod.problem = ContainerProblem(status);
  pod.problem = Shorten(pod.problem, kProblemBytes);
  int64_t restarts = 0;
  for (const json::Value& container : status["containerStatuses"].Items()) {
    restarts = SaturatingAdd(restarts, container["restartCount"].Integer());
  }
  pod.restarts = static_cast<int32_t>(std::clamp<int64_t>(restarts, 0, INT32_MAX));
}

}  // namespace

bool Pod::operator==(const Pod& other) const {
  return meta.ns == other.meta.ns && meta.name == other.meta.name && meta.uid == other.meta.uid &&
         meta.deleted == other.meta.deleted && meta.owner == other.meta.owner && group == other.group &&
         role == other.role && node_name == other.node_name && requests == other.requests &&
         priority == other.priority && phase == other.phase && ready == other.ready &&
         unschedulable == other.unschedulable && comes_with_node == other.comes_with_node &&
         awaits_node == other.awaits_node && restarts == other.restarts && gated == other.gated &&
         problem == other.problem;
}

Result<Pod> DecodePod(const json::Value& object) {
  const json::Value& spec = object["spec"];
  const json::Value& status = object["status"];
  Pod pod;
  TRY(pod.meta, DecodeMeta(object, KeepLabels::kNone));
  const json::Value& labels = object["metadata"]["labels"];
  pod.group = labels[kLabelPodGroup].Text();
  pod.role = labels[kLabelRole].Text();
  pod.node_name = spec["nodeName"].Text();
  pod.requests = EffectiveRequests(spec);
  if (pod.IsBound()) AddAllocated(status, spec, pod.requests);
  pod.priority = static_cast<int32_t>(std::clamp<int64_t>(spec["priority"].Integer(), INT32_MIN, INT32_MAX));
  pod.phase = PhaseOf(status["phase"].Text());
  for (const json::Value& condition : status["conditions"].Items()) {
    if (condition["type"].Text() == "Ready") pod.ready = condition["status"].Text() == "True";
  }
  DecodeDaemon(spec, pod);
  if (pod.IsMember()) {
    DecodeMember(spec, status, pod);
  } else {
    pod.meta.owner.reset();
  }
  return pod;
}

}  // namespace muster::api
