#include "operator/shell/caches.h"

#include "operator/core/observe.h"

namespace muster::shell {
namespace {

template <class T>
typename runtime::Informer<T>::Index OwnerIndex() {
  return {core::kByOwner, core::OwnerOf<T>};
}

template <class T>
typename runtime::Informer<T>::Index NamespaceIndex() {
  return {core::kByNamespace, core::NamespaceOf<T>};
}

// Workloads and revisions hold pod templates.
wire::WatchScope WithBulk(wire::WatchScope scope, std::string_view bulk) {
  scope.bulk = bulk;
  return scope;
}

wire::WatchScope Scope(const api::Resource& resource, std::string_view labels = {}, std::string_view fields = {}) {
  return {.resource = resource, .ns = {}, .label_selector = std::string(labels), .field_selector = std::string(fields)};
}

// All pods of the cluster, each of their changes: in JSON the API server would encode them for us alone.
wire::WatchScope PodScope() {
  wire::WatchScope scope = Scope(api::kPods);
  scope.encoding = wire::WatchScope::Encoding::kProtobuf;
  return scope;
}

}  // namespace

Caches::Caches(wire::Transport& transport, const runtime::Clock& clock)
    : workloads(transport, clock, {.scope = WithBulk(Scope(api::kWorkloads), "roles"), .takes_cut = true},
                core::DecodeWorkloadDigest),
      groups(transport, clock, {.scope = Scope(api::kPodGroups), .indexes = {OwnerIndex<api::PodGroup>()}},
             api::DecodePodGroup),
      revisions(transport, clock,
                {.scope = WithBulk(Scope(api::kControllerRevisions, api::kLabelRolesOf), "data"),
                 .indexes = {OwnerIndex<core::Revision>()}},
                core::DecodeRevisionOutline),
      pods(transport, clock,
           {.scope = PodScope(), .indexes = {{core::kByGroup, core::GroupOfPod}, OwnerIndex<api::Pod>()}},
           api::DecodePod),
      nodes(transport, clock, {.scope = Scope(api::kNodes)}, api::DecodeNode),
      priority_classes(transport, clock, {.scope = Scope(api::kPriorityClasses)}, api::DecodePriorityClass),
      creation_failures(transport, clock,
                        {.scope = Scope(api::kCoreEvents, {}, api::kCreationFailureSelector),
                         .indexes = {{core::kByObject, core::ObjectOfFailure}},
                         .bookmarks = false},
                        api::DecodeCreationFailure),
      resource_quotas(transport, clock,
                      {.scope = Scope(api::kResourceQuotas), .indexes = {NamespaceIndex<api::ResourceQuota>()}},
                      api::DecodeQuotaRule),
      limit_ranges(transport, clock,
                   {.scope = Scope(api::kLimitRanges), .indexes = {NamespaceIndex<api::LimitRange>()}},
                   api::DecodeLimitRange) {
  for (size_t i = 0; i < children.size(); ++i) {
    const api::RoleKind kind = api::kRoleKinds[i];
    children[i] = std::make_unique<Children>(
        transport, clock,
        Children::Options{.scope = WithBulk(Scope(api::ResourceOf(kind), api::kLabelPodGroup), "template"),
                          .indexes = {OwnerIndex<api::Child>(), {core::kByGroup, core::GroupOfChild}}},
        [kind](const json::Value& object) { return api::DecodeChild(kind, object); });
  }
}

template <class F>
void Caches::ForEach(F&& f) {
  f(workloads), f(groups), f(revisions), f(pods), f(nodes), f(priority_classes), f(creation_failures);
  f(resource_quotas), f(limit_ranges);
  for (const auto& informer : children) f(*informer);
}

template <class F>
void Caches::ForEach(F&& f) const {
  f(workloads), f(groups), f(revisions), f(pods), f(nodes), f(priority_classes), f(creation_failures);
  f(resource_quotas), f(limit_ranges);
  for (const auto& informer : children) f(std::as_const(*informer));
}

void Caches::Start() {
  ForEach([](auto& informer) { informer.Start(); });
}

void Caches::Stop() {
  ForEach([](auto& informer) { informer.Stop(); });
}

bool Caches::Synced() const {
  bool all = true;
  ForEach([&](const auto& informer) { all = all && informer.Synced(); });
  return all;
}

std::vector<std::string> Caches::Missing() const {
  std::vector<std::string> missing;
  ForEach([&](const auto& informer) {
    if (!informer.Synced()) missing.emplace_back(informer.resource().plural);
  });
  return missing;
}

std::vector<std::pair<std::string, int64_t>> Caches::Sizes() const {
  std::vector<std::pair<std::string, int64_t>> sizes;
  ForEach([&](const auto& informer) {
    sizes.emplace_back(informer.resource().plural, static_cast<int64_t>(informer.Size()));
  });
  return sizes;
}

void Caches::ForEachChildren(const std::function<void(Children&)>& call) {
  for (const auto& informer : children) call(*informer);
}

}  // namespace muster::shell
