#include "operator/core/workload_status.h"

#include <algorithm>
#include <map>
#include <utility>

#include "lib/api/names.h"
#include "lib/api/workload_state.h"
#include "lib/base/strings.h"

namespace muster::core {
namespace {

using api::GroupState;
using api::Truth;
using namespace api::condition;  // NOLINT(google-build-using-namespace): names of conditions alone

constexpr size_t kLongestCondition = 1000;

bool IsOne(const api::PodGroup& group, std::string_view condition) {
  return api::IsTrue(group.status.conditions, condition);
}

std::string Lower(std::string_view word) {
  std::string text(word);
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] - 'A' + 'a');
  return text;
}

// "1 group waiting (train-1: needs ...)": the reason is that of the first group in this state.
std::string Phrase(GroupState state, int64_t count, const api::PodGroup& first) {
  std::string why;
  if (first.status.explanation) {
    why = first.status.explanation->summary;
  } else if (const api::Condition* ready = api::FindCondition(first.status.conditions, kReady)) {
    why = ready->message;
  }
  std::string text = Count(count, "group") + " " + Lower(api::StateName(state));
  if (!why.empty()) text += " (" + first.meta.name + ": " + why + ")";
  return text;
}

}  // namespace

WorkloadStatusWriter::WorkloadStatusWriter(const ObservedWorkload& observed, std::string wanted_revision,
                                           const RefusedWrite* refused, Instant now)
    : o_(observed),
      workload_(*observed.workload),
      wanted_(std::move(wanted_revision)),
      refused_(refused),
      now_(now),
      next_(workload_.status) {}

void WorkloadStatusWriter::Set(std::string_view type, Truth truth, std::string_view reason,
                               const std::string& message) {
  api::SetCondition(next_.conditions,
                    {.type = std::string(type),
                     .status = truth,
                     .reason = std::string(reason),
                     .message = Shorten(message, kLongestCondition),
                     .observed_generation = workload_.meta.generation},
                    now_);
}

void WorkloadStatusWriter::Sum() {
  next_.observed_generation = workload_.meta.generation;
  next_.selector = std::string(api::kLabelWorkload) + "=" + workload_.meta.name;
  next_.update_revision = wanted_;
  next_.replicas = next_.admitted = next_.ready = next_.updated = next_.succeeded = next_.failed = 0;
  for (const auto& group : o_.groups) {
    if (group->meta.deleted) continue;
    ++next_.replicas;
    next_.admitted += IsOne(*group, kAdmitted) ? 1 : 0;
    next_.ready += IsOne(*group, kReady) ? 1 : 0;
    next_.updated += group->status.revision == wanted_ ? 1 : 0;
    next_.succeeded += IsOne(*group, kSucceeded) ? 1 : 0;
    next_.failed += IsOne(*group, kFailed) ? 1 : 0;
  }
  if (next_.current_revision.empty() || next_.updated == next_.replicas) next_.current_revision = wanted_;
}

std::string WorkloadStatusWriter::WhyNotReady() const {
  std::map<GroupState, std::pair<int64_t, const api::PodGroup*>> by_state;
  int64_t unseen = 0;
  for (const auto& group : o_.groups) {
    if (group->meta.deleted || IsOne(*group, kReady)) continue;
    if (!group->status.state) {
      ++unseen;
      continue;
    }
    auto& [count, first] = by_state[*group->status.state];
    ++count;
    if (first == nullptr) first = group.get();
  }
  std::vector<std::string> phrases;
  if (workload_.spec.suspend) by_state.erase(GroupState::kHeld);  // as it should be
  for (const auto& [state, entry] : by_state) phrases.push_back(Phrase(state, entry.first, *entry.second));
  if (unseen > 0) phrases.push_back(Count(unseen, "group") + " just created");
  const int64_t missing = workload_.spec.replicas - next_.replicas;
  if (missing > 0) phrases.push_back(Count(missing, "group") + " not created yet");
  return Join(phrases, "; ");
}

void WorkloadStatusWriter::Judge() {
  if (!workload_.unreadable.empty()) {
    stalled_reason_ = "InvalidSpec";
    stalled_message_ = workload_.unreadable + "; running groups are not changed";
  } else if (const auto refused = o_.refused_revisions.find(wanted_); refused != o_.refused_revisions.end()) {
    stalled_reason_ = "RevisionRefused";
    stalled_message_ = "the new spec is refused and running groups are not changed: " + refused->second;
  } else if (!o_.foreign_groups.empty()) {
    stalled_reason_ = "NameConflict";
    stalled_message_ = o_.foreign_groups.begin()->second;
  } else if (refused_ != nullptr) {
    stalled_reason_ = api::blocker::kWriteRefused;
    stalled_message_ = refused_->message;
  }
  for (const auto& group : o_.groups) {
    if (!stalled_reason_.empty()) break;
    const api::Condition* stalled = api::FindCondition(group->status.conditions, kStalled);
    if (group->meta.deleted || stalled == nullptr || stalled->status != Truth::kTrue) continue;
    if (api::IsBeingChanged(*group, wanted_)) continue;  // this is its state under the old spec
    stalled_reason_ = stalled->reason;
    stalled_message_ = group->meta.name + ": " + stalled->message;
  }
  const int64_t wanted = workload_.spec.replicas;
  // A finished group keeps the revision it has finished with.
  const bool outdated = std::any_of(o_.groups.begin(), o_.groups.end(), [&](const auto& group) {
    return !group->meta.deleted && group->status.revision != wanted_ && !IsOne(*group, kSucceeded) &&
           !IsOne(*group, kFailed);
  });
  const bool ready = next_.ready >= wanted && next_.replicas == wanted && !outdated && stalled_reason_.empty();
  const bool complete = wanted > 0 && next_.succeeded == wanted && next_.replicas == wanted;
  const std::string why = WhyNotReady();
  if (ready) {
    Set(kReady, Truth::kTrue, complete ? "Complete" : "AllGroupsReady",
        complete ? "every group has succeeded" : "every group is ready");
  } else if (workload_.spec.suspend && stalled_reason_.empty()) {
    Set(kReady, Truth::kFalse, "Suspended", "suspended" + (why.empty() ? "" : ": " + why));
  } else if (!stalled_reason_.empty()) {
    Set(kReady, Truth::kFalse, stalled_reason_, stalled_message_);
  } else {
    Set(kReady, Truth::kFalse, "GroupsNotReady", why.empty() ? "groups are being updated one by one" : why);
  }
  if (stalled_reason_.empty()) {
    api::RemoveCondition(next_.conditions, kStalled);
  } else {
    Set(kStalled, Truth::kTrue, stalled_reason_, stalled_message_);
  }
  if (ready || !stalled_reason_.empty() || workload_.spec.suspend) {
    api::RemoveCondition(next_.conditions, kReconciling);
  } else {
    Set(kReconciling, Truth::kTrue, "GroupsNotReady", "groups are waiting, starting or being updated");
  }
  if (complete) Set(kComplete, Truth::kTrue, "GroupsSucceeded", "every group has succeeded");
  if (!complete) api::RemoveCondition(next_.conditions, kComplete);
  if (next_.failed > 0) Set(kFailed, Truth::kTrue, "GroupsFailed", Count(next_.failed, "group") + " failed");
  if (next_.failed == 0) api::RemoveCondition(next_.conditions, kFailed);
}

// Nothing more is to be expected soon: what is written now will stand for a while.
bool WorkloadStatusWriter::Settled() const {
  return next_.replicas == workload_.spec.replicas &&
         std::all_of(o_.groups.begin(), o_.groups.end(), [](const auto& group) {
           return group->status.state && *group->status.state != GroupState::kStarting &&
                  *group->status.state != GroupState::kStopping;
         });
}

// Groups are on their way, and nothing has happened that somebody may wait for.
bool WorkloadStatusWriter::IsMereProgress() const {
  const api::WorkloadStatus& old = workload_.status;
  const bool first = old.observed_generation <= 0;
  const auto truth = [](const api::WorkloadStatus& status, std::string_view type) {
    return api::IsTrue(status.conditions, type);
  };
  const bool same = truth(old, kReady) == truth(next_, kReady) && truth(old, kComplete) == truth(next_, kComplete) &&
                    (first || truth(old, kReconciling) == truth(next_, kReconciling));
  return !Settled() && same && stalled_reason_.empty() && old.failed == next_.failed &&
         (first || old.observed_generation == next_.observed_generation);
}

void WorkloadStatusWriter::SetState() {
  api::GroupCounts counts;
  counts.wanted = workload_.spec.replicas;
  for (const auto& group : o_.groups) api::CountGroup(*group, wanted_, counts);
  next_.state = api::StateOf(workload_, next_, counts);
}

void WorkloadStatusWriter::Write(const Policy& policy, Plan& plan) {
  Sum();
  Judge();
  SetState();
  if (next_ == workload_.status) return;
  // The schema's default tells kstatus that we have not looked yet, so the first write may wait a moment for the start.
  const Instant earliest = workload_.meta.created + std::max(2 * policy.status_interval, policy.progress_interval);
  const bool progress = IsMereProgress();
  Instant due =
      o_.last_write ? *o_.last_write + (progress ? policy.progress_interval : policy.status_interval) : Instant();
  if (progress && workload_.status.observed_generation <= 0) due = std::max(due, earliest);
  if (now_ < due) return plan.WakeAt(due);
  plan.Add(WriteStatus{.resource = api::kWorkloads,
                       .key = workload_.meta.key(),
                       .uid = workload_.meta.uid,
                       .resource_version = workload_.meta.resource_version,
                       .status = api::EncodeWorkloadStatus(next_)},
           {});
}

}  // namespace muster::core
