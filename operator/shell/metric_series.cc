#include "operator/shell/metric_series.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "operator/shell/process_metrics.h"

namespace muster::shell {
namespace {

using Labels = std::vector<std::string>;
using Buckets = std::vector<double>;

// controller-runtime's own.
const Buckets kReconcileBuckets = {0.005, 0.01, 0.025, 0.05, 0.1,  0.15, 0.2,  0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6,
                                   0.7,   0.8,  0.9,   1,    1.25, 1.5,  1.75, 2,    2.5, 3,    3.5, 4,    4.5, 5,
                                   6,     7,    8,     9,    10,   15,   20,   25,   30,  40,   50,  60};
// The queue's clock counts milliseconds: client-go's boundaries, which begin at 10 ns, would stay empty below.
const Buckets kQueueBuckets = {0.001, 0.01, 0.1, 1, 10, 100, 1000};
const Buckets kRequestBuckets = {0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60};

MetricFamily StableFamily(std::string name, Labels labels, std::string unit, std::string meaning) {
  return {.name = std::move(name),
          .labels = std::move(labels),
          .stability = Stability::kStable,
          .unit = std::move(unit),
          .meaning = std::move(meaning)};
}

std::string MethodLabel(std::string_view method) {
  for (const std::string_view known : {"GET", "POST", "PUT", "PATCH", "DELETE"}) {
    if (method == known) return std::string(method);
  }
  return "other";
}

std::string CodeLabel(std::string_view code) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  const bool is_status = code.size() == 3 && code[0] >= '1' && code[0] <= '5' && digit(code[1]) && digit(code[2]);
  return is_status ? std::string(code) : "<error>";
}

}  // namespace

ControllerFamilies::ControllerFamilies(MetricRegistry& r)
    : reconciles_(
          r.MakeCounter(StableFamily("controller_runtime_reconcile_total", {"controller", "result"}, "reconciles",
                                     "Reconciles by result: success, error, requeue or requeue_after"))),
      errors_(r.MakeCounter(StableFamily("controller_runtime_reconcile_errors_total", {"controller"}, "reconciles",
                                         "Reconciles that ended in an error"))),
      seconds_(r.MakeHistogram(StableFamily("controller_runtime_reconcile_time_seconds", {"controller"}, "seconds",
                                            "Time that one reconcile took"),
                               kReconcileBuckets)),
      workers_max_(r.MakeGauge(StableFamily("controller_runtime_max_concurrent_reconciles", {"controller"}, "workers",
                                            "Workers that the controller has"))),
      workers_(r.MakeGauge(StableFamily("controller_runtime_active_workers", {"controller"}, "workers",
                                        "Workers that are reconciling now"))),
      depth_(r.MakeGauge(StableFamily("workqueue_depth", {"name", "controller", "priority"}, "items",
                                      "Items that wait for a worker; priority is always 0"))),
      adds_(r.MakeCounter(
          StableFamily("workqueue_adds_total", {"name", "controller"}, "items", "Items added to the queue"))),
      retries_(r.MakeCounter(StableFamily("workqueue_retries_total", {"name", "controller"}, "items",
                                          "Items added again after a failure"))),
      wait_(r.MakeHistogram(StableFamily("workqueue_queue_duration_seconds", {"name", "controller"}, "seconds",
                                         "Time from adding an item to taking it up"),
                            kQueueBuckets)),
      work_(r.MakeHistogram(StableFamily("workqueue_work_duration_seconds", {"name", "controller"}, "seconds",
                                         "Time from taking an item up to having done it"),
                            kQueueBuckets)),
      unfinished_(r.MakeGauge(StableFamily("workqueue_unfinished_work_seconds", {"name", "controller"}, "seconds",
                                           "Time that the items in hand have taken so far, summed"))),
      longest_(r.MakeGauge(StableFamily("workqueue_longest_running_processor_seconds", {"name", "controller"},
                                        "seconds", "Time that the oldest item in hand has taken so far"))) {}

class ControllerSeries final : public ControllerMetrics {
 public:
  ControllerSeries(ControllerFamilies& f, const std::string& name, int workers)
      : success_(f.reconciles_.With({name, "success"})),
        error_(f.reconciles_.With({name, "error"})),
        requeue_after_(f.reconciles_.With({name, "requeue_after"})),
        errors_(f.errors_.With({name})),
        seconds_(f.seconds_.With({name})),
        workers_(f.workers_.With({name})),
        depth_(f.depth_.With({name, name, "0"})),
        adds_(f.adds_.With({name, name})),
        retries_(f.retries_.With({name, name})),
        wait_(f.wait_.With({name, name})),
        work_(f.work_.With({name, name})),
        unfinished_(f.unfinished_.With({name, name})),
        longest_(f.longest_.With({name, name})) {
    f.workers_max_.With({name}).Set(workers);
    f.reconciles_.With({name, "requeue"});  // never happens here, but dashboards ask for it
  }

  void OnReconciled(runtime::Outcome::Kind result, Duration took) override {
    switch (result) {
      case runtime::Outcome::Kind::kDone:
        success_.Increment();
        break;
      case runtime::Outcome::Kind::kRequeueAfter:
        requeue_after_.Increment();
        break;
      case runtime::Outcome::Kind::kFailed:
        error_.Increment();
        errors_.Increment();
        break;
    }
    seconds_.Observe(took);
  }
  void OnActiveWorkers(int count) override { workers_.Set(count); }
  void OnAdd() override { adds_.Increment(); }
  void OnRetry() override { retries_.Increment(); }
  void OnDepth(size_t depth) override { depth_.Set(static_cast<double>(depth)); }
  void OnTaken(Duration waited) override { wait_.Observe(waited); }
  void OnDone(Duration worked) override { work_.Observe(worked); }
  void SetUnfinished(Seconds sum, Seconds longest) override {
    unfinished_.Set(sum.count());
    longest_.Set(longest.count());
  }

 private:
  MetricCounter& success_;
  MetricCounter& error_;
  MetricCounter& requeue_after_;
  MetricCounter& errors_;
  MetricHistogram& seconds_;
  MetricGauge& workers_;
  MetricGauge& depth_;
  MetricCounter& adds_;
  MetricCounter& retries_;
  MetricHistogram& wait_;
  MetricHistogram& work_;
  MetricGauge& unfinished_;
  MetricGauge& longest_;
};

std::unique_ptr<ControllerMetrics> ControllerFamilies::Make(const std::string& name, int workers) {
  return std::make_unique<ControllerSeries>(*this, name, workers);
}

RequestSeries::RequestSeries(MetricRegistry& r)
    : requests_(
          r.MakeCounter(StableFamily("rest_client_requests_total", {"code", "method", "host"}, "requests",
                                     "Requests to the API server by HTTP status, or `<error>` when no answer came"))),
      took_(r.MakeHistogram(StableFamily("rest_client_request_duration_seconds", {"verb", "host"}, "seconds",
                                         "Time from sending a request to its answer, or to the headers of a watch"),
                            kRequestBuckets)),
      waited_(r.MakeHistogram(StableFamily("rest_client_rate_limiter_duration_seconds", {"verb", "host"}, "seconds",
                                           "Time that a request waited for the rate limit and a free connection"),
                              kRequestBuckets)) {}

void RequestSeries::Observe(const client::Observation& request) {
  const std::string method = MethodLabel(request.method);
  const std::string host(request.host);
  requests_.With({CodeLabel(request.code), method, host}).Increment();
  took_.With({method, host}).Observe(request.took);
  waited_.With({method, host}).Observe(request.waited);
}

ProcessSeries::ProcessSeries(MetricRegistry& r)
    : cpu_(r.MakeCounter(StableFamily("process_cpu_seconds_total", {}, "seconds", "CPU time used, user and system"))
               .With()),
      start_(
          r.MakeGauge(StableFamily("process_start_time_seconds", {}, "seconds", "Start of the process since the epoch"))
              .With()),
      threads_(r.MakeGauge(StableFamily("process_threads", {}, "threads", "Threads of the process")).With()),
      virtual_(r.MakeGauge(StableFamily("process_virtual_memory_bytes", {}, "bytes", "Virtual memory size")).With()),
      resident_(r.MakeGauge(StableFamily("process_resident_memory_bytes", {}, "bytes", "Resident memory size")).With()),
      fds_(r.MakeGauge(StableFamily("process_open_fds", {}, "descriptors", "Open file descriptors")).With()),
      fds_max_(
          r.MakeGauge(StableFamily("process_max_fds", {}, "descriptors", "File descriptors that may be open at once"))
              .With()) {}

void ProcessSeries::Refresh() {
  const std::optional<ProcessSample> sample = ReadProcess();
  if (!sample) return;
  cpu_.Increment(std::max(0.0, sample->cpu_seconds - cpu_.Value()));
  start_.Set(sample->start_time_seconds);
  threads_.Set(static_cast<double>(sample->threads));
  virtual_.Set(static_cast<double>(sample->virtual_bytes));
  resident_.Set(static_cast<double>(sample->resident_bytes));
  fds_.Set(static_cast<double>(sample->open_fds));
  fds_max_.Set(static_cast<double>(sample->max_fds));
}

}  // namespace muster::shell
