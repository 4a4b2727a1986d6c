#include "kubectl-plugin/core/advice.h"

#include <algorithm>

#include "kubectl-plugin/core/stop_cause.h"
#include "lib/base/strings.h"

namespace muster::plugin {
namespace {

namespace code = api::blocker;

std::string WorkloadOf(const api::PodGroup& group) {
  if (group.meta.owner && group.meta.owner->kind == api::kWorkloads.kind) return group.meta.owner->name;
  const auto found = group.meta.labels.find(std::string(api::kLabelWorkload));
  return found == group.meta.labels.end() ? "" : found->second;
}

std::string EditCommand(const api::PodGroup& group) {
  return "kubectl edit workloads.muster.dev " + WorkloadOf(group) + " -n " + group.meta.ns;
}

std::string PluginCommand(const api::PodGroup& group, std::string_view verb) {
  return "kubectl workload " + std::string(verb) + " " + WorkloadOf(group) + " -n " + group.meta.ns;
}

std::string RoleOf(const api::Blocker& blocker) {
  return blocker.role.empty() ? "the role it names" : "role " + blocker.role;
}

std::string BackOffText(const api::PodGroup& group, Instant now) {
  const auto& next = group.status.next_attempt_time;
  if (!next) return "It is tried again by itself.";
  if (*next <= now) return "Its next attempt is due now.";
  return "It is tried again at " + FormatTime(*next) + ".";
}

// What helps against what the API server or kube-scheduler has said; "" when more room would.
std::string CureFor(const api::PodGroup& group, std::string_view words) {
  StopCause cause{.words = words, .ns = group.meta.ns, .edit = EditCommand(group)};
  for (const api::RoleStatus& role : group.status.roles) cause.members_max = std::max(cause.members_max, role.desired);
  return CureOf(cause);
}

std::string AdviceOn(const api::Blocker& blocker, const api::PodGroup& group, Instant now) {
  if (blocker.code == code::kSuspended) return "To let it run: " + PluginCommand(group, "resume");
  if (blocker.code == code::kBackOff) return BackOffText(group, now);
  if (blocker.code == code::kInvalidRole) {
    return "The API server refuses " + RoleOf(blocker) + ". Correct it (" + EditCommand(group) +
           "); the group then goes on by itself.";
  }
  if (blocker.code == code::kWriteRefused) {
    return "The API server refuses the operator what this group needs. Permit it: the operator's own rights come back "
           "with kubectl apply --server-side -f config/rbac/; a quota or policy is changed by those who own it. "
           "It is tried again by itself, at least every minute.";
  }
  if (blocker.code == code::kNameConflict) {
    return "An object that is not ours has a name this group needs. Delete or rename it, or name the workload "
           "otherwise; it is never touched.";
  }
  if (blocker.code == code::kPodsRefused) {
    if (std::string cure = CureFor(group, blocker.message); !cure.empty()) return cure;
    return "The cluster's policy refuses pods of " + RoleOf(blocker) +
           " (Pod Security, quota or a webhook). Change the "
           "template (" +
           EditCommand(group) + ") or the policy of namespace " + group.meta.ns + ".";
  }
  if (blocker.code == code::kMemberUnschedulable) {
    return "kube-scheduler finds no node for a pod of " + RoleOf(blocker) +
           "; the message above has its reason. Remove what is in the way (nodes, volumes, other pods): it tries again "
           "by "
           "itself. For claims: kubectl get pvc -n " +
           group.meta.ns;
  }
  if (blocker.code == code::kCannotStart) {
    return "It cannot start as " + RoleOf(blocker) + " is written. Correct it: " + EditCommand(group);
  }
  if (blocker.code == code::kMembersLeft) {
    return "Members of its last run are not gone yet; it starts when they are. On a lost node they never go: when that "
           "node is off for certain, kubectl delete pod NAME --force -n " +
           group.meta.ns + ".";
  }
  if (blocker.code == code::kPriorityClassNotFound) {
    return "Create the PriorityClass, or name another one: " + EditCommand(group);
  }
  return "";
}

}  // namespace

std::string NodesText(const api::Blocker& blocker) {
  if (blocker.code.starts_with(code::kInsufficientPrefix)) {
    return "too little " +
           (blocker.resource.empty() ? blocker.code.substr(code::kInsufficientPrefix.size()) : blocker.resource);
  }
  if (blocker.code == code::kNodeNotReady) return "not ready";
  if (blocker.code == code::kReservedByAdmitted) return "reserved by groups that are starting";
  return blocker.message.empty() ? blocker.code : blocker.message;
}

std::vector<std::string> AdviceFor(const api::PodGroup& group, Instant now) {
  std::vector<std::string> advice;
  const auto add = [&advice](std::string text) {
    if (!text.empty() && std::find(advice.begin(), advice.end(), text) == advice.end())
      advice.push_back(std::move(text));
  };
  if (group.status.explanation) {
    for (const api::Blocker& blocker : group.status.explanation->blockers) {
      add(AdviceOn(blocker, group, now));
      if (blocker.code == code::kBackOff) add(CureFor(group, group.status.last_stop.message));
    }
  }
  if (group.status.state == api::GroupState::kHeld && advice.empty()) {
    add("To let it run: " + PluginCommand(group, "resume"));
  }
  if (group.status.state == api::GroupState::kFailed) {
    add("A finished group is never run again. Its pods' logs: kubectl logs -n " + group.meta.ns + " -l " +
        std::string(api::kLabelPodGroup) + "=" + group.meta.name +
        " --all-containers; to run it again, delete the "
        "workload and create it anew.");
  }
  return advice;
}

}  // namespace muster::plugin
