#include "operator/core/observe.h"

namespace muster::core {

std::vector<std::string> GroupOfPod(const api::Pod& pod) {
  if (!pod.IsMember()) return {};
  return {api::Key{pod.meta.ns, pod.group}.Text()};
}

std::vector<std::string> ObjectOfFailure(const api::CreationFailure& failure) {
  return {failure.kind + " " + failure.object.Text()};
}

void ApplyRules(const api::NamespaceRules& rules, ObservedGroup& observed) {
  if (rules.empty()) return;
  observed.revision = WithDefaults(std::move(observed.revision), rules.DefaultRequests());
  api::QuotaAmounts demand;
  for (const RevisionRole& role : observed.revision->roles) {
    api::AddDemand(role.shape.members, *role.shape.shape, demand);
  }
  observed.not_considered = api::NamesOf(rules, demand, api::QuotaPart::kAll);
}

std::string ObjectName(const api::Child& child) {
  return std::string(api::KindName(child.kind)) + " " + child.meta.key().Text();
}

std::optional<PodsRefused> CreationFailureOf(const api::Child& child,
                                             const std::vector<std::shared_ptr<const api::CreationFailure>>& about_it,
                                             Instant since) {
  // The condition is removed with the next pod that is created: it is always the latest news.
  if (!child.creation_failure.empty()) return PodsRefused{child.creation_failure, Instant::max()};
  const api::CreationFailure* newest = nullptr;
  for (const auto& failure : about_it) {
    if (failure->last_seen < since) continue;
    if (newest == nullptr || newest->last_seen < failure->last_seen) newest = failure.get();
  }
  if (newest == nullptr || newest->message.empty()) return std::nullopt;
  return PodsRefused{newest->message, newest->last_seen};
}

bool ComesBefore(const RefusedGroup& a, const RefusedGroup& b) {
  if (a.priority != b.priority) return a.priority > b.priority;
  return a.asked != b.asked ? a.asked < b.asked : a.key < b.key;
}

std::optional<std::string> RefuserOf(const api::PodGroup& group) {
  const api::PodGroupStatus& status = group.status;
  if (api::IsTrue(status.conditions, api::condition::kScheduled)) return std::nullopt;
  if (api::IsTrue(status.conditions, api::condition::kAdmitted)) {
    if (!status.explanation || status.explanation->blockers.empty()) return std::nullopt;
    const api::Blocker& first = status.explanation->blockers.front();
    return first.code == api::blocker::kPodsRefused ? std::optional(QuotaIn(first.message)) : std::nullopt;
  }
  const bool held = status.state == api::GroupState::kStopping && status.last_stop.reason == "PodsRefused";
  return held ? std::optional(QuotaIn(status.last_stop.message)) : std::nullopt;
}

}  // namespace muster::core
