// `plan`: what would become of a Workload if its manifest were applied now, whether it is there already or not. Layer:
// plugin core. Pure.
#pragma once

#include <map>
#include <set>
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

// What applying the manifest does to the groups that are there, by index.
struct PlanEffect {
  std::set<int64_t> kept;       // they run, with the same roles: nothing happens to them
  std::set<int64_t> restarted;  // they run, with other roles: stopped, and started anew
  std::set<int64_t> finished;   // they have finished, and never run again
  int64_t deleted = 0;          // more than the manifest wants
  bool exists = false;          // there are any
};

// kInvalid for what is no Workload. The namespace of the run stands in when the manifest names none.
Result<PlannedWorkload> PlannedFrom(const json::Value& document, const std::string& ns);
// Counts the default requests that a LimitRange gives the workload's pods.
void CountDefaults(const ClusterNow& cluster, PlannedWorkload& planned);
// Its groups ask, behind everything that asks already; those that are there and wait keep their place, and those that
// run with the same roles need not ask. What would be stopped or deleted takes no room any more.
PlanEffect AskFor(const PlannedWorkload& planned, ClusterNow& cluster);

// Of so many groups of a Workload it is said where they could go; of so many of all it is looked for.
inline constexpr size_t kGroupsPlaced = 10;
inline constexpr size_t kGroupsLookedAt = 100;
using Places = std::map<api::Key, std::vector<RolePlacement>>;

struct PlanAnswer {
  api::Key key;
  int64_t groups = 0;
  int64_t fitting = 0;  // of those that do not run already: there is room for them, and no quota is too small
  PlanEffect effect;
  bool suspended = false;  // the manifest says so
  std::string at_once;     // what of the manifest lets its groups start without room: "gang.admission: Always"
  int64_t members = 0;     // of one group
  std::vector<std::string> problems;
  std::vector<std::pair<std::string, std::vector<RolePlacement>>> places;  // by group; the first kGroupsPlaced
  std::vector<GroupAnswer> refused;                                        // alike ones merged
  std::vector<std::string> beyond_quota;  // "two-0: quota team (...)": there is room for it, but not in a quota
  std::vector<std::string> not_considered;
  int64_t kept() const { return static_cast<int64_t>(effect.kept.size()); }
  int64_t finished() const { return static_cast<int64_t>(effect.finished.size()); }
  bool Fits() const { return problems.empty() && fitting + kept() + finished() == groups; }
  // All of its groups would start, or run or have run.
  bool Starts() const { return Fits() || (problems.empty() && !at_once.empty()); }
};

PlanAnswer AnswerPlan(const PlannedWorkload& planned, PlanEffect effect, const ClusterNow& cluster,
                      const ClusterNow::Decisions& decisions, const Places& places, Instant now);
Page RenderPlan(const PlanAnswer& answer, int64_t nodes, const Paper& paper);
// {"apiVersion":"cli.muster.dev/v1alpha1","kind":"PlanList","items":[...]}
json::Value PlanJson(const std::vector<PlanAnswer>& answers);

}  // namespace muster::plugin
