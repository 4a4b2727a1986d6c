#include "operator/shell/caches.h"

#include <algorithm>

namespace muster::shell {
namespace {

constexpr const char* kByOwner = "owner";    // uid of the controller
constexpr const char* kByGroup = "group";    // "ns/name" of the PodGroup a pod is a member of
constexpr const char* kByObject = "object";  // "Kind ns/name" of the object an Event is about

template <class T>
typename runtime::Informer<T>::Index OwnerIndex() {
  return {kByOwner, [](const T& value) {
            return value.meta.owner ? std::vector<std::string>{value.meta.owner->uid} : std::vector<std::string>();
          }};
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

std::vector<std::string> GroupOfPod(const api::Pod& pod) {
  if (!pod.IsMember()) return {};
  return {api::Key{pod.meta.ns, pod.group}.Text()};
}

std::vector<std::string> ObjectOfFailure(const api::CreationFailure& failure) {
  return {failure.kind + " " + failure.object.Text()};
}

}  // namespace

Caches::Caches(wire::Transport& transport, const runtime::Clock& clock)
    : workloads(transport, clock, {.scope = Scope(api::kWorkloads)}, api::DecodeWorkload),
      groups(transport, clock, {.scope = Scope(api::kPodGroups), .indexes = {OwnerIndex<api::PodGroup>()}},
             api::DecodePodGroup),
      revisions(
          transport, clock,
          {.scope = Scope(api::kControllerRevisions, api::kLabelRolesOf), .indexes = {OwnerIndex<core::Revision>()}},
          core::DecodeRevision),
      pods(transport, clock, {.scope = PodScope(), .indexes = {{kByGroup, GroupOfPod}}}, api::DecodePod),
      nodes(transport, clock, {.scope = Scope(api::kNodes)}, api::DecodeNode),
      priority_classes(transport, clock, {.scope = Scope(api::kPriorityClasses)}, api::DecodePriorityClass),
      creation_failures(transport, clock,
                        {.scope = Scope(api::kCoreEvents, {}, api::kCreationFailureSelector),
                         .indexes = {{kByObject, ObjectOfFailure}},
                         .bookmarks = false},
                        api::DecodeCreationFailure) {
  for (size_t i = 0; i < children.size(); ++i) {
    const api::RoleKind kind = api::kRoleKinds[i];
    children[i] =
        std::make_unique<Children>(transport, clock,
                                   Children::Options{.scope = Scope(api::ResourceOf(kind), api::kLabelPodGroup),
                                                     .indexes = {OwnerIndex<api::Child>()}},
                                   [kind](const json::Value& object) { return api::DecodeChild(kind, object); });
  }
}

template <class F>
void Caches::ForEach(F&& f) {
  f(workloads), f(groups), f(revisions), f(pods), f(nodes), f(priority_classes), f(creation_failures);
  for (const auto& informer : children) f(*informer);
}

template <class F>
void Caches::ForEach(F&& f) const {
  f(workloads), f(groups), f(revisions), f(pods), f(nodes), f(priority_classes), f(creation_failures);
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

std::vector<std::shared_ptr<const api::PodGroup>> Caches::GroupsOf(const api::Workload& workload) const {
  auto found = groups.ByIndex(kByOwner, workload.meta.uid);
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a->spec.index < b->spec.index; });
  return found;
}

std::vector<std::shared_ptr<const core::Revision>> Caches::RevisionsOf(const api::Workload& workload) const {
  return revisions.ByIndex(kByOwner, workload.meta.uid);
}

core::ChildList Caches::ChildrenOf(const api::PodGroup& group) const {
  core::ChildList all;
  for (const auto& informer : children) {
    for (auto& child : informer->ByIndex(kByOwner, group.meta.uid)) all.push_back(std::move(child));
  }
  return all;
}

core::PodList Caches::PodsOf(const api::Key& group) const { return pods.ByIndex(kByGroup, group.Text()); }

std::string Caches::CreationFailureOf(const api::Child& child, Instant since) const {
  if (!child.creation_failure.empty()) return child.creation_failure;
  const std::string object = std::string(api::KindName(child.kind)) + " " + child.meta.key().Text();
  const api::CreationFailure* newest = nullptr;
  const auto found = creation_failures.ByIndex(kByObject, object);
  for (const auto& failure : found) {
    if (failure->last_seen < since) continue;
    if (newest == nullptr || newest->last_seen < failure->last_seen) newest = failure.get();
  }
  return newest == nullptr ? std::string() : newest->message;
}

std::optional<int64_t> Caches::PriorityOf(const std::string& class_name) const {
  if (!class_name.empty()) {
    const auto found = priority_classes.Get({"", class_name});
    return found == nullptr ? std::nullopt : std::optional(found->value);
  }
  int64_t value = 0;
  priority_classes.ForEach([&](const auto& priority_class) {
    if (priority_class->global_default) value = priority_class->value;
  });
  return value;
}

void Caches::ForEachChildren(const std::function<void(Children&)>& call) {
  for (const auto& informer : children) call(*informer);
}

}  // namespace muster::shell
