#include "operator/core/group_status.h"

#include <algorithm>
#include <utility>

#include "lib/base/strings.h"

namespace muster::core {
namespace {

using api::GroupState;
using api::Truth;
using namespace api::condition;  // NOLINT(google-build-using-namespace): names of conditions alone

constexpr size_t kLongestMessage = 1000;

// kube-scheduler places the pods of an ordinary start, and kubelets report the end of a pod, well within this time.
constexpr Duration kUnplacedAfter = std::chrono::seconds(3);

// Of a start, both say: it goes on by itself.
bool IsOnItsWay(const api::Condition& condition) {
  return condition.reason == "Starting" || condition.reason == "MembersNotReady";
}

// Scheduled turns True a moment before Ready does: one write tells both, and a crash in between loses nothing, since
// whether all are scheduled is seen anew from the pods.
bool SameWeight(const api::Conditions& a, const api::Conditions& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const api::Condition& x, const api::Condition& y) {
    if (x.type == kScheduled && y.type == kScheduled && y.status == Truth::kTrue) return true;
    return x.type == y.type && x.status == y.status && (x.reason == y.reason || (IsOnItsWay(x) && IsOnItsWay(y)));
  });
}

// The bounds of crds/muster.dev_podgroups.yaml: a status beyond them would be refused whole.
void CutToSchema(api::Explanation& explanation) {
  constexpr size_t kMostBlockers = 64;
  constexpr size_t kMostChanges = 16;
  constexpr size_t kMostNotConsidered = 64;
  if (explanation.blockers.size() > kMostBlockers) explanation.blockers.resize(kMostBlockers);
  if (explanation.changes.size() > kMostChanges) explanation.changes.resize(kMostChanges);
  if (explanation.not_considered.size() > kMostNotConsidered) explanation.not_considered.resize(kMostNotConsidered);
  explanation.summary = Shorten(explanation.summary, kLongestMessage);
  for (api::Blocker& blocker : explanation.blockers) blocker.message = Shorten(blocker.message, kLongestMessage);
  for (api::Change& change : explanation.changes) change.text = Shorten(change.text, kLongestMessage);
}

// Of a group that waits for its next attempt; what the API server refused remains what has to be changed.
api::Explanation FailedAttempt(const std::string& reason, const std::string& message, const std::string& cause) {
  api::Explanation explanation = Single(api::blocker::kBackOff, Shorten(message, kLongestMessage));
  if (reason != api::blocker::kPodsRefused) return explanation;
  constexpr std::string_view kBeforeRole = "pods of role ";
  const size_t role = cause.starts_with(kBeforeRole) ? kBeforeRole.size() : cause.size();
  explanation.blockers.push_back({.code = std::string(api::blocker::kPodsRefused),
                                  .role = cause.substr(role, cause.find(' ', role) - role),
                                  .message = Shorten(cause, kLongestMessage)});
  return explanation;
}

std::string FirstCode(const std::optional<api::Explanation>& explanation) {
  if (!explanation) return {};
  return explanation->blockers.empty() ? "?" : explanation->blockers.front().code;
}

}  // namespace

api::Explanation Single(std::string_view code, std::string message, std::string role) {
  api::Explanation explanation;
  explanation.summary = message;
  explanation.blockers.push_back({.code = std::string(code), .role = std::move(role), .message = std::move(message)});
  return explanation;
}

Instant AskedSince(const api::PodGroup& group, Instant now) {
  if (group.status.asked_time) return *group.status.asked_time;
  const bool first =
      group.status.attempt == 0 && !group.status.last_stop.time && group.status.state != GroupState::kHeld;
  return first ? group.meta.created : now;
}

GroupStatusWriter::GroupStatusWriter(const api::PodGroup& group, const std::vector<RoleMembers>& members, Instant now)
    : group_(group), members_(members), now_(now), next_(group.status) {}

void GroupStatusWriter::Set(std::string_view type, Truth truth, std::string_view reason, const std::string& message) {
  api::SetCondition(next_.conditions,
                    {.type = std::string(type),
                     .status = truth,
                     .reason = std::string(reason),
                     .message = Shorten(message, kLongestMessage),
                     .observed_generation = group_.meta.generation},
                    now_);
}

// Everything that is not admitted: no room is held, nothing is scheduled, nothing is ready.
void GroupStatusWriter::NotAdmitted(GroupState state, std::string_view reason, const std::string& message) {
  next_.state = state;
  Set(kAdmitted, Truth::kFalse, reason, message);
  Set(kScheduled, Truth::kFalse, reason, message);
  Set(kReady, Truth::kFalse, reason, message);
  if (state == GroupState::kStopping) {
    Set(kReconciling, Truth::kTrue, reason, message);
  } else {
    api::RemoveCondition(next_.conditions, kReconciling);
  }
  if (state != GroupState::kStalled && state != GroupState::kFailed) api::RemoveCondition(next_.conditions, kStalled);
}

void GroupStatusWriter::Succeed() {
  NotAdmitted(GroupState::kSucceeded, "Succeeded", "every Job of the group is complete");
  Set(kReady, Truth::kTrue, "Succeeded", "every Job of the group is complete");
  Set(kSucceeded, Truth::kTrue, "JobsComplete", "every Job of the group is complete");
  next_.explanation.reset();
}

void GroupStatusWriter::Fail(std::string_view reason, const std::string& message) {
  NotAdmitted(GroupState::kFailed, reason, message);
  Set(kFailed, Truth::kTrue, reason, message);
  Set(kStalled, Truth::kTrue, reason, message);
  next_.last_stop = {now_, std::string(reason), {}, Shorten(message, kLongestMessage)};
  next_.explanation.reset();
}

void GroupStatusWriter::StopAdmission(const std::string& reason, const std::string& message, const std::string& pod,
                                      const Policy& policy) {
  NotAdmitted(GroupState::kStopping, reason, message);
  next_.last_stop = {now_, reason, pod, Shorten(message, kLongestMessage)};
  if (IsFailedAttempt(reason)) {
    ++next_.timeouts;
    next_.next_attempt_time = now_ + BackOffAfter(group_, next_.timeouts, policy);
    next_.explanation = FailedAttempt(reason, message, message);
  } else {
    next_.timeouts = 0;
    next_.explanation.reset();
  }
  // Resumed or changed, it asks anew, behind those who have waited meanwhile; after a timeout it keeps its place.
  if (reason == "Suspended") next_.asked_time.reset();
}

void GroupStatusWriter::StartAttempt() {
  next_.state = GroupState::kStarting;
  next_.revision = group_.spec.revision;
  ++next_.attempt;
  next_.asked_time = AskedSince(group_, now_);
  next_.next_attempt_time.reset();
  next_.explanation.reset();
  Set(kAdmitted, Truth::kTrue, "Admitted", "all members were admitted together");
  for (const auto& [type, truth] : {std::pair(kScheduled, Truth::kFalse), std::pair(kReady, Truth::kFalse),
                                    std::pair(kReconciling, Truth::kTrue)}) {
    Set(type, truth, "Starting", "members are being created and scheduled");
  }
  api::RemoveCondition(next_.conditions, kStalled);
}

void GroupStatusWriter::Progress(const std::map<std::string, PodsRefused>& pods_refused, Plan& plan) {
  const auto all = [&](bool (RoleMembers::*is)() const) {
    return std::all_of(members_.begin(), members_.end(), [&](const RoleMembers& role) { return (role.*is)(); });
  };
  const bool was_scheduled = api::IsTrue(next_.conditions, kScheduled);
  if (!was_scheduled && all(&RoleMembers::AllScheduled)) {
    Set(kScheduled, Truth::kTrue, "AllMembersScheduled", "every member is scheduled");
    next_.timeouts = 0;
  }
  next_.explanation.reset();
  api::RemoveCondition(next_.conditions, kStalled);
  if (all(&RoleMembers::AllReady)) {
    next_.state = GroupState::kRunning;
    Set(kReady, Truth::kTrue, "AllMembersReady", "all required members are ready");
    api::RemoveCondition(next_.conditions, kReconciling);
    return;
  }
  next_.state = GroupState::kStarting;
  if (ExplainRefusal(pods_refused)) return;
  ExplainUnplaced(plan);
  const std::string_view reason = api::IsTrue(next_.conditions, kScheduled) ? "MembersNotReady" : "Starting";
  const std::string message =
      reason == "Starting" ? "members are being created and scheduled" : "not all required members are ready";
  Set(kReady, Truth::kFalse, reason, message);
  Set(kReconciling, Truth::kTrue, reason, message);
}

bool GroupStatusWriter::ExplainRefusal(const std::map<std::string, PodsRefused>& pods_refused) {
  for (const RoleMembers& role : members_) {
    const auto refused = pods_refused.find(role.role->role.name);
    if (refused == pods_refused.end() || role.created >= role.needed) continue;
    const std::string message = "pods of role " + role.role->role.name + " are refused: " + refused->second.message;
    next_.explanation = Single(api::blocker::kPodsRefused, Shorten(message, kLongestMessage), role.role->role.name);
    Set(kReady, Truth::kFalse, "PodsRefused", message);
    Set(kReconciling, Truth::kTrue, "PodsRefused", message);
    return true;
  }
  return false;
}

// A released member that kube-scheduler does not place: which, why, and what follows.
void GroupStatusWriter::ExplainUnplaced(Plan& plan) {
  for (const RoleMembers& role : members_) {
    if (!role.waits_since || role.AllScheduled()) continue;
    if (now_ < *role.waits_since + kUnplacedAfter) {
      plan.WakeAt(*role.waits_since + kUnplacedAfter);
      continue;
    }
    std::string message = WhyUnplaced(role);
    if (message.empty()) continue;
    if (api::IsTrue(next_.conditions, kScheduled)) {
      message += "; the group has started before, so its other members keep running until this one has a node";
    }
    next_.explanation =
        Single(api::blocker::kMemberUnschedulable, Shorten(message, kLongestMessage), role.role->role.name);
    return;
  }
}

void GroupStatusWriter::Stopping(const std::string& stuck) {
  const api::Condition* admitted = api::FindCondition(next_.conditions, kAdmitted);
  const bool known = admitted != nullptr && admitted->status == Truth::kFalse;
  const std::string reason = known ? admitted->reason : "NotAdmitted";
  const std::string message = known ? admitted->message : "members are being stopped";
  NotAdmitted(GroupState::kStopping, reason, message);
  if (stuck.empty()) return;
  Set(kReady, Truth::kFalse, reason, stuck);  // tables show the message of Ready
  next_.explanation = Single(api::blocker::kMembersLeft, stuck);
}

void GroupStatusWriter::Stall(std::string_view reason, std::string_view code, const std::string& role,
                              const std::string& message) {
  NotAdmitted(GroupState::kStalled, reason, message);
  Set(kStalled, Truth::kTrue, reason, message);
  next_.explanation = Single(code, Shorten(message, kLongestMessage), role);
}

void GroupStatusWriter::Held() {
  NotAdmitted(GroupState::kHeld, "Suspended", "the group is suspended");
  next_.revision = group_.spec.revision;
  next_.asked_time.reset();
  next_.next_attempt_time.reset();
  next_.timeouts = 0;
  next_.explanation.reset();
}

void GroupStatusWriter::Wait(api::Explanation explanation) {
  CutToSchema(explanation);
  const std::string reason = explanation.blockers.empty() ? "Waiting" : explanation.blockers.front().code;
  NotAdmitted(GroupState::kWaiting, reason, explanation.summary);
  next_.revision = group_.spec.revision;
  next_.asked_time = AskedSince(group_, now_);
  next_.next_attempt_time.reset();
  next_.explanation = std::move(explanation);
}

void GroupStatusWriter::BackOff() {
  const std::string message = "waiting for the next attempt: " + next_.last_stop.message;
  NotAdmitted(GroupState::kWaiting, api::blocker::kBackOff, message);
  next_.revision = group_.spec.revision;
  next_.explanation = FailedAttempt(next_.last_stop.reason, message, next_.last_stop.message);
}

void GroupStatusWriter::WriteRefused(const std::string& message) {
  Set(kStalled, Truth::kTrue, api::blocker::kWriteRefused, message);
  next_.explanation = Single(api::blocker::kWriteRefused, Shorten(message, kLongestMessage));
}

void GroupStatusWriter::AddNotConsidered(const std::vector<std::string>& texts) {
  if (!next_.explanation || next_.state == GroupState::kStalled) return;
  std::vector<std::string>& named = next_.explanation->not_considered;
  for (const std::string& text : texts) {
    if (std::find(named.begin(), named.end(), text) == named.end()) named.push_back(text);
  }
  CutToSchema(*next_.explanation);
}

void GroupStatusWriter::Count() {
  next_.observed_generation = group_.meta.generation;
  next_.roles.clear();
  next_.members = next_.scheduled = next_.ready = 0;
  const bool finished = next_.state == GroupState::kFailed || next_.state == GroupState::kSucceeded;
  const bool keep_results = next_.revision == group_.spec.revision;
  for (const RoleMembers& role : members_) {
    next_.roles.push_back({.name = role.role->role.name,
                           .kind = std::string(api::KindName(role.role->role.kind)),
                           .desired = finished ? 0 : role.desired,
                           .created = role.created,
                           .scheduled = role.scheduled,
                           .ready = role.ready,
                           .succeeded = role.succeeded,
                           .failed = role.failed,
                           .result = keep_results ? role.result : std::string()});
    next_.members += next_.roles.back().desired;
    next_.scheduled += role.scheduled;
    next_.ready += role.ready;
  }
}

// Whether somebody waits for this change: the record, the word, a result, the reason for waiting.
bool GroupStatusWriter::IsWeighty() const {
  const api::PodGroupStatus& old = group_.status;
  const auto results = [](const api::PodGroupStatus& status) {
    std::string all;
    for (const api::RoleStatus& role : status.roles) all += role.result + ";";
    return all;
  };
  return !SameWeight(old.conditions, next_.conditions) || old.state != next_.state || old.attempt != next_.attempt ||
         old.timeouts != next_.timeouts || old.revision != next_.revision || old.last_stop != next_.last_stop ||
         old.next_attempt_time != next_.next_attempt_time || results(old) != results(next_) ||
         FirstCode(old.explanation) != FirstCode(next_.explanation);
}

void GroupStatusWriter::Write(const std::optional<Instant>& last_write, const Policy& policy, Plan& plan) {
  Count();
  if (next_ == group_.status) return;
  if (!IsWeighty() && last_write) {
    const bool counts = next_.roles != group_.status.roles;
    const Instant due = *last_write + (counts ? policy.progress_interval : policy.explanation_interval);
    if (now_ < due) return plan.WakeAt(due);
  }
  plan.Add(WriteStatus{.resource = api::kPodGroups,
                       .key = group_.meta.key(),
                       .uid = group_.meta.uid,
                       .resource_version = group_.meta.resource_version,
                       .status = api::EncodePodGroupStatus(next_)},
           next_.state ? std::string(api::StateName(*next_.state)) : std::string());
}

void GroupStatusWriter::Announce(Plan& plan) const {
  const api::Condition* stalled = api::FindCondition(next_.conditions, kStalled);
  if (stalled != nullptr && stalled->reason == api::blocker::kWriteRefused &&
      !api::IsTrue(group_.status.conditions, kStalled)) {
    return plan.Add(EmitEvent{EventType::kWarning, stalled->reason, "Write", stalled->message}, {});
  }
  // One event per change of state. Starting and Held-after-Stopping announce nothing: Running, or why not, follows.
  if (!next_.state || next_.state == group_.status.state) return;
  const api::Condition* ready = api::FindCondition(next_.conditions, kReady);
  const std::string reason = ready == nullptr ? std::string() : ready->reason;
  const std::string note = ready == nullptr ? std::string() : ready->message;
  switch (*next_.state) {
    case GroupState::kStarting:
    case GroupState::kHeld:
      return;
    case GroupState::kWaiting:
      if (group_.status.state == GroupState::kStopping) return;  // the stop has said why
      return plan.Add(EmitEvent{EventType::kNormal, "Waiting", "Admit", note}, {});
    case GroupState::kRunning:
      return plan.Add(EmitEvent{EventType::kNormal, "Running", "Start", note}, {});
    case GroupState::kStopping:
      return plan.Add(
          EmitEvent{reason == "ScheduleTimeout" ? EventType::kWarning : EventType::kNormal, reason, "Hold", note}, {});
    case GroupState::kSucceeded:
      return plan.Add(EmitEvent{EventType::kNormal, "Succeeded", "Finish", note}, {});
    case GroupState::kFailed:
      return plan.Add(EmitEvent{EventType::kWarning, "Failed", "Finish", note}, {});
    case GroupState::kStalled:
      return plan.Add(EmitEvent{EventType::kWarning, reason, "Stall", note}, {});
  }
}

}  // namespace muster::core
