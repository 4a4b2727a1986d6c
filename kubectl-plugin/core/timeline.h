// `timeline`: what happened to a workload, from events, conditions, revisions and recorded stops, in one list by time.
// Layer: plugin core. Pure.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "kubectl-plugin/core/page.h"
#include "lib/api/pod_group.h"
#include "lib/api/workload.h"
#include "lib/json/value.h"

namespace muster::plugin {

// Where a moment is known from; what an event says is not repeated from a record.
enum class Source { kEvent, kRecord };

struct Moment {
  Instant time{};      // when it happened; of what was repeated, the first time
  std::string object;  // "podgroup/train-1"
  std::string what;    // "Waiting", "Ready=True"
  std::string text;
  bool warning = false;
  int64_t times = 1;
  std::optional<Instant> last = std::nullopt;  // of what was repeated
  Source source = Source::kRecord;
  bool is_current = false;  // the state now, not something that happened; `time` is now
};

// What is recorded: creation, stops, and the times at which conditions turned. The message of a condition may have
// changed since it turned, so that only messages of good or final conditions are given with that time.
void AddWorkload(const api::Workload& workload, std::vector<Moment>& moments);
void AddGroup(const api::PodGroup& group, std::vector<Moment>& moments);
// The state now of what is not well.
void AddCurrent(const api::Workload& workload, const std::vector<api::PodGroup>& groups, Instant now,
                std::vector<Moment>& moments);
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

// Oldest first. What is alike in the same second, and what is repeated without a change in between, is one moment with
// how many times; a record of what an event says is left out.
void Order(std::vector<Moment>& moments);
// One line for each moment; on narrow paper the text is wrapped below it. The same moment of several objects is one.
Page RenderTimeline(const std::vector<Moment>& moments, const Paper& paper, Instant now);
json::Value TimelineJson(const std::vector<Moment>& moments);

}  // namespace muster::plugin
