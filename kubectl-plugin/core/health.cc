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

constexpr std::string_view kNotReadYet = "the operator has not read it yet";

Health HealthOf(api::WorkloadState state) {
  switch (state) {
    case api::WorkloadState::kRunning:
    case api::WorkloadState::kSucceeded:
      return Health::kHealthy;
    case api::WorkloadState::kStalled:
    case api::WorkloadState::kFailed:
      return Health::kBroken;
    case api::WorkloadState::kPending:
    case api::WorkloadState::kStopping:
    case api::WorkloadState::kHeld:
    case api::WorkloadState::kWaiting:
    case api::WorkloadState::kStarting:
    case api::WorkloadState::kUpdating:
      break;
  }
  return Health::kBusy;
}

std::optional<Instant> SinceOf(const api::Workload& workload, api::WorkloadState state) {
  const api::Conditions& conditions = workload.status.conditions;
  const std::optional<Instant> ready =
      Or(TransitionOf(conditions, api::condition::kReady), std::optional<Instant>(workload.meta.created));
  if (workload.meta.deleted) return workload.meta.deleted;
  if (state == api::WorkloadState::kStalled) return Or(TransitionOf(conditions, api::condition::kStalled), ready);
  if (state == api::WorkloadState::kFailed) return Or(TransitionOf(conditions, api::condition::kFailed), ready);
  if (state == api::WorkloadState::kSucceeded) return Or(TransitionOf(conditions, api::condition::kComplete), ready);
  return ready;
}

std::string StoppingDetail(const api::Workload& workload, const GroupCounts& n, int64_t all) {
  if (workload.meta.deleted) return "being deleted";
  if (n.stopping > 0) return OfGroups(n.stopping, all, "stopping");
  if (workload.spec.suspend) return OfGroups(n.running + n.starting, all, "to be suspended");
  return OfGroups(n.present - n.wanted, n.present, "to be deleted");
}

std::string DetailOf(const api::Workload& workload, api::WorkloadState state, const GroupCounts& n) {
  const api::WorkloadStatus& status = workload.status;
  const int64_t all = std::max(n.wanted, n.present);
  switch (state) {
    case api::WorkloadState::kPending:
      return std::string(kNotReadYet);
    case api::WorkloadState::kStalled:
      return Or(MessageOf(status.conditions, api::condition::kStalled), OfGroups(n.stalled, all, "cannot continue"));
    case api::WorkloadState::kFailed:
      return n.failed > 0 ? OfGroups(n.failed, all, "failed") : MessageOf(status.conditions, api::condition::kFailed);
    case api::WorkloadState::kStopping:
      return StoppingDetail(workload, n, all);
    case api::WorkloadState::kHeld:
      return "suspended";
    case api::WorkloadState::kWaiting:
      return OfGroups(n.waiting + n.held, all, "waiting");
    case api::WorkloadState::kStarting:
      return n.present < n.wanted ? OfGroups(n.wanted - n.present, n.wanted, "not created yet")
                                  : OfGroups(n.starting + n.unseen, all, "starting");
    case api::WorkloadState::kUpdating:
      if (status.observed_generation < workload.meta.generation) {
        return "the operator has not read the latest change yet";
      }
      return OfGroups(status.replicas - status.updated - n.finished_before, all, "on the old revision");
    case api::WorkloadState::kRunning:
      return n.wanted == 0 && n.present == 0 ? "scaled to 0 groups" : "";
    case api::WorkloadState::kSucceeded:
      break;
  }
  return "";
}

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
  if (!status.state) return {"Pending", std::string(kNotReadYet), Health::kBusy, created};
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
  for (const api::PodGroup& group : groups) api::CountGroup(group, workload.status.update_revision, counts);
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
  const api::WorkloadState state = api::StateOf(workload, workload.status, n);
  return {std::string(api::StateName(state)), DetailOf(workload, state, n), HealthOf(state), SinceOf(workload, state)};
}

Verdict JudgeByStatus(const api::Workload& workload) {
  const api::WorkloadStatus& status = workload.status;
  const bool current = status.observed_generation == workload.meta.generation && !workload.meta.deleted;
  const Verdict guess = JudgeWorkload(workload, CountsInStatus(workload));
  if (!current || !status.state) return guess;
  Verdict verdict{std::string(api::StateName(*status.state)), "", HealthOf(*status.state), guess.since};
  const api::Condition* ready = api::FindCondition(status.conditions, api::condition::kReady);
  const bool explains = ready != nullptr && ready->status != api::Truth::kTrue && !ready->message.empty() &&
                        ready->observed_generation == workload.meta.generation;
  verdict.detail = explains ? ready->message : (guess.word == verdict.word ? guess.detail : "");
  return verdict;
}

}  // namespace muster::plugin
