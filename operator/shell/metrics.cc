#include "operator/shell/metrics.h"

#include <map>
#include <mutex>
#include <utility>

namespace muster::shell {
namespace {

using Labels = std::vector<std::string>;
using Buckets = std::vector<double>;

const Buckets kWaitBuckets = {0.1, 0.5, 1, 5, 10, 30, 60, 300, 600, 1800, 3600, 10800, 36000, 86400};
const Buckets kSchedulingBuckets = {0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600};
const Buckets kPlanningBuckets = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5};

MetricFamily Alpha(std::string name, Labels labels, std::string unit, std::string meaning) {
  return {.name = std::move(name),
          .labels = std::move(labels),
          .stability = Stability::kAlpha,
          .unit = std::move(unit),
          .meaning = std::move(meaning)};
}

MetricFamily Stable(std::string name, Labels labels, std::string unit, std::string meaning) {
  MetricFamily family = Alpha(std::move(name), std::move(labels), std::move(unit), std::move(meaning));
  family.stability = Stability::kStable;
  return family;
}

// The families that are Muster's own.
struct GroupSeries {
  explicit GroupSeries(MetricRegistry& r)
      : groups(r.MakeGauge(Alpha("muster_pod_groups", {"state"}, "groups",
                                 "Pod groups by state, as the STATUS column of kubectl get podgroups.muster.dev"))),
        waiting(r.MakeGauge(Alpha("muster_waiting_pod_groups", {"code"}, "groups",
                                  "Waiting pod groups by the code of their first blocker, or Other"))),
        oldest(r.MakeGauge(Alpha("muster_oldest_waiting_pod_group_timestamp_seconds", {"code"}, "seconds",
                                 "Since when the pod group waits that has waited longest, since the epoch; 0 when none "
                                 "waits. The code is that of its first blocker, or Other"))),
        admission_wait(r.MakeHistogram(Alpha("muster_pod_group_admission_wait_seconds", {}, "seconds",
                                             "Time from asking to run to being admitted"),
                                       kWaitBuckets)
                           .With()),
        scheduling(r.MakeHistogram(Alpha("muster_pod_group_scheduling_seconds", {}, "seconds",
                                         "Time from being admitted to all members being scheduled"),
                                   kSchedulingBuckets)
                       .With()),
        planning(r.MakeHistogram(
                      Alpha("muster_planning_duration_seconds", {}, "seconds", "Time that one planning cycle took"),
                      kPlanningBuckets)
                     .With()),
        admissions(
            r.MakeCounter(Alpha("muster_pod_group_admissions_total", {}, "admissions", "Pod groups admitted")).With()),
        timeouts(r.MakeCounter(Alpha("muster_schedule_timeouts_total", {}, "timeouts",
                                     "Admitted pod groups held again: not all scheduled within scheduleTimeoutSeconds"))
                     .With()),
        status_writes(r.MakeCounter(Alpha("muster_status_writes_total", {"resource"}, "writes",
                                          "Writes of the status of workloads and podgroups"))),
        cached(r.MakeGauge(
            Alpha("muster_cached_objects", {"resource"}, "objects", "Objects of the API server held in memory"))),
        build(r.MakeGauge(Alpha("muster_build_info", {"version"}, "1", "Always 1; the label tells the version"))) {
    SetGroups({});
    workload_writes = &status_writes.With({"workloads"});
    group_writes = &status_writes.With({"podgroups"});
  }

  // Every state and code is exported from the start, so that a rate or an absence means something.
  void SetGroups(const GroupCensus& census) {
    for (const api::GroupState state : api::kGroupStates) {
      const auto counted = census.by_state.find(state);
      const int64_t count = counted == census.by_state.end() ? 0 : counted->second;
      groups.With({std::string(api::StateName(state))}).Set(static_cast<double>(count));
    }
    for (const std::string_view label : BlockerLabels()) {
      const auto counted = census.waiting_by_code.find(label);
      const GroupCensus::Waiting now =
          counted == census.waiting_by_code.end() ? GroupCensus::Waiting{} : counted->second;
      waiting.With({std::string(label)}).Set(static_cast<double>(now.groups));
      const Seconds since = now.groups == 0 ? Seconds(0) : Seconds(now.oldest.time_since_epoch());
      oldest.With({std::string(label)}).Set(since.count());
    }
  }

  SeriesOf<MetricGauge>& groups;
  SeriesOf<MetricGauge>& waiting;
  SeriesOf<MetricGauge>& oldest;
  MetricHistogram& admission_wait;
  MetricHistogram& scheduling;
  MetricHistogram& planning;
  MetricCounter& admissions;
  MetricCounter& timeouts;
  SeriesOf<MetricCounter>& status_writes;
  SeriesOf<MetricGauge>& cached;
  SeriesOf<MetricGauge>& build;
  MetricCounter* workload_writes = nullptr;
  MetricCounter* group_writes = nullptr;
};

}  // namespace

struct Metrics::Impl {
  explicit Impl(const MetricsOptions& options)
      : leader(registry
                   .MakeGauge(Stable("leader_election_master_status", {"name"}, "1",
                                     "1 when this process holds the Lease of that name, else 0"))
                   .With({options.lease_name})),
        slow_path(registry
                      .MakeCounter(Stable("leader_election_slowpath_total", {"name"}, "renewals",
                                          "Renewals of the Lease that had to read it first"))
                      .With({options.lease_name})) {
    groups.build.With({options.version}).Set(1);
  }

  MetricRegistry registry;
  ControllerFamilies controllers{registry};
  RequestSeries requests{registry};
  ProcessSeries process{registry};
  GroupSeries groups{registry};
  MetricGauge& leader;
  MetricCounter& slow_path;

  std::mutex mutex;  // series, refreshers
  std::map<std::string, std::unique_ptr<ControllerMetrics>, std::less<>> series;
  std::vector<std::function<void()>> refreshers;
  std::mutex text_mutex;  // one Text at a time
};

Metrics::Metrics(const MetricsOptions& options) : impl_(std::make_unique<Impl>(options)) {}
Metrics::~Metrics() = default;

ControllerMetrics& Metrics::Controller(std::string_view name, int workers) {
  const std::lock_guard lock(impl_->mutex);
  const auto known = impl_->series.find(name);
  if (known != impl_->series.end()) return *known->second;
  const std::string key(name);
  return *impl_->series.emplace(key, impl_->controllers.Make(key, workers)).first->second;
}

void Metrics::ObserveRequest(const client::Observation& request) { impl_->requests.Observe(request); }
void Metrics::SetLeader(bool leading) { impl_->leader.Set(leading ? 1 : 0); }
void Metrics::CountLeaderSlowPath() { impl_->slow_path.Increment(); }

void Metrics::SetGroups(const GroupCensus& census) { impl_->groups.SetGroups(census); }
void Metrics::ObserveAdmissionWait(Seconds from_asking) { impl_->groups.admission_wait.Observe(from_asking); }
void Metrics::ObserveScheduling(Seconds from_admission) { impl_->groups.scheduling.Observe(from_admission); }
void Metrics::ObservePlanning(Seconds took) { impl_->groups.planning.Observe(took); }
void Metrics::CountAdmission() { impl_->groups.admissions.Increment(); }
void Metrics::CountScheduleTimeout() { impl_->groups.timeouts.Increment(); }

void Metrics::CountStatusWrite(StatusOwner owner) {
  (owner == StatusOwner::kWorkload ? impl_->groups.workload_writes : impl_->groups.group_writes)->Increment();
}

void Metrics::SetCachedObjects(std::string_view resource, int64_t objects) {
  impl_->groups.cached.With({std::string(resource)}).Set(static_cast<double>(objects));
}

void Metrics::BeforeText(std::function<void()> refresh) {
  const std::lock_guard lock(impl_->mutex);
  impl_->refreshers.push_back(std::move(refresh));
}

std::string Metrics::Text() {
  const std::lock_guard text_lock(impl_->text_mutex);
  std::vector<std::function<void()>> refreshers;
  {
    const std::lock_guard lock(impl_->mutex);
    refreshers = impl_->refreshers;
  }
  for (const auto& refresh : refreshers) refresh();
  impl_->process.Refresh();
  return impl_->registry.Text();
}

std::vector<MetricFamily> Metrics::Families() const { return impl_->registry.Families(); }

}  // namespace muster::shell
