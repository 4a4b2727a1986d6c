// What the operator measures; the one door to prometheus-cpp, which no header of ours shows. Layer: operator/shell.
// Names and labels of the controller_runtime_*, workqueue_*, rest_client_*, leader_election_* and process_* families are
// those of controller-runtime, so that dashboards made for it work here; docs/metrics.md lists every family, and a test
// compares that page with Families(). Safe from any thread. Series are resolved once and kept (adding one searches the
// whole family); no label ever takes an unbounded value: no names of objects, no messages.
//
//   Metrics metrics({.version = "v0.1.0", .api_host = "10.0.0.1:6443"});
//   QueueMetrics& queue = metrics.Queue("podgroup");   // lives as long as metrics
//   metrics.CountAdmission();
//   std::string page = metrics.Text();
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/api/pod_group.h"
#include "lib/wire/http.h"

namespace muster::shell {

using Seconds = std::chrono::duration<double>;  // every std::chrono duration converts to it

// One family as docs/metrics.md lists it.
struct MetricFamily {
  std::string name;
  std::string type;                 // counter, gauge or histogram
  std::vector<std::string> labels;  // names, in the order of the page
  std::string stability;            // ALPHA may change in any release, STABLE will not
  std::string unit;                 // seconds, bytes, groups, ...
  std::string meaning;              // one sentence without a final period
};

enum class ReconcileResult { kSuccess, kError, kRequeue, kRequeueAfter };

// controller_runtime_* of one controller.
class ControllerMetrics {
 public:
  virtual ~ControllerMetrics() = default;
  virtual void SetWorkers(int64_t workers) = 0;  // max_concurrent_reconciles
  virtual void Started() = 0;                    // a worker took an item up; each is followed by one Finished
  virtual void Finished(ReconcileResult result, Seconds took) = 0;
};

// workqueue_* of one queue.
class QueueMetrics {
 public:
  virtual ~QueueMetrics() = default;
  virtual void SetDepth(int64_t items) = 0;   // ready to be taken up, delayed ones not counted
  virtual void CountAdd() = 0;                // an item was added (not: merged into one that waits already)
  virtual void CountRetry() = 0;              // an item was added again after a failure
  virtual void ObserveWait(Seconds wait) = 0;  // from added to taken up
  virtual void ObserveWork(Seconds work) = 0;  // from taken up to done
  // Of the items in hand now: the sum of their ages, and the greatest. Best set from BeforeText.
  virtual void SetUnfinished(Seconds sum, Seconds longest) = 0;
};

// How many groups are in which state now, and why the waiting ones wait. Counted anew before each Text, so that nothing
// stale can stay: start from an empty census and Count every group in the cache.
struct GroupCensus {
  std::map<api::GroupState, int64_t> by_state;
  std::map<std::string, int64_t, std::less<>> waiting_by_code;

  // A group without a state yet counts as Waiting; the code is that of a waiting group's first blocker.
  void Count(const api::PodGroupStatus& status);
};

enum class StatusOwner { kWorkload, kPodGroup };

struct MetricsOptions {
  std::string version;                       // "v0.1.0"
  std::string api_host;                      // host:port of the API server, for rest_client_requests_total
  std::string lease_name = "muster-operator";  // for leader_election_*
};

class Metrics {
 public:
  explicit Metrics(const MetricsOptions& options);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // The hooks of the controller or queue of that name, made when first asked for. At most 32 of each: names are fixed
  // words of the code ("workload", "podgroup"), never data.
  ControllerMetrics& Controller(std::string_view name);
  QueueMetrics& Queue(std::string_view name);

  // One answered or failed request to the API server. http_status 0 (no answer) is code "<error>", as in client-go.
  void CountRequest(wire::Method method, int http_status);
  void SetLeader(bool leading);
  void CountLeaderSlowPath();  // the Lease could not be read or written without waiting for the rate limit

  void SetGroups(const GroupCensus& census);       // states and codes that it does not name are set to zero
  void ObserveAdmissionWait(Seconds from_asking);  // a group was admitted
  void ObserveScheduling(Seconds from_admission);  // all members of a group are scheduled
  void ObservePlanning(Seconds took);              // one planning cycle
  void CountAdmission();
  void CountScheduleTimeout();
  void CountStatusWrite(StatusOwner owner);
  void SetCachedObjects(std::string_view resource, int64_t objects);  // "pods"; at most 32 resources

  // Called by each Text before it renders, in the order given, from the thread that calls Text: for gauges that are
  // cheaper to count when asked than to keep. Must not call Text.
  void BeforeText(std::function<void()> refresh);
  // Prometheus' text format 0.0.4, with process_* read now.
  std::string Text();
  // Every family there is, by name; also those that have no series yet.
  std::vector<MetricFamily> Families() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The blocker code as a label value: itself when it is one of api::blocker's, else "Other".
std::string_view BlockerLabel(std::string_view code);
// Every value BlockerLabel can have.
std::vector<std::string_view> BlockerLabels();

}  // namespace muster::shell
