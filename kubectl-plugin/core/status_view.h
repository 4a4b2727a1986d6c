// `status`: the view model of a workload and its groups, and its JSON. Layer: plugin core. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kubectl-plugin/core/health.h"
#include "lib/json/value.h"

namespace muster::plugin {

struct RoleView {
  std::string name;
  std::string kind;
  std::string text;  // "8/8 ready", "5 of 8 would fit"
  Tone tone = Tone::kPlain;
  api::RoleStatus counts;
};

struct GroupView {
  api::Key key;
  int64_t index = 0;
  Verdict verdict;
  int64_t members = 0;
  int64_t scheduled = 0;
  int64_t ready = 0;
  int64_t attempt = 0;
  std::vector<RoleView> roles;
};

struct WorkloadView {
  api::Key key;
  Verdict verdict;
  GroupCounts counts;
  std::string revision;
  int64_t updated = 0;
  bool behind = false;     // the operator has not seen its newest spec
  bool in_repair = false;  // a stalled group is being changed, which may be what it needs
  int64_t admissions = 0;  // of all groups together
  Instant created{};
  std::vector<GroupView> groups;  // by index
};

GroupView ViewGroup(const api::PodGroup& group, Instant now);
// `groups`: those of this workload, in any order.
WorkloadView ViewWorkload(const api::Workload& workload, std::vector<api::PodGroup> groups, Instant now);
// The gravest health among them; healthy when there are none.
Health GravestOf(const std::vector<WorkloadView>& workloads);

// {"apiVersion":"cli.muster.dev/v1alpha1","kind":"WorkloadStatusList","items":[...]}: the same data as the picture.
json::Value StatusJson(const std::vector<WorkloadView>& workloads);

}  // namespace muster::plugin
