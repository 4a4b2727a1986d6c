// `timeline`: what happened to a workload, from events, conditions, revisions and recorded stops, in one list by time.
// Layer: plugin core. Pure.
#pragma once

#include <string>
#include <vector>

#include "kubectl-plugin/core/page.h"
#include "lib/api/pod_group.h"
#include "lib/api/workload.h"
#include "lib/json/value.h"

namespace muster::plugin {

struct Moment {
  Instant time{};
  std::string object;  // "podgroup/train-1"
  std::string what;    // "Waiting", "Admitted=False"
  std::string text;
  bool warning = false;
  int64_t times = 1;  // an event that was told again
};

void AddConditions(const std::string& object, const api::Conditions& conditions, std::vector<Moment>& moments);
void AddWorkload(const api::Workload& workload, std::vector<Moment>& moments);
void AddGroup(const api::PodGroup& group, std::vector<Moment>& moments);
// A ControllerRevision.
void AddRevision(const json::Value& document, std::vector<Moment>& moments);
// An events.k8s.io/v1 Event. `names`: the workload, then its groups. Of other objects than these (children, pods) those
// count whose name begins with a group's and "-".
void AddEvent(const json::Value& document, const std::vector<std::string>& names, std::vector<Moment>& moments);

// Oldest first; what is alike in the same second is one, with how many times.
void Order(std::vector<Moment>& moments);
Page RenderTimeline(const std::vector<Moment>& moments, const Paper& paper, Instant now);
json::Value TimelineJson(const std::vector<Moment>& moments);

}  // namespace muster::plugin
