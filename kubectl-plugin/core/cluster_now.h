// The cluster as it is now, for the planner: what `explain --live` and `plan -f` ask it. Layer: plugin core. Pure.
// Documents are taken one by one and only what planning needs is kept, so that a large list never stands in memory
// whole. It is the operator's own planner (lib/placement), fed from the same objects: the same question gets the same
// answer, apart from what the operator knows beyond the API (a decision it took a moment ago).
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "kubectl-plugin/core/ingest.h"
#include "kubectl-plugin/core/membership.h"
#include "kubectl-plugin/core/sample_placement.h"
#include "lib/api/namespace_rules.h"
#include "lib/api/role_shape.h"
#include "lib/placement/cycle.h"
#include "lib/placement/picture.h"

namespace muster::plugin {

class ClusterNow {
 public:
  // Of these workloads the pods are remembered one by one, so that their groups can be taken out (Remove).
  explicit ClusterNow(std::set<api::Key> planned = {}) : planned_(std::move(planned)) {}

  // What cannot be decoded is left out.
  void AddNode(const json::Value& document);
  void AddPod(const json::Value& document);
  void AddRevision(const json::Value& document);
  void AddPriorityClass(const json::Value& document);
  void AddGroup(const json::Value& document);
  // Children and the ReplicaSets of Deployments: they say whose member a pod is.
  void AddChild(api::RoleKind kind, const json::Value& document);
  // These come before revisions, whose requests they change. One of the same name is replaced.
  void AddResourceQuota(const json::Value& document);
  void AddLimitRange(const json::Value& document);
  // We may not list quotas or limit ranges.
  void RulesAreUnknown() { rules_unknown_ = true; }
  // What containers in this namespace request that state neither request nor limit.
  api::Resources DefaultRequestsIn(const std::string& ns) const;

  int64_t node_count() const { return picture_.node_count(); }
  // A group as it would be (plan -f), in place of the one of that name if there is one; by default it asks last of all.
  void Ask(const api::Key& group, const std::string& priority_class, const std::vector<api::RoleShape>& roles,
           std::optional<Instant> asked = std::nullopt);
  // A group that is there as part of that workload.
  struct Present {
    api::PodGroup group;
    bool runs = false;      // it is admitted: its members are there, or on their way
    bool finished = false;  // it succeeded or failed, and never runs again
    int64_t renderer = 0;   // of its revision
  };
  std::vector<Present> GroupsOf(const api::Key& workload) const;
  // As if the group had been deleted: its pods take no room, nothing is promised to it, and it does not ask.
  void Remove(const api::Key& group);
  // False when a PriorityClass of that name is missing ("" is always there).
  bool HasPriorityClass(const std::string& name) const;

  // What one planning cycle decides, for every group that asks; and for those of `too`, which do not ask (suspended,
  // or before their next attempt), as if they did.
  struct Answer : placement::Decision {
    // Admitted, but quotas refuse some of its pods, as they stand and with what was admitted before it: "quota team (2
    // requests.cpu left, 4 requested)". The operator does not look at that.
    std::vector<std::string> beyond_quota;
  };
  using Decisions = std::map<api::Key, Answer>;
  Decisions Plan(Instant now, const std::set<api::Key>& too = {}) const;
  // Nodes that the groups of Ask() could go to, those that were admitted and at most so many, in their order.
  std::map<api::Key, std::vector<RolePlacement>> Places(const Decisions& decisions, Instant now, size_t most) const;

 private:
  struct Revision {
    int64_t renderer = 0;
    std::string priority_class;
    std::vector<api::RoleShape> roles;
  };
  struct Asker {
    api::Key key;
    std::string workload_class;  // what is written into templates that name none
    std::string priority_class;
    std::vector<placement::MemberClass> classes;
    std::optional<Instant> asked;
  };

  placement::CycleInput InputOf(Instant now, const std::set<api::Key>& too = {}) const;
  static const std::string& PriorityClassOf(const api::PodGroup& group, const Revision& revision);
  const Priority* ClassOfName(const std::string& name) const;
  int64_t PriorityOfClass(const std::string& name) const;
  // Of the group's class, or of a class that a template names itself, where that is less: as the operator orders.
  int64_t AdmissionPriority(const std::string& name, const std::vector<placement::MemberClass>& classes) const;
  std::optional<int64_t> PreemptsBelow(const std::string& group_class,
                                       const std::vector<placement::MemberClass>& classes) const;
  std::map<std::string, api::QuotaAmounts> GivenBack() const;
  void AddRules(const placement::CycleInput& input, const std::vector<api::Key>& order, Decisions& decisions) const;
  std::map<Membership::Place, int64_t> CountBound() const;
  static std::vector<placement::MemberClass> Unbound(const api::PodGroup& group, const Revision& revision,
                                                     const std::map<Membership::Place, int64_t>& bound);

  std::set<api::Key> planned_;
  std::map<api::Key, std::vector<api::Pod>> pods_of_planned_;  // by the group that their label names
  std::set<api::Key> removed_;
  placement::Picture picture_;
  Membership membership_;
  std::vector<api::Pod> bound_;  // pods with our labels that have a node; of each only what tells its controller
  std::map<api::Key, Revision> revisions_;
  std::vector<Priority> classes_;
  std::vector<api::PodGroup> groups_;
  std::map<std::string, api::NamespaceRules> rules_;  // by namespace
  bool rules_unknown_ = false;
  std::vector<Asker> asked_;
};

}  // namespace muster::plugin
