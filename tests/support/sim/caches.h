// What the simulated operator has seen of the API: real stores, fed by changes that come late. Test support. Each
// resource has a watch of its own: changes of one resource come in order, those of two resources in any.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lib/api/child.h"
#include "lib/api/creation_failure.h"
#include "lib/api/node.h"
#include "lib/api/pod.h"
#include "lib/api/pod_group.h"
#include "lib/api/priority_class.h"
#include "lib/engine/store.h"
#include "lib/engine/write_gate.h"
#include "operator/core/members.h"
#include "tests/support/sim/api_server.h"

namespace muster::sim {

class Caches {
 public:
  Caches();

  // What is watched.
  static std::vector<api::Resource> Watched();
  // Everything there is now, as after a first list.
  void Fill(const ApiServer& api);
  void Apply(const Change& change);

  // As operator/shell observes.
  std::vector<std::shared_ptr<const api::PodGroup>> GroupsOf(const api::Workload& workload) const;
  core::ChildList ChildrenOf(const api::PodGroup& group) const;
  core::PodList PodsOf(const api::Key& group) const;
  std::string CreationFailureOf(const api::Child& child, Instant since) const;
  std::optional<int64_t> PriorityOf(const std::string& class_name) const;
  engine::WriteGate::View ViewOf(const api::Resource& resource, const api::Key& key) const;

  using Children = engine::Store<api::Child>;
  engine::Store<api::Workload> workloads;
  engine::Store<api::PodGroup> groups;
  engine::Store<core::Revision> revisions;
  std::vector<std::unique_ptr<Children>> children;  // in the order of api::kRoleKinds
  engine::Store<api::Pod> pods;
  engine::Store<api::Node> nodes;
  engine::Store<api::PriorityClass> priority_classes;
  engine::Store<api::CreationFailure> failures;

 private:
  // f(store, decode) for the store of that resource, if it is watched.
  template <class F>
  void With(const api::Resource& resource, F&& f);
};

}  // namespace muster::sim
