// `plan`: what would become of a Workload that is not there yet. Layer: plugin core. Pure.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "kubectl-plugin/core/cluster_now.h"
#include "kubectl-plugin/core/explain_view.h"

namespace muster::plugin {

struct PlannedWorkload {
  api::Workload workload;
  std::vector<api::RoleShape> roles;
  std::vector<std::string> problems;  // why it could not start even in an empty cluster
};

// kInvalid for what is no Workload. The namespace of the run stands in when the manifest names none.
Result<PlannedWorkload> PlannedFrom(const json::Value& document, const std::string& ns);
// Its groups ask, behind everything that asks already.
void AskFor(const PlannedWorkload& planned, ClusterNow& cluster);

// Of so many groups of a Workload it is said where they could go; of so many of all it is looked for.
inline constexpr size_t kGroupsPlaced = 10;
inline constexpr size_t kGroupsLookedAt = 100;
using Places = std::map<api::Key, std::vector<RolePlacement>>;

struct PlanAnswer {
  api::Key key;
  int64_t groups = 0;
  int64_t fitting = 0;
  int64_t members = 0;  // of one group
  std::vector<std::string> problems;
  std::vector<std::pair<std::string, std::vector<RolePlacement>>> places;  // by group; the first kGroupsPlaced
  std::vector<GroupAnswer> refused;                                        // alike ones merged
  std::vector<std::string> not_considered;
  bool Fits() const { return problems.empty() && fitting == groups; }
};

PlanAnswer AnswerPlan(const PlannedWorkload& planned, const ClusterNow& cluster, const ClusterNow::Decisions& decisions,
                      const Places& places, Instant now);
Page RenderPlan(const PlanAnswer& answer, int64_t nodes, const Paper& paper);
// {"apiVersion":"cli.muster.dev/v1alpha1","kind":"PlanList","items":[...]}
json::Value PlanJson(const std::vector<PlanAnswer>& answers);

}  // namespace muster::plugin
