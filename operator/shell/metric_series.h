// The series that follow controller-runtime and the Prometheus client libraries: of controllers with their queues, of
// requests, of the process. Layer: operator/shell, under Metrics. Safe from any thread, but for ProcessSeries::Refresh.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/client/transport.h"
#include "lib/runtime/controller.h"
#include "operator/shell/metric_registry.h"

namespace muster::shell {

// controller_runtime_* and workqueue_* of one controller: hand it to runtime::Controller as its observer.
class ControllerMetrics : public runtime::ControllerObserver {
 public:
  // Of the items in hand now: the sum of their ages, and the greatest. To be set from BeforeText.
  virtual void SetUnfinished(Seconds sum, Seconds longest) = 0;
};

class ControllerFamilies {
 public:
  explicit ControllerFamilies(MetricRegistry& registry);
  // All series of one controller, from the start.
  std::unique_ptr<ControllerMetrics> Make(const std::string& name, int workers);

 private:
  friend class ControllerSeries;
  SeriesOf<MetricCounter>& reconciles_;
  SeriesOf<MetricCounter>& errors_;
  SeriesOf<MetricHistogram>& seconds_;
  SeriesOf<MetricGauge>& workers_max_;
  SeriesOf<MetricGauge>& workers_;
  SeriesOf<MetricGauge>& depth_;
  SeriesOf<MetricCounter>& adds_;
  SeriesOf<MetricCounter>& retries_;
  SeriesOf<MetricHistogram>& wait_;
  SeriesOf<MetricHistogram>& work_;
  SeriesOf<MetricGauge>& unfinished_;
  SeriesOf<MetricGauge>& longest_;
};

class RequestSeries {
 public:
  explicit RequestSeries(MetricRegistry& registry);
  void Observe(const client::Observation& request);

 private:
  SeriesOf<MetricCounter>& requests_;
  SeriesOf<MetricHistogram>& took_;
  SeriesOf<MetricHistogram>& waited_;
};

class ProcessSeries {
 public:
  explicit ProcessSeries(MetricRegistry& registry);
  void Refresh();  // not from two threads at once

 private:
  MetricCounter& cpu_;
  MetricGauge& start_;
  MetricGauge& threads_;
  MetricGauge& virtual_;
  MetricGauge& resident_;
  MetricGauge& fds_;
  MetricGauge& fds_max_;
};

}  // namespace muster::shell
