#include "operator/core/observe.h"

#include <algorithm>
#include <utility>

namespace muster::core {

std::string OwnedBy(const api::ObjectMeta& owner) { return api::Key{owner.ns, owner.uid}.Text(); }

std::vector<std::string> GroupOfChild(const api::Child& child) {
  const auto label = child.meta.labels.find(std::string(api::kLabelPodGroup));
  if (label == child.meta.labels.end()) return {};
  return {api::Key{child.meta.ns, label->second}.Text()};
}

std::shared_ptr<const api::Child> AsChildOf(const api::PodGroup& group, std::shared_ptr<const api::Child> child) {
  std::optional<std::string> role = api::RoleOfChild(group.meta, child->meta);
  if (!role) return nullptr;
  if (child->role == *role) return child;
  auto named = std::make_shared<api::Child>(*child);
  named->role = std::move(*role);
  return named;
}

std::shared_ptr<const api::Pod> AsMemberOf(const api::PodGroup& group, const std::string& role,
                                           std::shared_ptr<const api::Pod> pod) {
  if (pod->group == group.meta.name && pod->role == role) return pod;
  auto member = std::make_shared<api::Pod>(*pod);
  member->group = group.meta.name;
  member->role = role;
  return member;
}

void SortByName(PodList& pods) {
  std::sort(pods.begin(), pods.end(), [](const auto& a, const auto& b) { return a->meta.name < b->meta.name; });
}

PodList WithoutMembers(PodList pods, const PodList& members) {
  std::erase_if(pods, [&members](const auto& pod) {
    const auto at =
        std::lower_bound(members.begin(), members.end(), pod->meta.name,
                         [](const auto& member, const std::string& name) { return member->meta.name < name; });
    return at != members.end() && (*at)->meta.name == pod->meta.name;
  });
  return pods;
}

bool HasObject(const ChildList& children, const api::Child& object) {
  return std::any_of(children.begin(), children.end(),
                     [&object](const auto& child) { return child->meta.uid == object.meta.uid; });
}

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
