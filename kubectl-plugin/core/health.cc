#include "kubectl-plugin/core/health.h"

#include <algorithm>

#include "lib/base/strings.h"

namespace muster::plugin {
namespace {

using api::GroupState;

std::optional<Instant> TransitionOf(const api::Conditions& conditions, std::string_view type) {
  const api::Condition* found = api::FindCondition(conditions, type);
  if (found == nullptr || found->last_transition == Instant{}) return std::nullopt;
  return found->last_transition;
}

std::string MessageOf(const api::Conditions& conditions, std::string_view type) {
  const api::Condition* found = api::FindCondition(conditions, type);
  if (found == nullptr) return "";
  return found->message.empty() ? found->reason : found->message;
}

// "2 of 3 groups waiting"
std::string OfGroups(int64_t some, int64_t all, std::string_view doing) {
  return std::to_string(some) + " of " + Count(all, "group") + " " + std::string(doing);
}

std::string WaitingDetail(const api::PodGroup& group, Instant now) {
  const auto& status = group.status;
  if (status.next_attempt_time && *status.next_attempt_time > now) {
    const std::string why = status.last_stop.message.empty() ? status.last_stop.reason : status.last_stop.message;
    return "next attempt in " + FormatAge(*status.next_attempt_time - now) + (why.empty() ? "" : "; " + why);
  }
  if (status.explanation && !status.explanation->summary.empty()) return status.explanation->summary;
  return MessageOf(status.conditions, api::condition::kAdmitted);
}

std::string StartingDetail(const api::PodGroupStatus& status) {
  if (status.explanation && !status.explanation->summary.empty()) return status.explanation->summary;  // pods refused
  if (status.scheduled < status.members) {
    return std::to_string(status.members - status.scheduled) + " of " + Count(status.members, "member") +
           " not scheduled yet";
  }
  return std::to_string(std::max<int64_t>(0, status.members - status.ready)) + " of " +
         Count(status.members, "member") + " not ready yet";
}

// A group of which a Job has finished and another role never does: it stays Running, and keeps its resources.
std::string RunningDetail(const api::PodGroupStatus& status) {
  std::vector<std::string> done, serving;
  for (const api::RoleStatus& role : status.roles) {
    if (role.result == "Succeeded") done.push_back(role.name);
    if (role.kind != api::KindName(api::RoleKind::kJob)) serving.push_back(role.name);
  }
  if (done.empty() || serving.empty()) return "";
  return Join(done, ", ") + " succeeded; " + Join(serving, ", ") + (serving.size() == 1 ? " runs" : " run") +
         " until the workload is suspended or deleted, so the group never completes";
}

std::string StoppingDetail(const api::PodGroup& group) {
  if (group.status.explanation) return group.status.explanation->summary;  // stuck: it says on which node
  int64_t left = 0;
  for (const api::RoleStatus& role : group.status.roles) left += role.created;
  const std::string& why = group.status.last_stop.message;
  return left == 0 ? why : Count(left, "member") + " left" + (why.empty() ? "" : "; " + why);
}

// What stands in place of a message that is empty.
std::string Or(const std::string& text, std::string_view otherwise) {
  return text.empty() ? std::string(otherwise) : text;
}

std::optional<Instant> Or(std::optional<Instant> a, std::optional<Instant> b) { return a ? a : b; }

}  // namespace

std::string_view HealthName(Health health) {
  switch (health) {
    case Health::kHealthy:
      return "Healthy";
    case Health::kBusy:
      return "Progressing";
    case Health::kBroken:
      return "Degraded";
  }
  return "Progressing";
}

Tone ToneOf(Health health) {
  switch (health) {
    case Health::kHealthy:
      return Tone::kGood;
    case Health::kBusy:
      return Tone::kBusy;
    case Health::kBroken:
      return Tone::kBad;
  }
  return Tone::kPlain;
}

Verdict JudgeGroup(const api::PodGroup& group, Instant now) {
  const api::PodGroupStatus& status = group.status;
  const std::optional<Instant> created = group.meta.created;
  const std::optional<Instant> admitted = Or(TransitionOf(status.conditions, api::condition::kAdmitted), created);
  if (group.meta.deleted) return {"Stopping", "being deleted", Health::kBusy, group.meta.deleted};
  if (!status.state) return {"Pending", "the operator has not looked at it yet", Health::kBusy, created};
  const std::string word(api::StateName(*status.state));
  switch (*status.state) {
    case GroupState::kWaiting:
      return {word, WaitingDetail(group, now), Health::kBusy, Or(status.asked_time, admitted)};
    case GroupState::kHeld:
      return {word, "suspended", Health::kBusy, admitted};
    case GroupState::kStarting:
      return {word, StartingDetail(status), Health::kBusy, admitted};
    case GroupState::kRunning:
      return {word, RunningDetail(status), Health::kHealthy,
              Or(TransitionOf(status.conditions, api::condition::kReady), admitted)};
    case GroupState::kStopping:
      return {word, StoppingDetail(group), Health::kBusy, admitted};
    case GroupState::kSucceeded:
      return {word, "", Health::kHealthy, Or(TransitionOf(status.conditions, api::condition::kSucceeded), admitted)};
    case GroupState::kFailed:
      return {word, MessageOf(status.conditions, api::condition::kFailed), Health::kBroken,
              Or(TransitionOf(status.conditions, api::condition::kFailed), admitted)};
    case GroupState::kStalled:
      return {word,
              Or(MessageOf(status.conditions, api::condition::kStalled),
                 status.explanation ? status.explanation->summary : ""),
              Health::kBroken, Or(TransitionOf(status.conditions, api::condition::kStalled), admitted)};
  }
  return {word, "", Health::kBusy, created};
}

GroupCounts CountGroups(const api::Workload& workload, const std::vector<api::PodGroup>& groups) {
  GroupCounts counts;
  counts.wanted = workload.spec.replicas;
  counts.present = static_cast<int64_t>(groups.size());
  for (const api::PodGroup& group : groups) {
    if (group.meta.deleted) {
      ++counts.stopping;
    } else if (!group.status.state) {
      ++counts.unseen;
    } else {
      const bool before = group.status.revision != workload.status.update_revision;
      counts.finished_before += before && api::IsFinished(group) ? 1 : 0;
      switch (*group.status.state) {
        case GroupState::kWaiting:
          ++counts.waiting;
          break;
        case GroupState::kHeld:
          ++counts.held;
          break;
        case GroupState::kStarting:
          ++counts.starting;
          break;
        case GroupState::kRunning:
          ++counts.running;
          break;
        case GroupState::kStopping:
          ++counts.stopping;
          break;
        case GroupState::kSucceeded:
          ++counts.succeeded;
          break;
        case GroupState::kFailed:
          ++counts.failed;
          break;
        case GroupState::kStalled:
          ++counts.stalled;
          break;
      }
    }
  }
  return counts;
}

GroupCounts CountsInStatus(const api::Workload& workload) {
  const api::WorkloadStatus& status = workload.status;
  GroupCounts counts;
  counts.wanted = workload.spec.replicas;
  counts.present = status.replicas;
  counts.succeeded = status.succeeded;
  counts.failed = status.failed;
  counts.running = std::max<int64_t>(0, status.ready - status.succeeded);
  counts.starting = std::max<int64_t>(0, status.admitted - counts.running);  // a finished group is not admitted
  const int64_t rest = counts.present - counts.ready() - counts.starting - counts.failed;
  (workload.spec.suspend ? counts.held : counts.waiting) = std::max<int64_t>(0, rest);
  return counts;
}

Verdict JudgeWorkload(const api::Workload& workload, const GroupCounts& n) {
  const api::WorkloadStatus& status = workload.status;
  const api::Conditions& conditions = status.conditions;
  const std::optional<Instant> since =
      Or(TransitionOf(conditions, api::condition::kReady), std::optional<Instant>(workload.meta.created));
  const int64_t all = std::max(n.wanted, n.present);
  if (workload.meta.deleted) return {"Stopping", "being deleted", Health::kBusy, workload.meta.deleted};
  if (status.observed_generation == 0 && n.present == 0) {
    return {"Pending", "the operator has not looked at it yet", Health::kBusy, since};
  }
  // A group that failed makes its workload Stalled too: that is said as Failed.
  const bool failed = n.failed > 0 || api::IsTrue(conditions, api::condition::kFailed);
  if (n.stalled > 0 || (!failed && api::IsTrue(conditions, api::condition::kStalled))) {
    return {"Stalled", Or(MessageOf(conditions, api::condition::kStalled), OfGroups(n.stalled, all, "cannot go on")),
            Health::kBroken, Or(TransitionOf(conditions, api::condition::kStalled), since)};
  }
  if (failed) {
    return {"Failed", n.failed > 0 ? OfGroups(n.failed, all, "failed") : MessageOf(conditions, api::condition::kFailed),
            Health::kBroken, Or(TransitionOf(conditions, api::condition::kFailed), since)};
  }
  if (status.observed_generation < workload.meta.generation) {
    return {"Updating", "the operator has not seen the latest change yet", Health::kBusy, since};
  }
  if (n.stopping > 0) return {"Stopping", OfGroups(n.stopping, all, "stopping"), Health::kBusy, since};
  if (n.present > 0 && n.succeeded == n.present && n.present >= n.wanted) {
    return {"Succeeded", "", Health::kHealthy, Or(TransitionOf(conditions, api::condition::kComplete), since)};
  }
  if (workload.spec.suspend) {
    if (n.running + n.starting > 0) {
      return {"Stopping", OfGroups(n.running + n.starting, all, "to be suspended"), Health::kBusy, since};
    }
    return {"Held", "suspended", Health::kBusy, since};
  }
  if (n.wanted == 0 && n.present == 0) return {"Running", "scaled to 0 groups", Health::kHealthy, since};
  if (n.waiting + n.held > 0) return {"Waiting", OfGroups(n.waiting + n.held, all, "waiting"), Health::kBusy, since};
  if (n.present < n.wanted) {
    return {"Starting", OfGroups(n.wanted - n.present, n.wanted, "not created yet"), Health::kBusy, since};
  }
  if (n.starting + n.unseen > 0) {
    return {"Starting", OfGroups(n.starting + n.unseen, all, "starting"), Health::kBusy, since};
  }
  if (n.present > n.wanted) {
    return {"Stopping", OfGroups(n.present - n.wanted, n.present, "too many"), Health::kBusy, since};
  }
  const int64_t outdated = status.replicas - status.updated - n.finished_before;
  if (!status.update_revision.empty() && outdated > 0) {
    return {"Updating", OfGroups(outdated, all, "on the old revision"), Health::kBusy, since};
  }
  return {"Running", "", Health::kHealthy, since};
}

}  // namespace muster::plugin
