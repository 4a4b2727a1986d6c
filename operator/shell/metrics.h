// What the operator measures; the one door to prometheus-cpp, which no header of ours shows. Layer: operator/shell.
// Names and labels of the controller_runtime_*, workqueue_*, rest_client_*, leader_election_* and process_* families
// are those of controller-runtime, so that dashboards made for it work here. docs/metrics.md lists every family; a test
// compares it with Families(). Safe from any thread. Series are resolved once and kept (adding one searches the whole
// family); no label ever takes an unbounded value: no names of objects, no messages.
//
//   Metrics metrics({.version = "v0.1.0"});
//   Controller groups(RealClock(), {.workers = 4, .observer = &metrics.Controller("podgroup", 4)}, ...);
//   metrics.CountAdmission();
//   std::string page = metrics.Text();
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/client/transport.h"
#include "lib/runtime/controller.h"
#include "operator/shell/group_census.h"

namespace muster::shell {

using Seconds = std::chrono::duration<double>;  // every std::chrono duration converts to it

// One family as docs/metrics.md lists it.
struct MetricFamily {
  std::string name;
  std::string type;                 // counter, gauge or histogram
  std::vector<std::string> labels;  // names, in the order of the page
  std::string stability;            // ALPHA may change in any release, STABLE will not
  std::string unit;                 // seconds, bytes, groups, ...
  std::string meaning;              // without a final period
};

// controller_runtime_* and workqueue_* of one controller: hand it to runtime::Controller as its observer.
class ControllerMetrics : public runtime::ControllerObserver {
 public:
  // Of the items in hand now: the sum of their ages, and the greatest. To be set from BeforeText.
  virtual void SetUnfinished(Seconds sum, Seconds longest) = 0;
};

enum class StatusOwner { kWorkload, kPodGroup };

struct MetricsOptions {
  std::string version;                         // "v0.1.0"
  std::string lease_name = "muster-operator";  // for leader_election_*
};

class Metrics {
 public:
  explicit Metrics(const MetricsOptions& options);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // The hooks of the controller of that name, made when first asked for with that many workers; they live as long as
  // this. Names are fixed words of the code ("workload", "podgroup"), never data: at most 32, CHECKed.
  ControllerMetrics& Controller(std::string_view name, int workers);

  void ObserveRequest(const client::Observation& request);  // for client::TransportOptions::observer
  void SetLeader(bool leading);
  void CountLeaderSlowPath();  // a renewal of the Lease needed a fresh read of it first

  void SetGroups(const GroupCensus& census);       // states and codes that it does not name are set to zero
  void ObserveAdmissionWait(Seconds from_asking);  // a group was admitted
  void ObserveScheduling(Seconds from_admission);  // all members of a group are scheduled
  void ObservePlanning(Seconds took);              // one planning cycle
  void CountAdmission();
  void CountScheduleTimeout();
  void CountStatusWrite(StatusOwner owner);
  void SetCachedObjects(std::string_view resource, int64_t objects);  // "pods"; a fixed word, at most 32

  // Called by each Text before it renders, in the order given, on the thread that calls Text: for gauges that are
  // cheaper to count when asked for than to keep. Must not call Text, and must stay callable as long as Text is called.
  void BeforeText(std::function<void()> refresh);
  // Prometheus' text format 0.0.4, sorted by name, with process_* read now.
  std::string Text();
  // Every family there is, sorted by name; also those that have no series yet.
  std::vector<MetricFamily> Families() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace muster::shell
