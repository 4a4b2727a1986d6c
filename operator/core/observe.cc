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

std::string CreationFailureOf(const api::Child& child,
                              const std::vector<std::shared_ptr<const api::CreationFailure>>& about_it, Instant since) {
  if (!child.creation_failure.empty()) return child.creation_failure;
  const api::CreationFailure* newest = nullptr;
  for (const auto& failure : about_it) {
    if (failure->last_seen < since) continue;
    if (newest == nullptr || newest->last_seen < failure->last_seen) newest = failure.get();
  }
  return newest == nullptr ? std::string() : newest->message;
}

}  // namespace muster::core
