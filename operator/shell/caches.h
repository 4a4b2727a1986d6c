// What the operator watches, each resource once, as projections. Layer: operator/shell. Thread-safe. What a reconcile
// looks up in them stands in core/observe.h, whom a change wakes in core/routes.h.
// Handlers are added by whoever acts on changes, before Start. Children are told apart by kind; looked up, they are one
// list: what is done with them is the same. All pointers handed out are immutable.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "lib/api/child.h"
#include "lib/api/creation_failure.h"
#include "lib/api/namespace_rules.h"
#include "lib/api/node.h"
#include "lib/api/pod.h"
#include "lib/api/pod_group.h"
#include "lib/api/priority_class.h"
#include "lib/runtime/informer.h"
#include "operator/core/revision.h"

namespace muster::shell {

class Caches {
 public:
  using Children = runtime::Informer<api::Child>;

  // transport and clock must outlive this.
  Caches(wire::Transport& transport, const runtime::Clock& clock);

  void Start();
  void Stop();
  bool Synced() const;
  // The names of those that are not, for /readyz.
  std::vector<std::string> Missing() const;
  // Number of objects by resource, for metrics.
  std::vector<std::pair<std::string, int64_t>> Sizes() const;

  // For each kind of child.
  void ForEachChildren(const std::function<void(Children&)>& call);

  runtime::Informer<api::Workload> workloads;
  runtime::Informer<api::PodGroup> groups;
  runtime::Informer<core::Revision> revisions;
  std::array<std::unique_ptr<Children>, std::size(api::kRoleKinds)> children;
  runtime::Informer<api::Pod> pods;
  runtime::Informer<api::Node> nodes;
  runtime::Informer<api::PriorityClass> priority_classes;
  runtime::Informer<api::CreationFailure> creation_failures;
  runtime::Informer<api::ResourceQuota> resource_quotas;
  runtime::Informer<api::LimitRange> limit_ranges;

 private:
  template <class F>
  void ForEach(F&& f);
  template <class F>
  void ForEach(F&& f) const;
};

}  // namespace muster::shell
