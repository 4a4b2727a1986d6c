// `timeline`: what happened to a workload, from events, conditions, revisions and recorded stops, in one list by time.
// Layer: plugin core. Pure.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
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

// Which objects are a workload's: itself and its groups, known by uid; and what was made for them, known by the names
// that the operator and the built-in controllers give. A name that only begins alike is another's: group train-0 of
// workload train, and workload train-0 with its group train-0-0.
class Subjects {
 public:
  void Add(const api::Workload& workload);
  void Add(const api::PodGroup& group);
  // A ControllerRevision: roles that there were once, or will be.
  void AddRoles(const json::Value& revision);
  // `regarding` of an Event.
  bool Has(const json::Value& regarding) const;

 private:
  std::map<std::pair<std::string, std::string>, std::string> uids_;  // by kind and name
  std::vector<std::string> groups_;
  std::set<std::pair<std::string, std::string>> roles_;  // kind and name
};

// An events.k8s.io/v1 Event, if it is about one of them.
void AddEvent(const json::Value& document, const Subjects& subjects, std::vector<Moment>& moments);

// Oldest first; what is alike in the same second is one, with how many times.
void Order(std::vector<Moment>& moments);
Page RenderTimeline(const std::vector<Moment>& moments, const Paper& paper, Instant now);
json::Value TimelineJson(const std::vector<Moment>& moments);

}  // namespace muster::plugin
