#include "tests/support/sim/caches.h"

#include <algorithm>

#include "lib/base/check.h"

namespace muster::sim {
namespace {

template <class T>
std::vector<typename engine::Store<T>::Index> ByOwner() {
  return {{"owner", [](const T& value) {
             return value.meta.owner ? std::vector<std::string>{value.meta.owner->uid} : std::vector<std::string>();
           }}};
}

std::vector<engine::Store<api::Pod>::Index> ByGroup() {
  return {{"group", [](const api::Pod& pod) {
             if (!pod.IsMember()) return std::vector<std::string>();
             return std::vector<std::string>{api::Key{pod.meta.ns, pod.group}.Text()};
           }}};
}

template <class T>
engine::WriteGate::View View(const engine::Store<T>& store, const api::Key& key) {
  const auto object = store.Get(key);
  if (object == nullptr) return {.seen = std::string(store.resource_version())};
  return {.seen = std::string(store.resource_version()),
          .present = true,
          .uid = object->meta.uid,
          .resource_version = object->meta.resource_version,
          .deleting = object->meta.deleted.has_value()};
}

}  // namespace

Caches::Caches() : groups(ByOwner<api::PodGroup>()), revisions(ByOwner<core::Revision>()), pods(ByGroup()) {
  for ([[maybe_unused]] const api::RoleKind kind : api::kRoleKinds) {
    children.push_back(std::make_unique<Children>(ByOwner<api::Child>()));
  }
}

template <class F>
void Caches::With(const api::Resource& resource, F&& f) {
  if (resource == api::kWorkloads) return f(workloads, api::DecodeWorkload);
  if (resource == api::kPodGroups) return f(groups, api::DecodePodGroup);
  if (resource == api::kControllerRevisions) return f(revisions, core::DecodeRevision);
  if (resource == api::kPods) return f(pods, api::DecodePod);
  if (resource == api::kNodes) return f(nodes, api::DecodeNode);
  if (resource == api::kPriorityClasses) return f(priority_classes, api::DecodePriorityClass);
  if (resource == api::kCoreEvents) return f(failures, api::DecodeCreationFailure);
  for (size_t i = 0; i < children.size(); ++i) {
    const api::RoleKind kind = api::kRoleKinds[i];
    if (resource != api::ResourceOf(kind)) continue;
    return f(*children[i], [kind](const json::Value& object) { return api::DecodeChild(kind, object); });
  }
}

std::vector<api::Resource> Caches::Watched() {
  std::vector<api::Resource> all = {api::kWorkloads, api::kPodGroups,       api::kControllerRevisions, api::kPods,
                                    api::kNodes,     api::kPriorityClasses, api::kCoreEvents};
  for (const api::RoleKind kind : api::kRoleKinds) all.push_back(api::ResourceOf(kind));
  return all;
}

void Caches::Fill(const ApiServer& api) {
  for (const api::Resource& resource : Watched()) {
    With(resource, [&](auto& store, const auto& decode) {
      using T = typename std::decay_t<decltype(store)>::Pointer::element_type;
      store.BeginReplace();
      for (const Document& document : api.List(resource)) {
        auto decoded = decode(*document);
        CHECK(decoded.has_value());
        store.Put(std::make_shared<T>(std::move(*decoded)));
      }
      store.EndReplace(std::to_string(api.version()));
    });
  }
}

void Caches::Apply(const Change& change) {
  With(change.resource, [&](auto& store, const auto& decode) {
    using T = typename std::decay_t<decltype(store)>::Pointer::element_type;
    if (change.after == nullptr) {
      store.Remove(change.key);
    } else {
      auto decoded = decode(*change.after);
      CHECK(decoded.has_value());
      store.Put(std::make_shared<T>(std::move(*decoded)));
    }
    store.Advance(std::to_string(change.version));
  });
}

std::vector<std::shared_ptr<const api::PodGroup>> Caches::GroupsOf(const api::Workload& workload) const {
  auto found = groups.ByIndex("owner", workload.meta.uid);
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a->spec.index < b->spec.index; });
  return found;
}

core::ChildList Caches::ChildrenOf(const api::PodGroup& group) const {
  core::ChildList all;
  for (const auto& store : children) {
    for (auto& child : store->ByIndex("owner", group.meta.uid)) all.push_back(std::move(child));
  }
  return all;
}

core::PodList Caches::PodsOf(const api::Key& group) const { return pods.ByIndex("group", group.Text()); }

std::string Caches::CreationFailureOf(const api::Child& child, Instant since) const {
  if (!child.creation_failure.empty()) return child.creation_failure;
  std::string message;
  failures.ForEach([&](const auto& failure) {
    const bool about = failure->kind == api::KindName(child.kind) && failure->object == child.meta.key();
    if (about && failure->last_seen >= since) message = failure->message;
  });
  return message;
}

std::optional<int64_t> Caches::PriorityOf(const std::string& class_name) const {
  if (class_name.empty()) return 0;
  const auto found = priority_classes.Get({"", class_name});
  return found == nullptr ? std::nullopt : std::optional(found->value);
}

engine::WriteGate::View Caches::ViewOf(const api::Resource& resource, const api::Key& key) const {
  engine::WriteGate::View view;
  const_cast<Caches*>(this)->With(resource, [&](auto& store, const auto&) { view = View(store, key); });
  return view;
}

}  // namespace muster::sim
