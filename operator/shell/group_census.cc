#include "operator/shell/group_census.h"

#include <algorithm>

#include "lib/api/explanation.h"

namespace muster::shell {
namespace {

constexpr std::string_view kOther = "Other";

}  // namespace

const std::vector<std::string_view>& BlockerLabels() {
  namespace blocker = api::blocker;
  static const std::vector<std::string_view> labels = {
      "InsufficientCpu",
      "InsufficientMemory",
      "InsufficientEphemeralStorage",
      "InsufficientPods",
      "InsufficientExtendedResource",
      blocker::kUntoleratedTaint,
      blocker::kNodeSelectorMismatch,
      blocker::kNodeAffinityMismatch,
      blocker::kNodeNotReady,
      blocker::kNodeUnschedulable,
      blocker::kNoNodes,
      blocker::kFragmentedCapacity,
      blocker::kFitNotProven,
      blocker::kBehindHigherPriority,
      blocker::kBehindEarlierGroup,
      blocker::kReservedByAdmitted,
      blocker::kInvalidRole,
      blocker::kWriteRefused,
      blocker::kNameConflict,
      blocker::kPodsRefused,
      blocker::kBackOff,
      blocker::kSuspended,
      blocker::kMembersLeft,
      blocker::kCannotStart,
      blocker::kPriorityClassNotFound,
      kOther,
  };
  return labels;
}

std::string_view BlockerLabel(std::string_view code) {
  const auto& labels = BlockerLabels();
  const auto known = std::find(labels.begin(), labels.end(), code);
  return known == labels.end() ? kOther : *known;
}

Instant WaitingSince(const api::PodGroup& group) {
  const api::PodGroupStatus& status = group.status;
  const Instant asked = status.asked_time.value_or(group.meta.created);
  if (status.timeouts > 0) return asked;
  const api::Condition* admitted = api::FindCondition(status.conditions, api::condition::kAdmitted);
  return admitted == nullptr ? asked : std::max(asked, admitted->last_transition);
}

void GroupCensus::Count(const api::PodGroup& group) {
  const api::PodGroupStatus& status = group.status;
  const api::GroupState state = status.state.value_or(api::GroupState::kWaiting);
  ++by_state[state];
  if (state != api::GroupState::kWaiting) return;
  const bool explained = status.explanation && !status.explanation->blockers.empty();
  Waiting& waiting =
      waiting_by_code[std::string(BlockerLabel(explained ? status.explanation->blockers.front().code : ""))];
  ++waiting.groups;
  waiting.oldest = std::min(waiting.oldest, WaitingSince(group));
}

}  // namespace muster::shell
