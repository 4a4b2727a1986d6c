// What the simulated operator has seen of the API: real stores, fed by changes that come late. Test support. Each
// resource has a watch of its own: changes of one resource come in order, those of two resources in any. Objects are
// seen by their labels, as operator/shell watches them. What is looked up in them stands in core/observe.h.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lib/api/child.h"
#include "lib/api/creation_failure.h"
#include "lib/api/namespace_rules.h"
#include "lib/api/node.h"
#include "lib/api/pod.h"
#include "lib/api/pod_group.h"
#include "lib/api/priority_class.h"
#include "lib/base/check.h"
#include "lib/engine/store.h"
#include "lib/engine/write_gate.h"
#include "operator/core/revision.h"
#include "tests/support/sim/api_server.h"

namespace muster::sim {

class Caches {
 public:
  Caches();

  // What is watched.
  static std::vector<api::Resource> Watched();
  // Everything there is now, as after a first list.
  void Fill(const ApiServer& api);
  // f(before, after) for what has changed in the store, each a shared_ptr<const T>: once, or twice when an object was
  // deleted and made anew meanwhile; not at all for what is not seen.
  template <class F>
  void Apply(const Change& change, F&& f);

  engine::WriteGate::View ViewOf(const api::Resource& resource, const api::Key& key) const;

  using Children = engine::Store<api::Child>;
  engine::Store<api::Workload> workloads;
  engine::Store<api::PodGroup> groups;
  engine::Store<core::Revision> revisions;
  std::vector<std::unique_ptr<Children>> children;  // in the order of api::kRoleKinds
  engine::Store<api::Pod> pods;
  engine::Store<api::Node> nodes;
  engine::Store<api::PriorityClass> priority_classes;
  engine::Store<api::CreationFailure> creation_failures;
  engine::Store<api::ResourceQuota> resource_quotas;
  engine::Store<api::LimitRange> limit_ranges;

 private:
  // Whether a watch's selector lets it through.
  static bool IsSeen(const api::Resource& resource, const json::Value& object);
  // f(store, decode) for the store of that resource, if it is watched.
  template <class F>
  void With(const api::Resource& resource, F&& f);
};

template <class F>
void Caches::With(const api::Resource& resource, F&& f) {
  if (resource == api::kWorkloads) return f(workloads, core::DecodeWorkloadDigest);
  if (resource == api::kPodGroups) return f(groups, api::DecodePodGroup);
  if (resource == api::kControllerRevisions) return f(revisions, core::DecodeRevisionOutline);
  if (resource == api::kPods) return f(pods, api::DecodePod);
  if (resource == api::kNodes) return f(nodes, api::DecodeNode);
  if (resource == api::kPriorityClasses) return f(priority_classes, api::DecodePriorityClass);
  if (resource == api::kCoreEvents) return f(creation_failures, api::DecodeCreationFailure);
  if (resource == api::kResourceQuotas) return f(resource_quotas, api::DecodeQuotaRule);
  if (resource == api::kLimitRanges) return f(limit_ranges, api::DecodeLimitRange);
  for (size_t i = 0; i < children.size(); ++i) {
    const api::RoleKind kind = api::kRoleKinds[i];
    if (resource != api::ResourceOf(kind)) continue;
    return f(*children[i], [kind](const json::Value& object) { return api::DecodeChild(kind, object); });
  }
}

template <class F>
void Caches::Apply(const Change& change, F&& f) {
  With(change.resource, [&](auto& store, const auto& decode) {
    using Pointer = typename std::decay_t<decltype(store)>::Pointer;
    using T = typename Pointer::element_type;
    const Pointer before = store.Get(change.key);
    if (change.after == nullptr || !IsSeen(change.resource, *change.after)) {
      store.Remove(change.key);
    } else {
      auto decoded = decode(*change.after);
      CHECK(decoded.has_value());
      store.Put(std::make_shared<T>(std::move(*decoded)));
    }
    store.Advance(std::to_string(change.version));
    const Pointer after = store.Get(change.key);
    const Pointer none;
    if (before != nullptr && after != nullptr && before->meta.uid != after->meta.uid) {
      f(before, none);
      f(none, after);
    } else if (before != nullptr || after != nullptr) {
      f(before, after);
    }
  });
}

}  // namespace muster::sim
