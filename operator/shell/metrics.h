// What the operator measures, and its text for Prometheus. Layer: operator/shell, over MetricRegistry.
// Names and labels of the controller_runtime_*, workqueue_*, rest_client_*, leader_election_* and process_* families
// are those of controller-runtime, so that dashboards made for it work here. docs/metrics.md lists every family; a test
// compares it with Families(). Safe from any thread. No label ever takes an unbounded value: no names of objects, no
// messages.
//
//   Metrics metrics({.version = "v0.1.0"});
//   Controller groups(RealClock(), {.workers = 4, .observer = &metrics.Controller("podgroup", 4)}, ...);
//   metrics.CountAdmission();
//   std::string page = metrics.Text();
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/client/transport.h"
#include "operator/shell/group_census.h"
#include "operator/shell/metric_registry.h"
#include "operator/shell/metric_series.h"

namespace muster::shell {

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
  // this. Names are fixed words of the code ("workload", "podgroup"), never data.
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
  void SetCachedObjects(std::string_view resource, int64_t objects);  // "pods"; a fixed word

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
