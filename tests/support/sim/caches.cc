#include "tests/support/sim/caches.h"

#include "operator/core/observe.h"

namespace muster::sim {
namespace {

template <class T>
std::vector<typename engine::Store<T>::Index> ByOwner() {
  return {{core::kByOwner, core::OwnerOf<T>}};
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

Caches::Caches()
    : groups(ByOwner<api::PodGroup>()),
      revisions(ByOwner<core::Revision>()),
      pods({{core::kByGroup, core::GroupOfPod}, {core::kByOwner, core::OwnerOf<api::Pod>}}),
      creation_failures({{core::kByObject, core::ObjectOfFailure}}),
      resource_quotas({{core::kByNamespace, core::NamespaceOf<api::ResourceQuota>}}),
      limit_ranges({{core::kByNamespace, core::NamespaceOf<api::LimitRange>}}) {
  for ([[maybe_unused]] const api::RoleKind kind : api::kRoleKinds) {
    children.push_back(std::make_unique<Children>(std::vector<Children::Index>{
        {core::kByOwner, core::OwnerOf<api::Child>}, {core::kByGroup, core::GroupOfChild}}));
  }
}

std::vector<api::Resource> Caches::Watched() {
  std::vector<api::Resource> all = {api::kWorkloads,  api::kPodGroups,      api::kControllerRevisions,
                                    api::kPods,       api::kNodes,          api::kPriorityClasses,
                                    api::kCoreEvents, api::kResourceQuotas, api::kLimitRanges};
  for (const api::RoleKind kind : api::kRoleKinds) all.push_back(api::ResourceOf(kind));
  return all;
}

bool Caches::IsSeen(const api::Resource& resource, const json::Value& object) {
  const json::Value& labels = object["metadata"]["labels"];
  if (resource == api::kControllerRevisions) return labels.Has(api::kLabelRolesOf);
  for (const api::RoleKind kind : api::kRoleKinds) {
    if (resource == api::ResourceOf(kind)) return labels.Has(api::kLabelPodGroup);
  }
  return true;
}

void Caches::Fill(const ApiServer& api) {
  for (const api::Resource& resource : Watched()) {
    With(resource, [&](auto& store, const auto& decode) {
      using T = typename std::decay_t<decltype(store)>::Pointer::element_type;
      store.BeginReplace();
      for (const Document& document : api.List(resource)) {
        if (!IsSeen(resource, *document)) continue;
        auto decoded = decode(*document);
        CHECK(decoded.has_value());
        store.Put(std::make_shared<T>(std::move(*decoded)));
      }
      store.EndReplace(std::to_string(api.version()));
    });
  }
}

engine::WriteGate::View Caches::ViewOf(const api::Resource& resource, const api::Key& key) const {
  engine::WriteGate::View view;
  const_cast<Caches*>(this)->With(resource, [&](auto& store, const auto&) { view = View(store, key); });
  return view;
}

}  // namespace muster::sim
